// What is stored about a site, for an auditor: what kinds of things and how many, where, since
// when, by whom changed, until when; never a value of a secret.
//
//   const SiteReport report = TRY(report_site({.directory = url, .site = "acme"}, scheduler));
//   console.out(to_json(report));
//
// Errors: kMissing `no_such_site`; kUnavailable `region_unavailable`, `store_unavailable`;
// kSettings `backup`: the folder of backups cannot be read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "service/entitlement.h"
#include "store/audit.h"
#include "store/secrets.h"
#include "store/site_report.h"
#include "store/sites.h"

namespace muster::service {

struct ImporterReport {
  std::string importer;
  std::int64_t version = 0;
  base::WallTime changed{};
  std::string changed_by;
  std::string source;  // "": its definition cannot be read
  std::string destination;
  std::vector<std::string> credentials;  // where they are: "secret:NAME", "env:NAME", "file:PATH"
  bool is_scheduled = false;
  bool is_paused = false;
};

struct AccessReport {
  std::string admin;
  std::string role;  // operator | admin | auditor
  bool is_closed = false;
  std::size_t sessions = 0;
  std::optional<base::WallTime> last_seen;  // of the open ones
  std::size_t tokens = 0;
};

struct BackupReport {
  std::string name;
  std::string path;
  std::uint64_t bytes = 0;
  std::optional<base::WallTime> expires;  // absent: never by itself
};

struct SiteReport {
  base::WallTime made{};
  store::Site site;
  Entitlement entitlement;
  store::DatabaseReport data;
  // When the site is in a region: what the installation's own database has of it.
  std::optional<store::DatabaseReport> directory;
  std::vector<ImporterReport> importers;
  std::vector<store::SecretRow> secrets;
  std::vector<AccessReport> access;
  std::optional<std::vector<BackupReport>> backups;  // absent: no folder was named
  store::AuditState audit;
  std::optional<store::AuditEntry> last;  // the newest entry: who changed something last

  // Where `data` is; "": in the directory's own database.
  std::string region() const { return site.place == store::kHere ? std::string() : site.region; }
  // When a removed site's data is deleted. Absent: it was not removed, or it is deleted already.
  std::optional<base::WallTime> goes_on() const {
    return site.kept_until && *site.kept_until > base::WallTime() ? site.kept_until : std::nullopt;
  }
};

struct SiteReportSettings {
  std::string directory;  // a URL; up to date already
  std::string site;
  std::string backups;  // a folder; "": none
};
base::Result<SiteReport> report_site(const SiteReportSettings& settings,
                                     base::Scheduler& scheduler);

std::string to_json(const SiteReport& report);

}  // namespace muster::service
