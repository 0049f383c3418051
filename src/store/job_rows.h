// How a job lies in its row. Internal to the room.
#pragma once

#include <string_view>

#include "store/db.h"
#include "store/queue.h"
#include "store/row_values.h"

namespace muster::store {

// First among the columns of a query, from a table called j.
inline constexpr std::string_view kJobColumns =
    "j.site, j.job_id, j.importer, j.trigger_kind, j.tick, j.options, j.due, j.run_id, j.state, "
    "j.fence";
inline constexpr int kStateColumn = 8;
inline constexpr int kFenceColumn = 9;

inline Job read_job(const Statement& row) {
  Job job{.site = row.text(0),
          .job_id = row.text(1),
          .importer = row.text(2),
          .trigger = row.text(3),
          .options = row.text(5),
          .due = wall_time(row.integer(6)),
          .run_id = row.text(7)};
  if (!row.is_null(4)) job.tick = wall_time(row.integer(4));
  return job;
}

// False: this tick, or this job, is there already.
inline base::Result<bool> add_job(Db& db, const Job& job) {
  TRY(
      db.run("INSERT INTO jobs (site, job_id, importer, trigger_kind, tick, options, due, run_id, "
             "state, worker, fence) VALUES ($1, $2, $3, $4, $5, $6, $7, '', 'waiting', '', 0) "
             "ON CONFLICT DO NOTHING",
             job.site, job.job_id, job.importer, job.trigger, micros(job.tick), job.options,
             micros(job.due)));
  return db.changed_rows() == 1;
}

}  // namespace muster::store
