#include "sandbox/world/edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"

namespace muster::sandbox::world {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::pair<std::string_view, Kind> kDataSets[] = {
    {"users", Kind::kUser},
    {"groups", Kind::kGroup},
    {"devices", Kind::kDevice},
    {"contacts", Kind::kContact},
    {"applications", Kind::kApplication},
    {"service_principals", Kind::kServicePrincipal},
    {"administrative_units", Kind::kAdministrativeUnit},
    {"managed_devices", Kind::kManagedDevice},
    {"memberships", Kind::kGroup},
};

Error wrong(std::string message) {
  return Error{ErrorKind::kSettings, "sandbox_edits", std::move(message)};
}

base::Status read_data_set(const json::Value& value, Edit& edit) {
  for (const auto& [name, kind] : kDataSets) {
    if (name != value.text()) continue;
    edit.kind = kind;
    edit.memberships = name == "memberships";
    return {};
  }
  return wrong(fmt::format("'{}' cannot be edited", value.text()));
}

base::Status read_count(const json::Value& value, std::int64_t most, std::uint32_t& out) {
  const auto number = value.integer();
  if (!number || *number < 0 || *number > most) {
    return wrong(fmt::format("a number from 0 to {} is expected", most));
  }
  out = static_cast<std::uint32_t>(*number);
  return {};
}

base::Status read_key(std::string_view key, const json::Value& value, Edit& edit) {
  if (key == "data_set") return read_data_set(value, edit);
  if (key == "remove_percent" || key == "percent") return read_count(value, 100, edit.percent);
  if (key == "remove_first" || key == "first") return read_count(value, UINT32_MAX, edit.first);
  if (key == "attribute") {
    edit.attribute = value.text();
    return {};
  }
  if (key == "value") {
    json::Writer(edit.json).value(value);
    return {};
  }
  return wrong(fmt::format("'{}' is no key of an edit", key));
}

base::Result<Edit> read_edit(const json::Value& from) {
  Edit edit;
  if (from.find("data_set") == nullptr) return wrong("\"data_set\" is missing");
  for (const json::Member& member : from.members()) {
    TRY_AT(read_key(member.key, member.value, edit), member.key);
  }
  const bool removes =
      from.find("remove_percent") != nullptr || from.find("remove_first") != nullptr;
  if (removes == !edit.attribute.empty()) {
    return wrong("either remove_percent or remove_first, or attribute, value and percent");
  }
  if (!removes && edit.json.empty()) return wrong("\"value\" is missing");
  return edit;
}

}  // namespace

Edits::Edits(std::vector<Edit> list) : list_(std::move(list)) {
  removes_any_ =
      std::any_of(list_.begin(), list_.end(), [](const Edit& e) { return e.attribute.empty(); });
}

bool Edits::removes(const Reference& object) const {
  return std::any_of(list_.begin(), list_.end(), [&](const Edit& edit) {
    return edit.attribute.empty() && !edit.memberships && edit.kind == object.kind &&
           edit.hits(object.index);
  });
}

bool Edits::removes_membership(std::uint32_t group, const Reference& member) const {
  const std::uint64_t row = mix(std::uint64_t{group} << 32 ^ member.index) | std::uint64_t{1} << 63;
  return removes(member) || std::any_of(list_.begin(), list_.end(), [&](const Edit& edit) {
           return edit.memberships && edit.hits(row);
         });
}

std::vector<const Edit*> Edits::of(Kind kind, std::string_view attribute) const {
  std::vector<const Edit*> found;
  for (auto edit = list_.rbegin(); edit != list_.rend(); ++edit) {
    if (edit->kind == kind && !edit->memberships && edit->attribute == attribute)
      found.push_back(&*edit);
  }
  return found;
}

EditBoard::EditBoard(base::Scheduler& scheduler)
    : monitor_(scheduler), current_(std::make_shared<const Edits>(std::vector<Edit>())) {}

base::Status EditBoard::add(const json::Value& edits) {
  if (!edits.is_array()) return wrong("an array of edits is expected");
  std::vector<Edit> added;
  for (const json::Value& item : edits.items()) {
    added.push_back(TRY_AT(read_edit(item), fmt::format("edit {}", added.size() + 1)));
  }
  base::Monitor::Lock lock(monitor_);
  for (Edit& edit : added) {
    edit.salt = mix(list_.size() + 1);
    list_.push_back(std::move(edit));
  }
  current_ = std::make_shared<const Edits>(list_);
  return {};
}

base::Status EditBoard::add(std::string text) {
  const json::Document document = TRY(json::Document::parse(std::move(text)));
  return add(document.root());
}

void EditBoard::clear() {
  base::Monitor::Lock lock(monitor_);
  list_.clear();
  current_ = std::make_shared<const Edits>(list_);
}

std::shared_ptr<const Edits> EditBoard::current() const {
  base::Monitor::Lock lock(monitor_);
  return current_;
}

}  // namespace muster::sandbox::world
