#include "sandbox/graph/table.h"

#include "base/text.h"

namespace muster::sandbox::graph {

std::optional<std::uint16_t> Table::find(std::string_view column) const {
  // OData names are case-sensitive in the standard; Graph accepts any case.
  for (std::uint32_t at = 0; at < column_count(); ++at) {
    if (base::equals_ignoring_case(name(at), column)) return static_cast<std::uint16_t>(at);
  }
  return std::nullopt;
}

void apply_edits(Selection& selection, const world::Edits& edits, world::Kind kind) {
  for (Selection::Item& item : selection.items) {
    const std::string_view name(item.key.data() + 1, item.key.size() - 3);  // "name":
    item.edits = edits.of(kind, name);
  }
}

void add_column(Selection& selection, std::uint16_t column, std::string_view name) {
  std::string key;
  put_text(key, name);
  key += ':';
  selection.items.push_back({.column = column, .key = std::move(key)});
}

Selection Table::defaults() const {
  Selection selection;
  for (std::uint32_t at = 0; at < column_count(); ++at) {
    if (shown(at) == Shown::kDefault)
      add_column(selection, static_cast<std::uint16_t>(at), name(at));
  }
  return selection;
}

Selection Table::everything() const {
  Selection selection;
  for (std::uint32_t at = 0; at < column_count(); ++at) {
    if (shown(at) != Shown::kSingleOnly && shown(at) != Shown::kSingleBeta)
      add_column(selection, static_cast<std::uint16_t>(at), name(at));
  }
  return selection;
}

}  // namespace muster::sandbox::graph
