// The sites of this store, and until when their importers may run.
//
// Any thread. Errors: kConflict `site_exists`, `licence_older`; kMissing `no_such_site`; kSettings
// `site`; kUnavailable `store_unavailable`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

// Who is told when something changes (service/notices.h). Each may be empty.
struct Contact {
  std::string email;
  std::string webhook;         // https://...
  std::string webhook_secret;  // name of the stored secret that signs what goes there
};

struct Site {
  std::string site;  // for addresses and files: a-z, 0-9 and -
  std::string name;  // for people
  base::WallTime created{};
  std::string kind = "production";  // or sandbox
  std::string production{};         // of a sandbox: the site that it belongs to
  std::string region{};             // where its data is; in place "" only noted, and of no meaning
  Contact contact{};
  // service/entitlement.h says what these mean.
  base::WallTime trial_from{};
  std::optional<base::WallTime> active_until{};
  std::optional<base::WallTime> kept_until{};  // it was removed, and is kept until then
  std::string told{};                          // what was said last of how it stands
  // kHere, kPinned, kLeaving. Those that are elsewhere, or not yet here, are not shown.
  std::string place{};
};

// Where the data of a site is, as its row says it.
inline constexpr std::string_view kHere = "";                // in the installation's own database
inline constexpr std::string_view kPinned = "pinned";        // in that of its region
inline constexpr std::string_view kLeaving = "leaving";      // here, until it was moved
inline constexpr std::string_view kArriving = "arriving";    // being moved here
inline constexpr std::string_view kElsewhere = "elsewhere";  // only its name is here (regions.h)

class Sites {
 public:
  virtual ~Sites() = default;
  virtual base::Result<std::vector<Site>> list() = 0;  // by site; removed ones too
  virtual base::Result<std::optional<Site>> find(std::string_view site) = 0;

  // `entry`, here and below: written with the change, or not at all. A site that was removed comes
  // back with everything that is kept of it, and with the trial and entitlement that it had: true.
  // A sandbox needs a production site that is there (`site`).
  virtual base::Result<bool> add(const Site& site, const AuditEntry& entry) = 0;
  virtual base::Status set_contact(std::string_view site, const Contact& contact,
                                   const AuditEntry& entry) = 0;
  // Nothing: as if it had never been more than a trial.
  virtual base::Status entitle(std::string_view site, std::optional<base::WallTime> until,
                               const AuditEntry& entry) = 0;
  // By a licence. Only to a later time than it is entitled to already, and than any licence did, so
  // that none counts again after the operator ended it: `licence_older`.
  virtual base::Status extend(std::string_view site, base::WallTime until,
                              const AuditEntry& entry) = 0;
  // Its data stays until `kept_until`.
  virtual base::Status remove(std::string_view site, base::WallTime kept_until,
                              const AuditEntry& entry) = 0;
  // Deletes what was kept of a removed site whose time is over by `now`. Its name, its trial and
  // its audit log stay. False: there was nothing to do.
  virtual base::Result<bool> forget(std::string_view site, base::WallTime now,
                                    const AuditEntry& entry) = 0;

  // The time that entitlement goes by: on from when it was asked for last by what the clock went on
  // since, at most 60 days, and not at all where the clock went back. Written down about every ten
  // minutes.
  virtual base::Result<base::WallTime> latest(base::WallTime now) = 0;

  virtual base::Status set_told(std::string_view site, std::string_view told) = 0;

  // Who signs licences, in base64; "": nobody.
  virtual base::Result<std::string> licence_key() = 0;
  virtual base::Status set_licence_key(std::string_view public_key, const AuditEntry& entry) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Sites>> open_sites(std::string_view url);

}  // namespace muster::store
