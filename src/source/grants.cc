#include "source/grants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace muster::source {

bool Grants::has(std::string_view permission) const {
  if (!granted_) return true;
  const auto lists = [&](std::string_view name) {
    return std::find(granted_->begin(), granted_->end(), name) != granted_->end();
  };
  if (lists(permission)) return true;
  const catalogue::Permission* known = source_.find_permission(permission);
  return known != nullptr && std::any_of(known->covered_by.begin(), known->covered_by.end(), lists);
}

std::vector<std::string> Grants::missing(const std::vector<std::string>& needed) const {
  if (!granted_) return needed;
  std::vector<std::string> lacking;
  for (const std::string& permission : needed) {
    if (!has(permission)) lacking.push_back(permission);
  }
  return lacking;
}

std::string Grants::advice(const std::vector<std::string>& needed) const {
  if (needed.empty()) return "";
  std::vector<std::string> names;
  for (const std::string& name : missing(needed)) {
    const catalogue::Permission* known = source_.find_permission(name);
    const bool has_broader = known != nullptr && !known->covered_by.empty();
    names.push_back(
        has_broader ? fmt::format("{} (or {})", name, fmt::join(known->covered_by, " or ")) : name);
  }
  if (names.empty()) {
    return fmt::format(
        " The token lists {}, which is all that this needs: perhaps it was granted minutes ago, "
        "these credentials lack a role in the source, or the source has no licence for it.",
        fmt::join(needed, " and "));
  }
  return fmt::format(" Grant {}{}{}; `muster check` tells whether more is missing.",
                     fmt::join(names, " and "), source_.granting.empty() ? "" : " ",
                     source_.granting);
}

std::vector<std::string> Grants::superfluous(const std::vector<std::string>& needed) const {
  std::vector<std::string> unused;
  if (!granted_) return unused;
  const auto holds = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const std::string& name : *granted_) {
    // A broader one is used where the needed one itself is not granted.
    const bool is_used = std::any_of(needed.begin(), needed.end(), [&](const std::string& each) {
      if (each == name) return true;
      const catalogue::Permission* known = source_.find_permission(each);
      return known != nullptr && !holds(*granted_, each) && holds(known->covered_by, name);
    });
    if (!is_used && !holds(unused, name)) unused.push_back(name);
  }
  return unused;
}

std::string requested_field(const catalogue::Attribute& attribute) {
  return attribute.request.empty() ? std::string(attribute.path.first_key()) : attribute.request;
}

std::vector<MissingField> guarded_fields(const catalogue::DataSet& data_set,
                                         const std::vector<std::string>& fields,
                                         const std::vector<std::string>& detail_fields) {
  std::vector<MissingField> guarded;
  for (const catalogue::Attribute& attribute : data_set.attributes) {
    if (attribute.permission.empty()) continue;
    const std::string field = requested_field(attribute);
    const auto asks = [&](const std::vector<std::string>& asked) {
      return std::find(asked.begin(), asked.end(), field) != asked.end();
    };
    if (asks(fields) || asks(detail_fields)) {
      guarded.push_back({attribute.name, attribute.permission});
    }
  }
  return guarded;
}

}  // namespace muster::source
