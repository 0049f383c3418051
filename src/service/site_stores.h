// The stores of sites, each opened when it is asked for; those that were used last stay open.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/scheduler.h"
#include "store/store.h"

namespace muster::service {

// Of a database that allows a hundred connections to all machines together.
inline constexpr std::size_t kStoresOpen = 8;

// Any thread.
class SiteStores {
 public:
  SiteStores(std::string url, base::Scheduler& scheduler)
      : url_(std::move(url)), monitor_(scheduler) {}

  // kUnavailable `store_unavailable`.
  base::Result<std::shared_ptr<store::Store>> of(std::string_view site);

 private:
  struct Open {
    std::shared_ptr<store::Store> store;
    std::uint64_t used = 0;
  };
  const std::string url_;
  base::Monitor monitor_;  // guards the next two
  std::map<std::string, Open, std::less<>> open_;
  std::uint64_t uses_ = 0;
};

}  // namespace muster::service
