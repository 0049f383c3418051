#include "web/installation.h"

#include <filesystem>

namespace muster::web {

using base::Error;
using base::ErrorKind;
using base::Result;

service::S3Access Installation::access() const {
  return {.settings = tools_.backups ? tools_.backups->s3 : service::S3Settings{},
          .scheduler = tools_.scheduler,
          .client = tools_.client,
          .random = tools_.random,
          .logger = tools_.logger,
          .vault = tools_.vault};
}

Result<std::optional<BackupOutlook>> Installation::outlook() const {
  if (!tools_.backups || tools_.backups->schedule.is_none()) return std::optional<BackupOutlook>();
  const auto schedule = TRY(service::Schedule::make(tools_.backups->schedule));
  const auto turns = TRY(store::open_backup_turns(tools_.database, tools_.scheduler));
  const auto state = TRY(turns->find());
  return std::optional(
      BackupOutlook{.next = schedule.tick_after(tools_.scheduler.wall_now()), .state = state});
}

Result<std::vector<service::Backup>> Installation::backups() const {
  const std::string where = place();
  std::error_code missing;
  const bool is_missing =
      where.empty() || (!service::is_bucket(where) && !std::filesystem::exists(where, missing));
  if (is_missing) return std::vector<service::Backup>();
  const service::S3Access s3 = access();
  return service::list_backups(where, &s3);
}

Result<service::Backup> Installation::make_backup(const store::AuditEntry& entry) {
  if (!tools_.backups) {
    return Error{ErrorKind::kSettings, "backup",
                 "Start muster with --backup-folder: then backups are made into it."};
  }
  if (tools_.vault == nullptr) return service::no_backup_key();
  if (is_making_.exchange(true)) {
    return Error{ErrorKind::kLimit, "busy", "A backup is being made. Try again when it is there."};
  }
  const service::S3Access s3 = access();
  Result<service::Backup> made = service::create_backup({.database = tools_.database,
                                                         .place = place(),
                                                         .site = {},
                                                         .muster = tools_.version,
                                                         .entry = entry,
                                                         .s3 = &s3},
                                                        tools_.vault->key());
  is_making_ = false;
  return made;
}

}  // namespace muster::web
