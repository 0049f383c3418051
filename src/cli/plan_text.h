// What commands say about a selection before or beside what was read.
#pragma once

#include <string>
#include <string_view>

#include "mapping/plan.h"
#include "run/importer.h"

namespace muster::cli {

// Empty when the selection has errors, which were told when the file was loaded.
mapping::Plan plan_of(const run::Importer& importer);

// "  Entra User: text", wrapped.
std::string line_about(const mapping::Plan& plan, std::size_t data_set, std::string_view text);

// What an import cannot show, of the selected data sets; empty: nothing.
std::string warnings_text(const mapping::Plan& plan);

}  // namespace muster::cli
