#pragma once

#include <string>

#include "store/store.h"

namespace muster::cli {

// What --site names, or the one that command-line runs belong to.
inline std::string site_name(const std::string& written) {
  return written.empty() ? std::string(store::kDefaultSite) : written;
}

}  // namespace muster::cli
