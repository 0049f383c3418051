#include "run/unread_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"

namespace muster::run {
namespace {

constexpr std::size_t kListedKeys = 5;

}  // namespace

UnreadParts::UnreadParts(const mapping::DataSetPlan& set) : data_set_(set.data_set->name) {
  if (!set.data_set->null_is_unread) return;
  const auto note = [&](const auto* column) {  // an attribute or a reference
    if (column == nullptr || column->detail || column->path.is_one_key()) return;
    const std::string_view name = column->path.first_key();
    const bool is_known =
        std::ranges::any_of(parts_, [&](const Part& p) { return p.name == name; });
    if (!name.empty() && !is_known) parts_.push_back({std::string(name)});
  };
  for (const mapping::Field& field : set.field_rules) {
    note(field.attribute);
    note(field.reference);
  }
}

void UnreadParts::look(const json::Value& record, std::string_view key) {
  bool is_whole = true;
  for (Part& part : parts_) {
    const json::Value* value = record.find(part.name);
    if (value == nullptr || !value->is_null()) continue;
    part.was_null = true;
    is_whole = false;
  }
  if (is_whole) return;
  ++records_;
  if (keys_.size() < kListedKeys) keys_.push_back(base::printable(key, 100));
}

void UnreadParts::forget() {
  for (Part& part : parts_) part.was_null = false;
  records_ = 0;
  keys_.clear();
}

std::string UnreadParts::notice() const {
  if (records_ == 0) return "";
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.was_null) names.push_back(part.name);
  }
  return fmt::format(
      "{}: of {} the source could not read all that was asked for ({}), and what stands there is "
      "empty. Look for damage at the source (keys: {}{}).",
      data_set_, base::count_of(records_, "record"), fmt::join(names, ", "), fmt::join(keys_, ", "),
      keys_.size() < records_ ? ", ..." : "");
}

}  // namespace muster::run
