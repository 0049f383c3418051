#include "service/backup_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>

#include "base/failpoint.h"
#include "base/text.h"
#include "store/regions.h"
#include "store/sites.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::WallTime;

constexpr std::chrono::seconds kLease{60};
constexpr std::chrono::hours kTidyEvery{1};
// Between two tries: twice as long each time, at most the last.
constexpr std::chrono::minutes kFirstPause{1};
constexpr std::chrono::minutes kLongestPause{60};
// More ticks than a schedule has in a year; who was away for longer goes on from there.
constexpr int kMostTicks = 600'000;
// Nobody makes one for so long: it was left by a process that was killed.
constexpr std::chrono::hours kLeftAfter{24};
// As far ahead as a clock may have been (due.h has the same).
constexpr std::chrono::hours kAhead{24};

base::Duration pause_after(std::int64_t failures) {
  const auto doublings = std::clamp<std::int64_t>(failures, 0, 6);
  return std::min<base::Duration>(kFirstPause * (1 << doublings), kLongestPause);
}

}  // namespace

std::optional<WallTime> latest_tick(const Schedule& schedule, WallTime after, WallTime now) {
  std::optional<WallTime> latest;
  for (int i = 0; i < kMostTicks; ++i) {
    const std::optional<WallTime> next = schedule.tick_after(latest.value_or(after));
    if (!next || *next > now) break;
    latest = next;
  }
  return latest;
}

// Kept up as long as it lives; whoever loses it stops.
class BackupKeeper::Turn {
 public:
  Turn(const BackupKeeperTools& tools, store::BackupTurn turn, const base::Stop& stop)
      : tools_(tools),
        turn_(std::move(turn)),
        ends_((tools.scheduler.now() + kLease).since_start.count()),
        on_stop_(stop, [this] { stop_.request_stop(); }) {
    thread_ = tools_.scheduler.start("keep backup's turn", [this] { keep(); });
  }
  ~Turn() {
    over_.request_stop();
    thread_->join();
    if (const Status given = tools_.turns.give_back(turn_); !given.ok()) {
      tools_.logger.warn("backups: {}", given.error().text());
    }
  }

  base::Stop stop() const { return stop_.get_token(); }
  const store::BackupTurn& row() const { return turn_; }
  Status still_mine() { return tools_.turns.extend(turn_, kLease); }

 private:
  void keep() {
    while (base::sleep_for(tools_.scheduler, kLease / 6, over_.get_token())) {
      const base::Instant asked = tools_.scheduler.now();
      const Status held = still_mine();
      if (held.ok()) ends_ = (asked + kLease).since_start.count();
      const bool is_over =
          tools_.scheduler.now().since_start.count() > ends_ - base::Duration(kLease / 6).count();
      if (is_over || (!held.ok() && held.error().reason == "lease_lost")) {
        stop_.request_stop();
        return;
      }
    }
  }

