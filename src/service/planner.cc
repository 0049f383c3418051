#include "service/planner.h"

#include <algorithm>

#include "base/id.h"
#include "base/text.h"
#include "run/importer.h"
#include "service/due.h"

namespace muster::service {
namespace {

using base::Result;
using base::WallTime;

}  // namespace

void Planner::work(const base::Stop& stop) {
  while (!stop.stop_requested()) {
    const Result<WallTime> next = plan();
    base::Duration pause = look_at_least_;
    if (next.ok()) {
      const auto until = *next - tools_.scheduler.wall_now();
      pause = std::clamp<base::Duration>(until, std::chrono::seconds(1), look_at_least_);
    } else {
      tools_.logger.error("planning: {}", next.error().text());
    }
    base::sleep_for(tools_.scheduler, pause, stop);
  }
}

Result<WallTime> Planner::plan() {
  const WallTime now = TRY(tools_.queue.now());
  if (const std::int64_t brought = TRY(tools_.queue.bring_back()); brought > 0) {
    tools_.logger.warn("the clock went back: {} brought back with it",
                       base::count_of(brought, "job"));
  }
  WallTime next = now + std::chrono::floor<std::chrono::microseconds>(look_at_least_);
  const auto entitled = TRY(tools_.entitlements.all());
  for (const store::Importer& importer : TRY(tools_.importers.list(""))) {
    const auto of_site = entitled.find(importer.site);
    // Its ticks wait for it where it goes.
    if (of_site == entitled.end() || of_site->second.is_leaving) continue;
    const bool may_run = of_site->second.may_run();
    const std::optional<WallTime> again = TRY(plan(importer, now, may_run));
    if (again) next = std::min(next, *again);
  }
  return next;
}

Result<std::optional<WallTime>> Planner::plan(const store::Importer& importer, WallTime now,
                                              bool may_run) {
  const Known& known = *TRY(look_up(importer));
  if (!known.schedule || known.schedule->is_none()) return std::optional<WallTime>();
  ScheduleState state;
  state.last_tick = importer.last_tick;
  // What came due meanwhile is not caught up once the site is entitled again.
  if (importer.is_paused || !may_run) state.paused_until = WallTime::max();
  state.is_running = !TRY(tools_.queue.pending(importer.site, importer.importer)).empty();
  state.spread = known.spread;
  const Due decided = due(*known.schedule, state, now);
  if (decided.run) {
    const bool is_new = TRY(tools_.queue.add({.site = importer.site,
                                              .job_id = base::make_time_id(now, tools_.random),
                                              .importer = importer.importer,
                                              .trigger = "schedule",
                                              .tick = decided.run->nominal,
                                              .options = {},
                                              .due = decided.run->start,
                                              .run_id = {}}));
    if (is_new) {
      tools_.logger.info("{}/{}: due at {}", importer.site, importer.importer,
                         local_text(*known.schedule, decided.run->nominal));
    }
  }
  if (decided.clock_was_ahead) {
    tools_.logger.warn("{}/{}: its last tick lies ahead of the clock; it goes on from now",
                       importer.site, importer.importer);
    TRY(tools_.importers.take_back(importer.site, importer.importer, decided.last_tick));
  } else if (decided.last_tick > state.last_tick) {
    TRY(tools_.importers.pass_over(importer.site, importer.importer, decided.last_tick));
  }
  if (decided.skipped.all() > 0) {
    tools_.logger.warn(
        "{}/{}: {} passed over ({} missed, {} in a blackout, {} while paused, {} while another run "
        "went on)",
        importer.site, importer.importer, base::count_of(decided.skipped.all(), "tick"),
        decided.skipped.missed, decided.skipped.in_blackout, decided.skipped.while_paused,
        decided.skipped.overlapping);
  }
  return decided.look_again;
}

// Definitions are read once. Their version does not say which one it is: a site that was forgotten
// and made again counts from 1.
Result<const Planner::Known*> Planner::look_up(const store::Importer& importer) {
  Known& known = known_[{importer.site, importer.importer}];
  if (known.definition != importer.in_force.definition) known = TRY(read(importer));
  return &known;
}

Result<Planner::Known> Planner::read(const store::Importer& importer) {
  Known known{.definition = importer.in_force.definition};
  const run::ImporterFile file =
      run::load_importers_text(importer.in_force.definition, importer.importer, tools_.library);
  if (catalogue::has_errors(file.findings) || file.importers.size() != 1) {
    tools_.logger.error(
        "{}/{}: its settings cannot be used: {}", importer.site, importer.importer,
        file.findings.empty() ? "there is not one importer in them" : file.findings.front().text());
    return known;
  }
  Result<Schedule> schedule = Schedule::make(file.importers.front().schedule);
  if (!schedule.ok()) {
    tools_.logger.error("{}/{}: {}", importer.site, importer.importer, schedule.error().text());
    return known;
  }
  known.spread = spread(*schedule, TRY(key_of(importer.site)), importer.importer);
  known.schedule = std::move(*schedule);
  return known;
}

Result<crypto::HashKey> Planner::key_of(const std::string& site) {
  const auto found = keys_.find(site);
  if (found != keys_.end()) return found->second;
  const std::unique_ptr<store::Store> store = TRY(tools_.open_store(site));
  return keys_[site] = TRY(store->hash_key());
}

}  // namespace muster::service
