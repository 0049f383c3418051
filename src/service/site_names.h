// What a site may be called.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/result.h"

namespace muster::service {

// kSettings, site_name: 1 to 40 of a-z, 0-9 and -, for addresses and files.
inline base::Status check_site_name(std::string_view site) {
  const bool fits = !site.empty() && site.size() <= 40 && site.front() != '-' &&
                    std::ranges::all_of(site, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (fits) return {};
  return base::Error{base::ErrorKind::kSettings, "site_name",
                     "The name of a site has 1 to 40 of a-z, 0-9 and -; not - at first."};
}

}  // namespace muster::service
