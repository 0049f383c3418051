// What the catalogue knows about a `where` that its grammar does not: a comparison that no record
// can ever pass.
#pragma once

#include <string>
#include <vector>

#include "catalogue/checker.h"
#include "catalogue/model.h"
#include "catalogue/where.h"
#include "mapping/selection.h"

namespace muster::mapping {

// One sentence for each comparison of a date with something that is none.
std::vector<std::string> date_mistakes(const catalogue::DataSet& data_set,
                                       const catalogue::Where& where);

// What can be said about the conditions of a selection without knowing its source.
void check_conditions(catalogue::Checker& check, const Selection& selection);

}  // namespace muster::mapping
