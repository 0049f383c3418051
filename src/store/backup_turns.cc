#include "store/backup_turns.h"

#include <fmt/format.h>

#include "store/database_clock.h"
#include "store/db.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

std::int64_t plus(std::int64_t at, base::Duration by) {
  return at + std::chrono::duration_cast<std::chrono::microseconds>(by).count();
}

// No lease is as long: one that ends later got its end from a clock that was ahead.
constexpr std::chrono::minutes kFarthest{10};

class SqlBackupTurns final : public BackupTurns {
 public:
  SqlBackupTurns(std::unique_ptr<Db> db, const base::Scheduler& scheduler)
      : db_(std::move(db)), scheduler_(scheduler) {}

  Result<std::optional<BackupState>> find() override;
  Result<BackupState> look() override;
  Result<std::optional<BackupTurn>> take(std::string_view node, base::Duration lease) override;
  Status extend(const BackupTurn& turn, base::Duration by) override {
    return change(turn, "leased_until = $1", plus(TRY(now()), by));
  }
  Status made(const BackupTurn& turn, base::WallTime tick, const MadeBackup& backup) override {
    return change(turn,
                  "tick = $1, failures = 0, next_try = 0, problem = '', made = $2, name = $3, "
                  "size = $4",
                  micros(tick), micros(backup.made), std::string_view(backup.name),
                  static_cast<std::int64_t>(backup.bytes));
  }
  Status failed(const BackupTurn& turn, std::string_view problem,
                base::Duration again_after) override {
    return change(turn, "failures = failures + 1, problem = $1, next_try = $2", problem,
                  plus(TRY(now()), again_after));
  }
  Status tidied(const BackupTurn& turn) override { return change(turn, "tidied = $1", TRY(now())); }
  Status begin_again(const BackupTurn& turn) override {
    return change(turn, "tick = $1, next_try = 0", TRY(now()));
  }
  Status give_back(const BackupTurn& turn) override {
    return change(turn, "leased_until = 0, node = $1", std::string_view());
  }

 private:
  Result<std::int64_t> now() { return micros(TRY(database_now(*db_, scheduler_))); }
  // Only whoever has the turn changes anything.
  template <typename... Values>
  Status change(const BackupTurn& turn, std::string_view set, const Values&... values);

  const std::unique_ptr<Db> db_;
  const base::Scheduler& scheduler_;
};

Result<std::optional<BackupState>> SqlBackupTurns::find() {
  const std::int64_t at = TRY(now());
  const Db::Hold hold(*db_, Scope());
  Statement row =
      TRY(db_->query("SELECT tick, failures, next_try, problem, made, name, size, tidied, node, "
                     "leased_until FROM scheduled_backup"));
  if (!TRY(row.step())) return std::optional<BackupState>();
  BackupState state{.now = wall_time(at),
                    .tick = wall_time(row.integer(0)),
                    .failures = row.integer(1),
                    .next_try = wall_time(row.integer(2)),
                    .problem = row.text(3),
                    .made = {},
                    .name = row.text(5),
                    .bytes = static_cast<std::uint64_t>(row.integer(6)),
                    .tidied = wall_time(row.integer(7)),
                    .node = {}};
  if (row.integer(4) != 0) state.made = wall_time(row.integer(4));
  const std::int64_t until = row.integer(9);
  if (until >= at && until <= plus(at, kFarthest)) state.node = row.text(8);
  return std::optional(std::move(state));
}

Result<BackupState> SqlBackupTurns::look() {
  std::optional<BackupState> found = TRY(find());
  if (found) return *std::move(found);
  {
    const std::int64_t at = TRY(now());
    const Db::Hold hold(*db_, Scope());
    TRY(
        db_->run("INSERT INTO scheduled_backup (only_one, tick, failures, next_try, problem, made, "
                 "name, size, tidied, node, fence, leased_until) "
                 "VALUES (1, $1, 0, 0, '', 0, '', 0, 0, '', 0, 0) ON CONFLICT DO NOTHING",
                 at));
  }
  found = TRY(find());
  if (found) return *std::move(found);
  return Error{ErrorKind::kUnavailable, "store_unavailable", "The state of backups is not there."};
}

Result<std::optional<BackupTurn>> SqlBackupTurns::take(std::string_view node,
                                                       base::Duration lease) {
  const std::int64_t at = TRY(now());
  const Db::Hold hold(*db_, Scope());
  Statement row =
      TRY(db_->query("UPDATE scheduled_backup SET node = $1, fence = fence + 1, leased_until = $2 "
                     "WHERE only_one = 1 AND (leased_until < $3 OR leased_until > $4) "
                     "RETURNING fence",
                     node, plus(at, lease), at, plus(at, kFarthest)));
  if (!TRY(row.step())) return std::optional<BackupTurn>();
  const BackupTurn turn{std::string(node), row.integer(0)};
  while (TRY(row.step())) {
  }
  return std::optional(turn);
}

template <typename... Values>
Status SqlBackupTurns::change(const BackupTurn& turn, std::string_view set,
                              const Values&... values) {
  constexpr std::size_t kNext = sizeof...(values) + 1;
  const Db::Hold hold(*db_, Scope());
  TRY(db_->run(fmt::format("UPDATE scheduled_backup SET {} WHERE only_one = 1 AND fence = ${} AND "
                           "node = ${} AND leased_until > 0",
                           set, kNext, kNext + 1),
               values..., turn.fence, std::string_view(turn.node)));
  if (db_->changed_rows() == 1) return {};
  return Error{ErrorKind::kConflict, "lease_lost",
               "Another node has taken over the backup, because nothing was heard of this one in "
               "time."};
}

}  // namespace

Result<std::unique_ptr<BackupTurns>> open_backup_turns(std::string_view url,
                                                       const base::Scheduler& scheduler) {
  return std::unique_ptr<BackupTurns>(
      std::make_unique<SqlBackupTurns>(TRY(open_db(url)), scheduler));
}

}  // namespace muster::store
