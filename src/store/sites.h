// The sites of this store.
//
// Any thread. Errors: kConflict `site_exists`; kUnavailable `store_unavailable`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

struct Site {
  std::string site;  // for addresses and files: a-z, 0-9 and -
  std::string name;  // for people
  base::WallTime created{};
};

class Sites {
 public:
  virtual ~Sites() = default;
  virtual base::Result<std::vector<Site>> list() = 0;  // by site
  virtual base::Status add(const Site& site, const AuditEntry& entry) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Sites>> open_sites(std::string_view url);

}  // namespace muster::store
