// Bringing a site back from a backup, in the place of what is there.
#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "service/backup.h"
#include "web/route.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Result<service::Backup> found_backup(const Request& request) {
  const std::string& name = request.at("backup");
  for (service::Backup& backup : TRY(request.tools.installation.backups())) {
    if (backup.name == name) return std::move(backup);
  }
  return Error{ErrorKind::kMissing, "no_such_backup",
               fmt::format("There is no backup {} in the folder of --backup-folder.",
                           base::printable(name))};
}

// As long as copying the site takes. Its importers are locked meanwhile, and one that runs refuses
// it (service/backup.h).
Result<Answer> restore_site(Request& request) {
  const std::string site = TRY(text_field(request, "site"));
  const service::Backup backup = TRY(found_backup(request));
  if (service::is_bucket(backup.path)) {
    return Error{ErrorKind::kSettings, "backup",
                 "A site is brought back from a bucket on the command line: `muster backup restore "
                 "--site`."};
  }
  const InstallationTools& about = request.tools.installation.tools();
  if (about.vault == nullptr) return service::no_backup_key();
  if (TRY(request.tools.mover.moves().find(site))) {
    return Error{ErrorKind::kConflict, "site_moving",
                 fmt::format("The site {} is being moved to another region. Try again when that "
                             "is done.",
                             base::printable(site))};
  }
  const std::vector<service::Restored> restored =
      TRY(service::restore_backup({.database = about.database,
                                   .path = backup.path,
                                   .site = site,
                                   .replaces = true,
                                   .entry = request.entry(site, "backup.restored", site)},
                                  about.vault->key(), about.vault->key()));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("site").string(site);
  out.key("rows").number(restored.front().rows);
  out.key("abandoned").number(restored.front().abandoned);
  out.key("skipped_roles").number(restored.front().skipped_roles).end_object();
  return answer;
}

constexpr Field kSite[] = {{"site", "string"}};
constexpr Field kRestored[] = {{"site", "string"},
                               {"rows", "integer"},
                               {"abandoned", "integer"},
                               {"skipped_roles", "integer"}};

constexpr Route kRoutes[] = {
    {.method = "POST",
     .path = "/api/v1/backups/{backup}/restore",
     .needs = Needs::kOperator,
     .summary = "brings a site of the installation's own database back from a backup, in the place "
                "of what is there; its audit log goes on",
     .handler = restore_site,
     .body = kSite,
     .answers = kRestored},
};

}  // namespace

std::span<const Route> restore_routes() { return kRoutes; }

}  // namespace muster::web
