// Backups: a folder for each, or what is below one name in a bucket, with one bundle
// (site_bundle.h) for every site in it and one for the installation. Made while importers run; each
// is the store as it was at one instant.
//
//   const Backup made = TRY(create_backup({.database = url, .place = "/var/backups/muster",
//   ...})); TRY(verify_backup(made.path, key)); TRY(restore_backup({.database = other_url, .path =
//   made.path, ...}));
//
// Errors: kSettings `backup` (a path that cannot be used), `wrong_key`; kMalformed `bundle`,
// `bundle_newer`, `sealed_value` (with the file); kConflict `site_exists`, `store_not_empty`,
// `other_history`, `other_region`, `already_running`; kMissing `no_such_site`; kUnavailable
// `store_unavailable`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "crypto/envelope.h"
#include "service/backup_place.h"
#include "service/site_bundle.h"
#include "store/audit.h"

namespace muster::service {

// Of one that is made on schedule.
struct ScheduledBackup {
  BackupKind kind = BackupKind::kDaily;
  base::WallTime tick{};
  base::WallTime expires{};
  std::string region;  // that the database is of; "": of none
};

// Why none can be made or read: there is no key.
base::Error no_backup_key();

struct CreateSettings {
  std::string database;  // a URL; up to date already
  std::string place;     // a folder, made when it is missing; or s3://BUCKET/PREFIX
  std::string site;      // "": all of them, and the installation
  std::string muster;    // this version
  // Who does it; written into the audit log of the site, or of the installation.
  store::AuditEntry entry;
  const S3Access* s3 = nullptr;  // null: a folder only
  std::optional<ScheduledBackup> scheduled{};
  base::Stop stop{};
  // Right before it is there for everybody; it is not when this fails.
  std::function<base::Status()> may_finish{};
};
// Nothing is left in the place when it fails; what a killed process left in a folder has a name
// that begins with a dot and may be deleted, and in a bucket no label.
base::Result<Backup> create_backup(const CreateSettings& settings,
                                   const crypto::KeyEncryptionKey& key);

// By time. Nothing is opened.
base::Result<std::vector<Backup>> list_backups(const std::string& place,
                                               const S3Access* s3 = nullptr);

// How what is in a backup is read.
struct ReadTools {
  const S3Access* s3 = nullptr;  // null: it is in a folder
  // For throw-away stores; "": beside the backup, which has to be in a folder then.
  std::string work_folder{};
};

struct Verified {
  BackupFile file;
  Bundle bundle;
  std::int64_t audit_entries = 0;
};
// `path`: a backup, or one file of it. Restores each into a throw-away store, and looks there:
// every row and checksum, what refers to what, and the audit log. kMalformed `audit_broken`.
base::Result<std::vector<Verified>> verify_backup(const std::string& path,
                                                  const crypto::KeyEncryptionKey& key,
                                                  const ReadTools& tools = {});

struct RestoreSettings {
  std::string database;  // a URL; up to date already
  std::string path;      // a backup, or one file of it
  std::string site;      // "": all that is there
  bool replaces = false;
  bool adopts = false;      // what was in another region too
  store::AuditEntry entry;  // who does it and when; one is written for each site
  ReadTools tools{};        // its work folder: for backups of older versions
};
struct Restored {
  std::string site;
  std::uint64_t rows = 0;
  std::uint64_t abandoned = 0;      // runs that were running
  std::uint64_t skipped_roles = 0;  // of admins who are not here
};
// All of it or nothing. `key`: of the backup; `store_key`: of the store, under which the stored
// secrets are from then on.
base::Result<std::vector<Restored>> restore_backup(const RestoreSettings& settings,
                                                   const crypto::KeyEncryptionKey& key,
                                                   const crypto::KeyEncryptionKey& store_key);

}  // namespace muster::service
