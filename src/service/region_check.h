// Whether the databases of an installation are what they are meant to be, and every site is in its
// region and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "service/prerequisites.h"

namespace muster::service {

struct RegionCheck {
  std::string region;  // "": the installation's own database
  std::vector<Prerequisite> found;
  bool is_fine() const;
};

// `only`: this region; "": all, and the installation's own database. Changes nothing. kMissing
// `no_such_region`; kUnavailable `store_unavailable`: the directory itself.
base::Result<std::vector<RegionCheck>> check_regions(const std::string& directory,
                                                     std::string_view only);

}  // namespace muster::service
