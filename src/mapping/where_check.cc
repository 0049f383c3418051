#include "mapping/where_check.h"

#include <fmt/format.h>

#include "base/text.h"
#include "catalogue/derived.h"

namespace muster::mapping {
namespace {

using catalogue::Attribute;
using catalogue::AttributeType;

// Of a value that is worked out the record holds something else.
const Attribute* date_at(const catalogue::DataSet& data_set, const std::string& path) {
  for (const Attribute& attribute : data_set.attributes) {
    const bool is_date =
        attribute.type == AttributeType::kDate || attribute.type == AttributeType::kDateTime;
    if (is_date && attribute.path.text() == path && !catalogue::is_derived(attribute)) {
      return &attribute;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> date_mistakes(const catalogue::DataSet& data_set,
                                       const catalogue::Where& where) {
  std::vector<std::string> mistakes;
  for (const catalogue::Where::Comparison& comparison : where.comparisons()) {
    const bool asks_for_empty = !comparison.has_order && comparison.value.empty();
    if (comparison.is_time || asks_for_empty || !date_at(data_set, comparison.path)) continue;
    mistakes.push_back(
        fmt::format("{} is a date, and \"{}\" is none; write \"2024-01-31\" or "
                    "\"2024-01-31T08:00:00Z\"",
                    comparison.path, base::printable(comparison.value, 80)));
  }
  return mistakes;
}

void check_conditions(catalogue::Checker& check, const Selection& selection) {
  for (const DataSetSelection& set : selection.data_sets) {
    if (set.where.empty()) continue;
    const auto where = catalogue::Where::parse(set.where);
    if (where.ok()) continue;
    const auto mark = set.marks.find("where");
    check.error(mark == set.marks.end() ? set.mark : mark->second,
                "where: " + where.error().message);
  }
}

}  // namespace muster::mapping
