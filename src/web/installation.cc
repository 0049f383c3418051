#include "web/installation.h"

#include <filesystem>

namespace muster::web {

using base::Error;
using base::ErrorKind;
using base::Result;

Result<std::vector<service::Backup>> Installation::backups() const {
  std::error_code missing;
  if (tools_.backup_folder.empty() || !std::filesystem::exists(tools_.backup_folder, missing)) {
    return std::vector<service::Backup>();
  }
  return service::list_backups(tools_.backup_folder);
}

Result<service::Backup> Installation::make_backup(const store::AuditEntry& entry) {
  if (tools_.backup_folder.empty()) {
    return Error{ErrorKind::kSettings, "backup",
                 "Start muster with --backup-folder: then backups are made into it."};
  }
  if (tools_.vault == nullptr) {
    return Error{ErrorKind::kSettings, "backup",
                 "A backup is sealed with the key of the stored secrets: start muster with "
                 "--key-file."};
  }
  if (is_making_.exchange(true)) {
    return Error{ErrorKind::kLimit, "busy", "A backup is being made. Try again when it is there."};
  }
  Result<service::Backup> made = service::create_backup({.database = tools_.database,
                                                         .folder = tools_.backup_folder,
                                                         .site = {},
                                                         .muster = tools_.version,
                                                         .entry = entry},
                                                        tools_.vault->key());
  is_making_ = false;
  return made;
}

}  // namespace muster::web
