#include "source/grants.h"

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

}  // namespace muster::source
