#include "service/site_stores.h"

#include <algorithm>

namespace muster::service {

base::Result<std::shared_ptr<store::Store>> SiteStores::of(std::string_view site) {
  base::Monitor::Lock lock(monitor_);
  const auto found = open_.find(site);
  if (found != open_.end()) {
    found->second.used = ++uses_;
    return found->second.store;
  }
  std::shared_ptr<store::Store> opened = TRY(store::open_store(url_, site));
  if (open_.size() >= kStoresOpen) {
    open_.erase(
        std::ranges::min_element(open_, {}, [](const auto& each) { return each.second.used; }));
  }
  open_.emplace(site, Open{opened, ++uses_});
  return opened;
}

}  // namespace muster::service
