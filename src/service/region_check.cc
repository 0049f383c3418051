#include "service/region_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "service/regions.h"
#include "store/database_look.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using State = Prerequisite::State;
using store::DatabaseLook;

std::string joined(const std::vector<std::string>& names) {
  return base::printable(fmt::format("{}", fmt::join(names, ", ")), 500);
}

bool is_here(const store::SiteRow& row) {
  return row.place == store::kHere || row.place == store::kPinned || row.place == store::kLeaving;
}

Prerequisite label_of(const DatabaseLook& look, const std::string& region,
                      const std::string& installation) {
  const std::string is = look.region.empty() ? "none" : base::printable(look.region);
  if (look.region != region) {
    return {"label", State::kFailed, is,
            "It is another database than the one that was added. Check its URL."};
  }
  if (!region.empty() && look.installation != installation) {
    return {"label", State::kFailed, is + ", of another installation",
            "Two installations must not share a region. Check its URL."};
  }
  return {"label", State::kFine, is, ""};
}

Prerequisite schema_of(const DatabaseLook& look) {
  const std::string found = fmt::format("step {} of {}", look.schema, look.known);
  if (look.schema == look.known) return {"schema", State::kFine, found, ""};
  if (look.schema > look.known) {
    return {"schema", State::kFailed, found, "A newer muster wrote it: upgrade this one."};
  }
  return {"schema", State::kRemark, found,
          "It is brought up to date when it is used; on PostgreSQL by `muster migrate` as the user "
          "who owns the tables."};
}

void add_guard(const DatabaseLook& look, std::vector<Prerequisite>& found) {
  if (!look.is_server) return;
  if (!look.guard.empty()) {
    found.push_back({"user", State::kFailed, "is held by nothing", look.guard});
  } else if (look.is_owner) {
    found.push_back({"user", State::kRemark, "owns the tables",
                     "It could take away the guard between sites: let services work as another one "
                     "(`muster migrate --grant-to`)."});
  } else {
    found.push_back({"user", State::kFine, "owns nothing", ""});
  }
  if (look.unguarded.empty()) {
    found.push_back({"row security", State::kFine, "it is forced", ""});
  } else {
    found.push_back({"row security", State::kFailed, "not forced on " + joined(look.unguarded),
                     "Somebody took it away: ALTER TABLE ... FORCE ROW LEVEL SECURITY."});
  }
}

Status add_sites(const std::string& url, const DatabaseLook& look, const std::string& region,
                 const std::vector<store::Pin>& pins, std::vector<Prerequisite>& found) {
  std::vector<std::string> here, strangers, missing, elsewhere;
  for (const store::SiteRow& row : look.sites) {
    if (!is_here(row)) continue;
    here.push_back(row.site);
    const auto pin = std::ranges::find(pins, row.site, &store::Pin::site);
    const std::string belongs = pin == pins.end() ? "" : pin->region;
    if (belongs != region) strangers.push_back(row.site);
  }
  for (const store::Pin& pin : pins) {
    if (pin.region != region) {
      elsewhere.push_back(pin.site);
    } else if (std::ranges::find(here, pin.site) == here.end()) {
      missing.push_back(pin.site);
    }
  }
  for (std::string& site : TRY(store::with_rows(url, elsewhere))) {
    if (std::ranges::find(strangers, site) == strangers.end()) strangers.push_back(std::move(site));
  }
  found.push_back({"sites", State::kFine, here.empty() ? std::string("none") : joined(here), ""});
  if (!missing.empty()) {
    found.push_back({"missing", State::kFailed, joined(missing),
                     "The directory says that they are here. Add them once more (`muster site "
                     "add`), or restore them."});
  }
  if (!strangers.empty()) {
    found.push_back({"in the wrong database", State::kFailed, joined(strangers),
                     "Rows of these sites belong elsewhere. If one is being moved, complete it: "
                     "`muster site move`."});
  }
  return {};
}

Status look_at(const std::string& url, const std::string& region, const std::string& installation,
               const std::vector<store::Pin>& pins, std::vector<Prerequisite>& found) {
  const DatabaseLook look = TRY(store::look_into(url));
  found.push_back({"database", State::kFine, base::printable(look.name, 200), ""});
  found.push_back(label_of(look, region, installation));
  found.push_back(schema_of(look));
  add_guard(look, found);
  const bool can_tell = look.schema == look.known && found[1].state == State::kFine;
  return can_tell ? add_sites(url, look, region, pins, found) : Status();
}

}  // namespace

bool RegionCheck::is_fine() const {
  return std::ranges::none_of(
      found, [](const Prerequisite& each) { return each.state == State::kFailed; });
}

Result<std::vector<RegionCheck>> check_regions(const std::string& directory,
                                               std::string_view only) {
  const auto regions = TRY(store::open_regions(directory));
  const std::string installation = TRY(regions->installation());
  const std::vector<store::Pin> pins = TRY(regions->pins());
  std::vector<RegionCheck> checks;
  if (only.empty()) {
    RegionCheck own;
    TRY(look_at(directory, "", installation, pins, own.found));
    checks.push_back(std::move(own));
  }
  for (const store::Region& region : TRY(regions->list())) {
    if (!only.empty() && region.region != only) continue;
    RegionCheck check{.region = region.region, .found = {}};
    const auto looked = [&]() -> Status {
      const std::string url = TRY(url_at(region.place));
      return look_at(url, region.region, installation, pins, check.found);
    }();
    if (!looked.ok()) check.found.push_back(failed("database", looked.error()));
    checks.push_back(std::move(check));
  }
  if (only.empty() || !checks.empty()) return checks;
  return Error{ErrorKind::kMissing, "no_such_region",
               fmt::format("There is no region {}.", base::printable(only))};
}

}  // namespace muster::service
