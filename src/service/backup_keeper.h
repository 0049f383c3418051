// Makes backups on schedule, and removes those whose day has come. Any number of nodes may do so on
// one database: one has the turn (store/backup_turns.h), and a tick has one backup. After a time
// without any node the latest tick is caught up once. One that fails is tried again, ever more
// rarely, until it succeeds; people are told (notices.h), and /metrics shows when the last good one
// was made.
//
//   BackupKeeper keeper(tools, plan);
//   keeper.work(stop);  // returns when stop is requested
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "net/http.h"
#include "run/schedule.h"
#include "service/backup.h"
#include "service/backup_retention.h"
#include "service/notices.h"
#include "service/schedule.h"
#include "store/backup_turns.h"

namespace muster::service {

struct BackupPlan {
  std::string place;
  S3Settings s3{};                 // where the place is a bucket
  run::ScheduleSettings schedule;  // none: by hand only
  Retention retention{};
  std::string told_site = "default";  // whose contact is told what fails
  // In which database that site is, and nothing more than that is told there; "": in its own.
  std::string told_elsewhere{};
  std::string muster{};  // this version
};

struct BackupKeeperTools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  store::BackupTurns& turns;
  Notifier& notifier;
  Vault* vault = nullptr;  // null: there is no key, and nothing can be sealed
  std::string database;    // a URL
  std::string region;      // that the database is of; "": of none
  std::string node;
};

// The latest tick after `after` that has come; absent: none has.
std::optional<base::WallTime> latest_tick(const Schedule& schedule, base::WallTime after,
                                          base::WallTime now);

class BackupKeeper {
 public:
  // kSettings: a time zone that this machine does not know, a place that is none.
  static base::Result<std::unique_ptr<BackupKeeper>> make(BackupKeeperTools tools, BackupPlan plan);

  void work(const base::Stop& stop, base::Duration pause);
  // What is due now.
  base::Status look(const base::Stop& stop);

 private:
  class Turn;

  BackupKeeper(BackupKeeperTools tools, BackupPlan plan, Schedule schedule)
      : tools_(std::move(tools)), plan_(std::move(plan)), schedule_(std::move(schedule)) {}

  base::Status make(Turn& turn, const store::BackupState& state, base::WallTime tick,
                    const base::Stop& stop);
  base::Result<Backup> make_or_find(Turn& turn, base::WallTime tick);
  base::Status tidy(Turn& turn);
  base::Status take_out_gone_sites(BackupPlace& place, const Backup& kept, base::WallTime now);
  base::Status note(const std::string& act, const std::string& target, const std::string& after);
  store::AuditEntry entry(const std::string& act, const std::string& target) const;
  S3Access access(const base::Stop& stop) const;

  const BackupKeeperTools tools_;
  const BackupPlan plan_;
  const Schedule schedule_;
};

}  // namespace muster::service