  const BackupKeeperTools& tools_;
  const store::BackupTurn turn_;
  std::atomic<base::Duration::rep> ends_;
  std::stop_source stop_;
  std::stop_source over_;
  const std::stop_callback<std::function<void()>> on_stop_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

Result<std::unique_ptr<BackupKeeper>> BackupKeeper::make(BackupKeeperTools tools, BackupPlan plan) {
  TRY(check_place(plan.place));
  if (is_bucket(plan.place)) TRY(check_s3(plan.s3));
  Schedule schedule = TRY(Schedule::make(plan.schedule));
  return std::unique_ptr<BackupKeeper>(
      new BackupKeeper(std::move(tools), std::move(plan), std::move(schedule)));
}

void BackupKeeper::work(const base::Stop& stop, base::Duration pause) {
  while (!stop.stop_requested()) {
    const Status looked = look(stop);
    if (!looked.ok() && looked.error().kind != ErrorKind::kCancelled) {
      tools_.logger.error("backups: {}", looked.error().text());
    }
    base::sleep_for(tools_.scheduler, pause, stop);
  }
}

Status BackupKeeper::look(const base::Stop& stop) {
  if (schedule_.is_none()) return {};
  const store::BackupState before = TRY(tools_.turns.look());
  const auto is_due = [&](const store::BackupState& state) {
    // Farther ahead than any pause: the clock was.
    const bool may_try =
        state.next_try <= state.now || state.next_try > state.now + 2 * kLongestPause;
    return may_try && latest_tick(schedule_, state.tick, state.now).has_value();
  };
  const auto is_ahead = [](const store::BackupState& state) {
    return state.tick > state.now + kAhead;
  };
  const auto is_untidy = [](const store::BackupState& state) {
    return state.made && (state.now - state.tidied >= kTidyEvery || state.tidied > state.now);
  };
  if (!before.node.empty() || !(is_due(before) || is_ahead(before) || is_untidy(before))) return {};
  std::optional<store::BackupTurn> row = TRY(tools_.turns.take(tools_.node, kLease));
  if (!row) return {};
  TRY(MUSTER_FAILPOINT("backup.turn_taken"));
  Turn turn(tools_, *std::move(row), stop);
  // Somebody else may have made it right before.
  const store::BackupState state = TRY(tools_.turns.look());
  if (is_ahead(state)) TRY(tools_.turns.begin_again(turn.row()));
  const bool makes = is_due(state);
  const Status made =
      makes ? make(turn, state, *latest_tick(schedule_, state.tick, state.now), stop) : Status();
  // Days come also while every new one fails.
  if (!turn.stop().stop_requested() && (is_untidy(state) || (makes && made.ok()))) {
    TRY(tidy(turn));
  }
  return made;
}

Status BackupKeeper::make(Turn& turn, const store::BackupState& state, WallTime tick,
                          const base::Stop& stop) {
  const Result<Backup> made = make_or_find(turn, tick);
  if (!made.ok()) {
    // Whoever stops, or has lost the turn, did not fail: it is made by the next.
    if (stop.stop_requested() || made.error().kind == ErrorKind::kCancelled) return made.error();
    const std::string problem = base::printable(made.error().text(), 500);
    TRY(tools_.turns.failed(turn.row(), problem, pause_after(state.failures)));
    TRY(tools_.notifier.backup_failed(
        {.site = plan_.told_site,
         .region = tools_.region,
         .tick = tick,
         .problem = plan_.told_elsewhere.empty() ? problem
                                                 : "What was wrong is said in the region: by its "
                                                   "workers' logs and in its database "
                                                   "(scheduled_backup).",
         .last_good = state.made},
        tools_.scheduler.wall_now()));
    return made.error();
  }
  TRY(tools_.turns.made(turn.row(), tick,
                        {.name = made->name, .made = made->label->made, .bytes = made->bytes()}));
  tools_.logger.info("backups: {} is there, {}", made->name, base::format_bytes(made->bytes()));
  if (state.failures == 0) return {};
  return tools_.notifier.backup_recovered({.site = plan_.told_site,
                                           .region = tools_.region,
                                           .tick = tick,
                                           .problem = {},
                                           .last_good = made->label->made},
                                          tools_.scheduler.wall_now());
}

// A node that was killed right after its backup was there did not note it.
Result<Backup> BackupKeeper::make_or_find(Turn& turn, WallTime tick) {
  if (tools_.vault == nullptr) return no_backup_key();
  const S3Access s3 = access(turn.stop());
  const auto place = TRY(open_place(plan_.place, &s3));
  const WallTime now = tools_.scheduler.wall_now();
  std::vector<Backup> all;
  if (is_bucket(plan_.place) || std::filesystem::exists(plan_.place)) all = TRY(place->list());
  const std::string installation = TRY(store::installation_of_database(tools_.database));
  for (const Backup& backup : all) {
    if (!backup.label || backup.label->kind == BackupKind::kManual ||
        backup.label->installation != installation || backup.label->region == tools_.region) {
      continue;
    }
    return Error{ErrorKind::kConflict, "other_region",
                 fmt::format("In {} are backups of {}: what is in a region lies there, and nowhere "
                             "else. Name another place.",
                             base::printable(plan_.place, 500),
                             backup.label->region.empty()
                                 ? "the installation's own database"
                                 : "region " + base::printable(backup.label->region))};
  }
  const std::vector<Backup> mine = scheduled_of(std::move(all), installation, tools_.region);
  for (const Backup& backup : mine) {
    if (backup.label->tick == tick && backup.is_whole()) return backup;
  }
  if (TRY(place->sweep(now - kLeftAfter)) > 0) {
    tools_.logger.warn("backups: what an attempt before had left was removed");
  }
  const BackupKind kind = next_kind(mine, plan_.retention, schedule_.zone(), now);
  return create_backup({.database = tools_.database,
                        .place = plan_.place,
                        .site = {},
                        .muster = plan_.muster,
                        .entry = entry("backup.created", ""),
                        .s3 = &s3,
                        .scheduled = ScheduledBackup{.kind = kind,
                                                     .tick = tick,
                                                     .expires = expiry_of(kind, plan_.retention,
                                                                          schedule_.zone(), now),
                                                     .region = tools_.region},
                        .stop = turn.stop(),
                        .may_finish = [&] { return turn.still_mine(); }},
                       tools_.vault->key());
}

Status BackupKeeper::tidy(Turn& turn) {
  const S3Access s3 = access(turn.stop());
  const auto place = TRY(open_place(plan_.place, &s3));
  const std::string installation = TRY(store::installation_of_database(tools_.database));
  const std::vector<Backup> mine = scheduled_of(TRY(place->list()), installation, tools_.region);
  const WallTime now = tools_.scheduler.wall_now();
  for (const Backup* backup : expired(mine, now)) {
    TRY(turn.still_mine());
    TRY(MUSTER_FAILPOINT("backup.expiring"));
    TRY(place->remove(*backup));
    TRY(note("backup.expired", backup->name, base::format_utc(*backup->label->expires)));
    tools_.logger.info("backups: {} has expired and was removed", backup->name);
  }
  const Backup* const kept = last_good(mine);
  if (kept != nullptr && kept->label->expires && *kept->label->expires <= now) {
    TRY(take_out_gone_sites(*place, *kept, now));
  }
  return tools_.turns.tidied(turn.row());
}

// The last good one stays past its day, but not what is in it of sites that are gone from this
// database: that was to expire on that day.
Status BackupKeeper::take_out_gone_sites(BackupPlace& place, const Backup& kept, WallTime now) {
  std::set<std::string, std::less<>> here;
  const auto sites = TRY(store::open_sites(tools_.database));
  for (const store::Site& site : TRY(sites->list())) {
    const bool is_gone = site.kept_until && *site.kept_until <= now;
    if (!is_gone) here.insert(site.site);
  }
  // Of those in other regions their names are in it, without which nobody would find them.
  const auto regions = TRY(store::open_regions(tools_.database));
  for (const store::Pin& pin : TRY(regions->pins())) here.insert(pin.site);
  for (const BackupFile& file : kept.files) {
    if (file.site.empty() || here.contains(file.site)) continue;
    TRY(place.take_out(kept, file));
    TRY(note("backup.expired", kept.name + "/" + file.site, ""));
  }
  return {};
}

store::AuditEntry BackupKeeper::entry(const std::string& act, const std::string& target) const {
  return {.site = {},
          .at = tools_.scheduler.wall_now(),
          .who = "schedule",
          .origin = tools_.node,
          .act = act,
          .target = target};
}

Status BackupKeeper::note(const std::string& act, const std::string& target,
                          const std::string& after) {
  const auto audit = TRY(store::open_audit(tools_.database));
  store::AuditEntry noted = entry(act, target);
  noted.after = after;
  return audit->append(noted);
}

S3Access BackupKeeper::access(const base::Stop& stop) const {
  return {.settings = plan_.s3,
          .scheduler = tools_.scheduler,
          .client = tools_.client,
          .random = tools_.random,
          .logger = tools_.logger,
          .vault = tools_.vault,
          .stop = stop};
}

}  // namespace muster::service
