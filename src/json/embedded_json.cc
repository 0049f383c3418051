#include "json/embedded_json.h"

#include <utility>

namespace muster::json {

EmbeddedJson::EmbeddedJson(const std::vector<Path>& paths) {
  for (const Path& path : paths) paths_.push_back(path.names());
}

Value EmbeddedJson::unfold(const Value& record) {
  documents_.clear();
  members_.clear();
  unreadable_ = 0;
  Value whole = record;
  for (const auto& names : paths_) whole = unfold(whole, names);
  return whole;
}

Value EmbeddedJson::unfold(const Value& at, std::span<const std::string> names) {
  const std::span<const Member> members = at.members();
  std::size_t found = 0;
  while (found < members.size() && members[found].key != names.front()) ++found;
  if (found == members.size()) return at;
  const Value& value = members[found].value;
  if (names.size() > 1) {
    const Value inner = unfold(value, names.subspan(1));
    const bool is_same = inner.members().data() == value.members().data();
    return is_same ? at : replaced(at, found, &inner);
  }
  if (!value.is_string()) return at;
  if (value.text().empty()) return replaced(at, found, nullptr);
  auto document = Document::parse(std::string(value.text()));
  if (!document.ok()) {
    ++unreadable_;
    return replaced(at, found, nullptr);
  }
  documents_.push_back(std::move(*document));
  return replaced(at, found, &documents_.back().root());
}

Value EmbeddedJson::replaced(const Value& object, std::size_t member, const Value* by) {
  const std::span<const Member> old = object.members();
  std::vector<Member>& made = members_.emplace_back(old.begin(), old.end());
  if (by != nullptr) {
    made[member].value = *by;
  } else {
    made.erase(made.begin() + static_cast<std::ptrdiff_t>(member));
  }
  return Value::object(made);
}

}  // namespace muster::json
