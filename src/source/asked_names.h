// Which of the names that a request asked for a source's complaint is about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::source {

// Names of `fields`, and of `filter` outside its quoted values, that stand in `complaint` as whole
// words; each once. Nothing else of the complaint: it may repeat a record, and names that were
// asked for are in the importer file or the catalogue.
std::vector<std::string> names_in_complaint(std::string_view complaint,
                                            const std::vector<std::string>& fields,
                                            std::string_view filter);

}  // namespace muster::source
