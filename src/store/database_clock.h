// The clock that all machines on one database go by. Internal to the room.
#pragma once

#include "store/db.h"
#include "store/row_values.h"

namespace muster::store {

inline base::Result<base::WallTime> database_now(Db& db, const base::Scheduler& scheduler) {
  if (db.engine() == Db::Engine::kSqlite) return scheduler.wall_now();
  const Db::Hold hold(db, Scope());
  Statement row =
      TRY(db.query("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"));
  TRY(row.step());
  return wall_time(row.integer(0));
}

}  // namespace muster::store
