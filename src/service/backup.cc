#include "service/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/failpoint.h"
#include "base/text.h"
#include "service/backup_files.h"
#include "store/regions.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

Result<std::vector<store::SiteName>> owners_of(store::SiteSnapshot& snapshot,
                                               const std::string& site) {
  std::vector<store::SiteName> owners = TRY(snapshot.sites());
  if (site.empty()) {
    owners.insert(owners.begin(), {"", "installation"});
    return owners;
  }
  std::erase_if(owners, [&](const store::SiteName& owner) { return owner.site != site; });
  if (!owners.empty()) return owners;
  return Error{ErrorKind::kMissing, "no_such_site",
               fmt::format("There is no site {} in this store.", base::printable(site))};
}

Status stopped(const base::Stop& stop) {
  if (!stop.stop_requested()) return {};
  return Error{ErrorKind::kCancelled, "cancelled", "The backup was stopped."};
}

BackupLabel label_of(const CreateSettings& settings, const crypto::KeyEncryptionKey& key) {
  BackupLabel label{.kind = BackupKind::kManual,
                    .made = settings.entry.at,
                    .tick = {},
                    .expires = {},
                    .installation = {},
                    .region = {},
                    .muster = settings.muster,
                    .key = key.id(),
                    .files = {}};
  if (!settings.scheduled) return label;
  label.kind = settings.scheduled->kind;
  label.tick = settings.scheduled->tick;
  label.expires = settings.scheduled->expires;
  label.region = settings.scheduled->region;
  return label;
}

// The bundles, as the store is at one instant.
Status write_files(const CreateSettings& settings, const crypto::KeyEncryptionKey& key,
                   FreshBackup& fresh, BackupLabel& label) {
  const auto snapshot = TRY(store::SiteSnapshot::open(settings.database));
  for (const store::SiteName& owner : TRY(owners_of(*snapshot, settings.site))) {
    TRY(fresh.begin_file(file_of(owner.site)));
    const ByteSink sink = [&](std::string_view bytes) -> Status {
      TRY(stopped(settings.stop));
      return fresh.write(bytes);
    };
    TRY(MUSTER_FAILPOINT("backup.writing"));
    TRY(write_bundle(*snapshot,
                     {.site = owner.site,
                      .kind = owner.kind,
                      .created = settings.entry.at,
                      .muster = settings.muster},
                     key, sink));
    const std::uint64_t bytes = TRY(fresh.end_file());
    label.files.push_back({file_of(owner.site), bytes});
  }
  return {};
}

}  // namespace

Error no_backup_key() {
  return {ErrorKind::kSettings, "backup",
          "A backup is sealed with the key of the stored secrets: start muster with --key-file."};
}

Result<Backup> create_backup(const CreateSettings& settings, const crypto::KeyEncryptionKey& key) {
  const auto place = TRY(open_place(settings.place, settings.s3));
  BackupLabel label = label_of(settings, key);
  label.installation = TRY(store::installation_of_database(settings.database));
  Backup backup{
      .name = backup_name(settings.entry.at, label.kind), .path = {}, .files = {}, .label = {}};
  {
    const auto fresh = TRY(place->begin(backup.name));
    TRY(write_files(settings, key, *fresh, label));
    TRY(MUSTER_FAILPOINT("backup.finishing"));
    TRY(stopped(settings.stop));
    if (settings.may_finish) TRY(settings.may_finish());
    TRY(fresh->finish(label));
  }
  TRY(MUSTER_FAILPOINT("backup.finished"));
  std::error_code ignored;
  backup.path = is_bucket(settings.place)
                    ? place->text() + "/" + backup.name
                    : (std::filesystem::absolute(settings.place, ignored) / backup.name).string();
  backup.files = TRY(files_at(backup.path, settings.s3));
  backup.label = std::move(label);
  store::AuditEntry entry = settings.entry;
  entry.site = settings.site;
  entry.act = "backup.created";
  entry.target = backup.name;
  const auto audit = TRY(store::open_audit(settings.database));
  TRY(audit->append(entry));
  return backup;
}

Result<std::vector<Backup>> list_backups(const std::string& place, const S3Access* s3) {
  return TRY(open_place(place, s3))->list();
}

}  // namespace muster::service
