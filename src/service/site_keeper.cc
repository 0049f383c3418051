#include "service/site_keeper.h"

#include <algorithm>

namespace muster::service {
namespace {

using base::Status;
using base::WallTime;

// Deleting cannot be taken back, and a clock may be wrong for a while: the time has to be over for
// as long as this, by the clock that never jumps.
constexpr std::chrono::hours kSure{6};

}  // namespace

Status SiteKeeper::keep() {
  const WallTime now = TRY(tools_.entitlements.now());
  const auto standings = TRY(tools_.entitlements.all());
  for (const store::Site& site : TRY(tools_.sites.list())) {
    const auto standing = standings.find(site.site);
    if (standing == standings.end() || standing->second.is_leaving) continue;
    const Status kept = keep(site, standing->second, now);
    if (!kept.ok()) tools_.logger.error("{}: {}", site.site, kept.error().text());
  }
  return {};
}

Status SiteKeeper::keep(const store::Site& site, const Entitlement& entitlement, WallTime now) {
  TRY(tools_.notifier.stands(site, entitlement, now, tools_.scheduler.wall_now()));
  if (!is_over_for_long(site, now)) return {};
  TRY(tools_.sites.forget(site.site, now,
                          {.site = site.site,
                           .at = now,
                           .who = "muster",
                           .origin = "service",
                           .act = "site.forgotten",
                           .target = site.site}));
  return {};
}

bool SiteKeeper::is_over_for_long(const store::Site& site, WallTime now) {
  const bool is_over = site.kept_until && *site.kept_until > WallTime() &&
                       *site.kept_until <= now && *site.kept_until <= tools_.scheduler.wall_now();
  if (!is_over) {
    over_since_.erase(site.site);
    return false;
  }
  const auto [since, is_new] = over_since_.try_emplace(site.site, tools_.scheduler.now());
  return tools_.scheduler.now() - since->second >= kSure;
}

}  // namespace muster::service
