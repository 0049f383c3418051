// `muster backup create|list|verify|restore`.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/backup_settings.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/store_url.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "crypto/key_source.h"
#include "service/backup.h"
#include "service/prerequisites.h"
#include "service/regions.h"

namespace muster::cli {
namespace {

using base::Result;
using base::Status;

std::string owner_text(std::string_view site) {
  return site.empty() ? "(installation)" : base::printable(site);
}

// That of the region that was named, of the site, or the installation's own.
Result<std::string> database_of(const BackupArguments& arguments) {
  if (!arguments.site.empty() && arguments.region.empty()) {
    return ready_store_of(arguments.database, arguments.site);
  }
  return ready_region(arguments.database, arguments.region);
}

// In the database that the command works with.
Result<std::unique_ptr<PlaceTools>> place_tools(
    const BackupArguments& arguments, Console& console,
    const std::optional<crypto::KeyEncryptionKey>& key) {
  return PlaceTools::open(
      arguments.path, arguments.s3, console,
      [&](base::Scheduler& scheduler) -> Result<std::unique_ptr<service::Vault>> {
        if (key) {
          const std::string database = TRY(database_of(arguments));
          return service::open_vault(database, key, scheduler);
        }
        return base::Error{base::ErrorKind::kSettings, "backup",
                           "--s3-secret: here no stored secret can be read; write file:PATH or "
                           "env:NAME."};
      });
}

// open_to_look() instead of ready_store(): what does not exist is not made to be copied.
Status create(const BackupArguments& arguments, Console& console) {
  const crypto::KeyEncryptionKey key = TRY(crypto::take_key(arguments.key_file));
  if (arguments.region.empty() && TRY(open_to_look(arguments.database)) == nullptr) {
    console.out("There is no store yet: nothing to back up.\n");
    return {};
  }
  const std::string database = TRY(database_of(arguments));
  const auto tools = TRY(place_tools(arguments, console, key));
  const service::Backup made =
      TRY(service::create_backup({.database = database,
                                  .place = arguments.path,
                                  .site = arguments.site,
                                  .muster = MUSTER_VERSION,
                                  .entry = by_hand(arguments.site, "backup.created", ""),
                                  .s3 = tools->s3()},
                                 key));
  console.out(fmt::format("{}: {}, {}, under the key {}. Keep that key apart from it.\n",
                          base::printable(made.path, 500),
                          base::count_of(made.files.size(), "file"),
                          base::format_bytes(made.bytes()), key.id()));
  return {};
}

Status list(const BackupArguments& arguments, Console& console) {
  Table table({{.title = "backup"},
               {.title = "kind"},
               {.title = "expires"},
               {.title = "size"},
               {.title = "of"}});
  const auto tools = TRY(place_tools(arguments, console, std::nullopt));
  const auto backups = TRY(service::list_backups(arguments.path, tools->s3()));
  for (const service::Backup& backup : backups) {
    std::string owners;
    for (const service::BackupFile& file : backup.files) {
      owners += (owners.empty() ? "" : ", ") + owner_text(file.site);
    }
    const auto& label = backup.label;
    const std::string kind(service::to_string(label ? label->kind : service::BackupKind::kManual));
    const bool is_damaged = label && !backup.is_whole();
    table.add({backup.name, is_damaged ? kind + ", not whole" : kind,
               label ? day_of(label->expires) : "", base::format_bytes(backup.bytes()), owners});
  }
  console.out(backups.empty() ? "There are no backups.\n" : table.text());
  return {};
}

Status verify(const BackupArguments& arguments, Console& console) {
  const crypto::KeyEncryptionKey key = TRY(crypto::take_key(arguments.key_file));
  Table table({{.title = "of"}, {.title = "made"}, {.title = "rows"}, {.title = "audit entries"}});
  const auto tools = TRY(place_tools(arguments, console, std::nullopt));
  const service::ReadTools reading{tools->s3(), arguments.work_folder};
  for (const service::Verified& found : TRY(service::verify_backup(arguments.path, key, reading))) {
    table.add({owner_text(found.file.site), second_of(found.bundle.manifest.created),
               base::with_thousands(found.bundle.all_rows()),
               base::with_thousands(static_cast<std::uint64_t>(found.audit_entries))});
  }
  console.out(table.text() + "All of it comes back.\n");
  return {};
}

// A site that the directory does not know yet, or knows there already.
Status pin(const BackupArguments& arguments) {
  const std::string directory = TRY(ready_store(arguments.database));
  const auto regions = TRY(store::open_regions(directory));
  const store::Site site{
      .site = arguments.site, .name = arguments.site, .region = arguments.region};
  TRY(service::pin_site(*regions, site, by_hand("", "site.pinned", arguments.site)));
  return {};
}

Status restore(const BackupArguments& arguments, Console& console) {
  const crypto::KeyEncryptionKey key = TRY(crypto::take_key(arguments.key_file));
  const std::string database = TRY(database_of(arguments));
  const auto tools = TRY(place_tools(arguments, console, key));
  const service::RestoreSettings settings{.database = database,
                                          .path = arguments.path,
                                          .site = arguments.site,
                                          .replaces = arguments.replaces,
                                          .adopts = !arguments.region.empty(),
                                          .entry = by_hand(arguments.site, "backup.restored", ""),
                                          .tools = {tools->s3(), arguments.work_folder}};
  if (!arguments.region.empty() && !arguments.site.empty()) TRY(pin(arguments));
  const crypto::KeyEncryptionKey of_backup =
      arguments.backup_key_file.empty() ? key
                                        : TRY(crypto::read_key_file(arguments.backup_key_file));
  for (const service::Restored& site : TRY(service::restore_backup(settings, of_backup, key))) {
    console.out(
        fmt::format("{}: restored, {}", owner_text(site.site), base::count_of(site.rows, "row")));
    if (site.abandoned > 0) {
      console.out(fmt::format(", {} abandoned", base::count_of(site.abandoned, "run")));
    }
    if (site.skipped_roles > 0) {
      console.out(fmt::format(", {} of admins who are not here left out",
                              base::count_of(site.skipped_roles, "role")));
    }
    console.out("\n");
  }
  return {};
}

Status work(const BackupArguments& arguments, Console& console) {
  switch (arguments.act) {
    case BackupArguments::Act::kCreate: return create(arguments, console);
    case BackupArguments::Act::kList: return list(arguments, console);
    case BackupArguments::Act::kVerify: return verify(arguments, console);
    case BackupArguments::Act::kRestore: return restore(arguments, console);
  }
  return {};
}

}  // namespace

int backup_command(const BackupArguments& arguments, Console& console) {
  return told(work(arguments, console), console);
}

}  // namespace muster::cli
