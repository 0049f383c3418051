#include "service/entitlement.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::WallTime;

Entitlement on_its_own(const store::Site& site, WallTime now) {
  if (site.kept_until) return {.standing = Standing::kRemoved, .until = site.kept_until};
  const WallTime trial_ends = site.trial_from + kTrialTime;
  if (site.active_until && now < *site.active_until) {
    const bool for_ever = *site.active_until == WallTime::max();
    return {.standing = Standing::kActive, .until = for_ever ? std::nullopt : site.active_until};
  }
  if (now < trial_ends) return {.standing = Standing::kTrial, .until = trial_ends};
  if (site.active_until && now < *site.active_until + kGraceTime) {
    return {.standing = Standing::kGrace, .until = *site.active_until + kGraceTime};
  }
  return {.standing = Standing::kExpired, .until = {}};
}

std::string refusal(std::string_view site, const Entitlement& entitlement) {
  const std::string name = base::printable(site);
  if (entitlement.standing == Standing::kRemoved) {
    return fmt::format("The site {} was removed. Add it again to find its importers.", name);
  }
  return fmt::format(
      "The entitlement of the site {} has ended, and nothing runs. Nothing was deleted, and all of "
      "it can be exported. A licence (`muster site licence {} FILE`) or an operator (`muster site "
      "entitle {} DATE`) lets it run again.",
      name, name, name);
}

Error no_such(std::string_view site) {
  return {ErrorKind::kMissing, "no_such_site",
          fmt::format("There is no site {} in this store.", base::printable(site))};
}

}  // namespace

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::kTrial: return "trial";
    case Standing::kActive: return "active";
    case Standing::kGrace: return "grace";
    case Standing::kExpired: return "expired";
    case Standing::kRemoved: return "removed";
  }
  return "";
}

Entitlement entitlement_of(const store::Site& site, const store::Site* production, WallTime now) {
  Entitlement own = on_its_own(site, now);
  if (production == nullptr || own.standing == Standing::kRemoved) return own;
  Entitlement theirs = on_its_own(*production, now);
  if (!theirs.may_run()) return own;
  const bool own_is_longer = own.standing == Standing::kActive && !own.until;
  if (own_is_longer) return own;
  theirs.by = production->site;
  return theirs;
}

Result<std::optional<WallTime>> read_until(std::string_view text) {
  if (text == "ever") return std::optional(WallTime::max());
  if (text == "trial") return std::optional<WallTime>();
  if (const auto time = base::parse_utc(text)) return time;
  if (const auto day = base::parse_utc(fmt::format("{}T00:00:00Z", text))) {
    return std::optional(*day + std::chrono::days(1));
  }
  return Error{ErrorKind::kSettings, "until",
               "Write a date (2027-12-31), a time (2027-12-31T12:00:00Z), ever or trial."};
}

Result<WallTime> Entitlements::now() { return sites_.latest(TRY(queue_.now())); }

Result<Entitlement> Entitlements::of(std::string_view name) {
  const std::optional<store::Site> site = TRY(sites_.find(name));
  if (!site) return no_such(name);
  std::optional<store::Site> production;
  if (!site->production.empty()) production = TRY(sites_.find(site->production));
  Entitlement found = entitlement_of(*site, production ? &*production : nullptr, TRY(now()));
  found.is_leaving = site->place == store::kLeaving;
  return found;
}

Result<std::map<std::string, Entitlement, std::less<>>> Entitlements::all() {
  const std::vector<store::Site> sites = TRY(sites_.list());
  const WallTime at = TRY(now());
  std::map<std::string, Entitlement, std::less<>> all;
  for (const store::Site& site : sites) {
    const auto production = std::ranges::find(sites, site.production, &store::Site::site);
    Entitlement found =
        entitlement_of(site, production == sites.end() ? nullptr : &*production, at);
    found.is_leaving = site.place == store::kLeaving;
    all.emplace(site.site, std::move(found));
  }
  return all;
}

Status Entitlements::require(std::string_view site) {
  const Entitlement entitlement = TRY(of(site));
  if (entitlement.is_leaving) {
    return Error{ErrorKind::kConflict, "site_moving",
                 fmt::format("The site {} is being moved to another region. Try again when that is "
                             "done.",
                             base::printable(site))};
  }
  if (entitlement.may_run()) return {};
  return Error{ErrorKind::kConflict, "entitlement", refusal(site, entitlement)};
}

}  // namespace muster::service
