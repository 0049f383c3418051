// Backups on schedule: how far they are, and whose turn it is. Any number of nodes look; one has
// the turn, as long as its lease, and whoever had it before learns that from extend(), made() and
// failed(): kConflict `lease_lost`.
//
//   const BackupState state = TRY(turns.look(from));
//   std::optional<BackupTurn> turn = TRY(turns.take("node-1", 1min));
//   ... every few seconds: TRY(turns.extend(*turn, 1min));
//   TRY(turns.made(*turn, tick, {...}));
//   TRY(turns.give_back(*turn));
//
// Times are those of the database's clock (SQLite: this machine's). Any thread. Errors otherwise:
// kUnavailable `store_unavailable`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::store {

struct BackupState {
  base::WallTime now{};       // by the database
  base::WallTime tick{};      // dealt with last; of a new schedule: when it was begun
  std::int64_t failures = 0;  // since the last good one
  base::WallTime next_try{};
  std::string problem;                 // of the last one that failed; "": it did not
  std::optional<base::WallTime> made;  // the last good one
  std::string name;
  std::uint64_t bytes = 0;
  base::WallTime tidied{};
  std::string node;  // that has the turn; "": nobody
};

struct BackupTurn {
  std::string node;
  std::int64_t fence = 0;
};

struct MadeBackup {
  std::string name;
  base::WallTime made{};
  std::uint64_t bytes = 0;
};

class BackupTurns {
 public:
  virtual ~BackupTurns() = default;
  // Absent: no schedule was ever begun here.
  virtual base::Result<std::optional<BackupState>> find() = 0;
  // Begins it, when it is new.
  virtual base::Result<BackupState> look() = 0;
  // Absent: somebody else has it.
  virtual base::Result<std::optional<BackupTurn>> take(std::string_view node,
                                                       base::Duration lease) = 0;
  virtual base::Status extend(const BackupTurn& turn, base::Duration by) = 0;
  virtual base::Status made(const BackupTurn& turn, base::WallTime tick,
                            const MadeBackup& backup) = 0;
  virtual base::Status failed(const BackupTurn& turn, std::string_view problem,
                              base::Duration again_after) = 0;
  virtual base::Status tidied(const BackupTurn& turn) = 0;
  // The clock was ahead when `tick` was noted: from now on it counts from here.
  virtual base::Status begin_again(const BackupTurn& turn) = 0;
  virtual base::Status give_back(const BackupTurn& turn) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<BackupTurns>> open_backup_turns(std::string_view url,
                                                             const base::Scheduler& scheduler);

}  // namespace muster::store
