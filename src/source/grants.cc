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
  if (names.empty()) return " `muster check` finds out which permission is missing.";
  return fmt::format(" Grant {} and give consent; `muster check` tells whether more is missing.",
                     fmt::join(names, " and "));
}

}  // namespace muster::source
