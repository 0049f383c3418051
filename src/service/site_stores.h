// The stores of sites, each opened when it is first asked for.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/scheduler.h"
#include "store/store.h"

namespace muster::service {

// Any thread.
class SiteStores {
 public:
  SiteStores(std::string url, base::Scheduler& scheduler)
      : url_(std::move(url)), monitor_(scheduler) {}

  // Valid as long as this lives. kUnavailable `store_unavailable`.
  base::Result<store::Store*> of(std::string_view site);

 private:
  const std::string url_;
  base::Monitor monitor_;  // guards the next one
  std::map<std::string, std::unique_ptr<store::Store>, std::less<>> open_;
};

}  // namespace muster::service
