// Which data sets and columns of a source are on. A part of make_plan(); only plan.cc uses it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "catalogue/checker.h"
#include "catalogue/model.h"
#include "mapping/selection.h"

namespace muster::mapping {

// What a data set is built from while its selection is worked out.
struct Choosing {
  const catalogue::DataSet* data_set = nullptr;
  const DataSetSelection* selection = nullptr;  // null: defaults
  std::set<std::string> chosen;                 // attribute and reference names

  // Not only by default.
  bool asks_for(const std::string& name) const;
};

// In catalogue order: which data sets are on, with what was said about them.
std::vector<Choosing> choose_data_sets(const catalogue::Source& source, const Selection& selection,
                                       catalogue::Checker& check);

// An error, where `list` names it, unless the data set has this attribute or reference.
void check_name(catalogue::Checker& check, const Choosing& choosing, const std::string& list,
                const std::string& name);
// Of a key, or of an item of a list ("exclude/mail"); else of the data set.
catalogue::Mark mark_of(const DataSetSelection& selection, const std::string& what);

}  // namespace muster::mapping
