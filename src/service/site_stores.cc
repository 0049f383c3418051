#include "service/site_stores.h"

namespace muster::service {

base::Result<store::Store*> SiteStores::of(std::string_view site) {
  base::Monitor::Lock lock(monitor_);
  const auto found = open_.find(site);
  if (found != open_.end()) return found->second.get();
  std::unique_ptr<store::Store> opened = TRY(store::open_store(url_, site));
  return open_.emplace(site, std::move(opened)).first->second.get();
}

}  // namespace muster::service
