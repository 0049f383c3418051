#pragma once

#include <string>

#include "store/store.h"

namespace muster::cli {

// What --database names, or where history lies without it.
inline std::string store_url(const std::string& database) {
  return database.empty() ? store::default_store_url() : database;
}

}  // namespace muster::cli
