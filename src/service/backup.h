// Backups: a folder for each, with one bundle (site_bundle.h) for every site in it and one for the
// installation. Made while importers run; each is the store as it was at one instant.
//
//   const Backup made = TRY(create_backup({.database = url, .folder = "/var/backups/muster",
//   ...})); TRY(verify_backup(made.path, key)); TRY(restore_backup({.database = other_url, .path =
//   made.path, ...}));
//
// Errors: kSettings `backup` (a path that cannot be used), `wrong_key`; kMalformed `bundle`,
// `bundle_newer`, `sealed_value` (with the file); kConflict `site_exists`, `store_not_empty`,
// `other_history`, `other_region`, `already_running`; kMissing `no_such_site`; kUnavailable
// `store_unavailable`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "crypto/envelope.h"
#include "service/site_bundle.h"
#include "store/audit.h"

namespace muster::service {

struct BackupFile {
  std::string path;
  std::string site;  // "": the installation
  std::uint64_t bytes = 0;
};

struct Backup {
  std::string name;  // "20261127T021500123Z": when it was made
  std::string path;
  std::vector<BackupFile> files;  // the installation first
  std::uint64_t bytes() const;
};

struct CreateSettings {
  std::string database;  // a URL; up to date already
  std::string folder;    // made when it is missing
  std::string site;      // "": all of them, and the installation
  std::string muster;    // this version
  // Who does it; written into the audit log of the site, or of the installation.
  store::AuditEntry entry;
};
// Nothing is left in the folder when it fails; what a killed process left has a name that begins
// with a dot and may be deleted.
base::Result<Backup> create_backup(const CreateSettings& settings,
                                   const crypto::KeyEncryptionKey& key);

// By time. Nothing is opened.
base::Result<std::vector<Backup>> list_backups(const std::string& folder);

struct Verified {
  BackupFile file;
  Bundle bundle;
  std::int64_t audit_entries = 0;
};
// `path`: a backup, or one file of it. Restores each into a throw-away store beside it, and looks
// there: every row and checksum, what refers to what, and the audit log. kMalformed `audit_broken`.
base::Result<std::vector<Verified>> verify_backup(const std::string& path,
                                                  const crypto::KeyEncryptionKey& key);

struct RestoreSettings {
  std::string database;  // a URL; up to date already
  std::string path;      // a backup, or one file of it
  std::string site;      // "": all that is there
  bool replaces = false;
  bool adopts = false;      // what was in another region too
  store::AuditEntry entry;  // who does it and when; one is written for each site
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
