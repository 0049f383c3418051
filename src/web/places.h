// Which database answers for a site: the installation's own, or that of its region. Asked for in
// one place, before a route of a site is answered (api.cc).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace muster::web {

struct ApiTools;

// All are used by several threads.
class Places {
 public:
  virtual ~Places() = default;

  // Keeps a region's tools, and one of the few places in it, for as long as a request is answered.
  class Visit {
   public:
    virtual ~Visit() = default;
    virtual ApiTools& tools() = 0;
  };
  // Null: the installation's own database. kUnavailable `region_unavailable`, `region_busy`;
  // kMissing `no_such_region`.
  virtual base::Result<std::unique_ptr<Visit>> of_site(std::string_view site) = 0;
  virtual base::Result<std::unique_ptr<Visit>> of_region(std::string_view region) = 0;

  struct Elsewhere {
    std::string site;
    std::string name;
    std::string region;
  };
  virtual base::Result<std::vector<Elsewhere>> elsewhere() = 0;  // by site
};

}  // namespace muster::web
