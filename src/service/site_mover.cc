#include "service/site_mover.h"

#include <fmt/format.h>

#include <atomic>

#include "base/text.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using store::SiteMove;

// Each reads and writes whole databases.
constexpr std::size_t kMostAtOnce = 4;

// What a database says may hold what lies in it, and the row is in another part of the world.
std::string told_of(const Error& error) {
  for (const std::string_view known :
       {"settings", "region", "wrong_key", "wrong_region", "no_such_region", "copy_differs"}) {
    if (error.reason == known) return error.message;
  }
  return fmt::format(
      "One of the two databases does not answer as it should ({}). It is tried again; `muster "
      "region check` says what is wrong with it.",
      base::printable(error.reason));
}

}  // namespace

struct SiteMover::Carrier {
  std::unique_ptr<base::Scheduler::Thread> thread;
  bool takes_back = false;
  base::Instant not_before{};  // of another try; once it is done
  std::atomic<bool> is_done = false;
};

SiteMover::SiteMover(MoverTools tools, MoverSettings settings)
    : tools_(tools), settings_(std::move(settings)), monitor_(tools.scheduler) {}

SiteMover::~SiteMover() { stop(); }

void SiteMover::start() {
  thread_ = tools_.scheduler.start("moves",
                                   [this, stop = base::Stop(stop_.get_token())] { watch(stop); });
}

void SiteMover::stop() {
  stop_.request_stop();
  thread_.reset();
  for (const auto& [site, carrier] : carriers_) carrier->thread->join();
  carriers_.clear();
}

void SiteMover::look_now() {
  const base::Monitor::Lock lock(monitor_);
  is_nudged_ = true;
  monitor_.notify_all();
}

Result<SiteMove> SiteMover::ask(const std::string& site, const std::string& to,
                                const store::AuditEntry& by) {
  if (settings_.vault == nullptr) {
    return Error{ErrorKind::kSettings, "settings",
                 "What is moved is sealed on its way with the key of the stored secrets: start "
                 "muster with --key-file."};
  }
  const std::optional<SiteMove> before = TRY(tools_.moves.find(site));
  const bool is_asked = before && before->by_service && !before->is_cancelled && before->to == to;
  if (is_asked) return *before;
  const MoveSettings settings{.directory = settings_.directory,
                              .site = site,
                              .to = to,
                              .muster = settings_.muster,
                              .who = by.who,
                              .origin = by.origin,
                              .owners = settings_.owners};
  const SiteMove move =
      TRY(ask_for_move(settings, settings_.vault->key(), {tools_.scheduler, stop_.get_token()}));
  look_now();
  return move;
}

Result<SiteMove> SiteMover::ask_back(const std::string& site, const store::AuditEntry& by) {
  TRY(tools_.moves.ask_back(site, by));
  look_now();
  std::optional<SiteMove> move = TRY(tools_.moves.find(site));
  if (move) return *move;
  return SiteMove{.site = site, .is_cancelled = true};  // done already
}

void SiteMover::watch(const base::Stop& stop) {
  const base::StopWakes wakes(stop, monitor_);
  while (!stop.stop_requested()) {
    if (const Status looked = look(); !looked.ok()) {
      tools_.logger.error("moves: {}", looked.error().message);
    }
    base::Monitor::Lock lock(monitor_);
    lock.wait_until(tools_.scheduler, tools_.scheduler.now() + settings_.look_every,
                    [&] { return is_nudged_ || stop.stop_requested(); });
    is_nudged_ = false;
  }
}

Status SiteMover::look() {
  const base::Instant now = tools_.scheduler.now();
  std::erase_if(carriers_, [&](const auto& each) {
    return each.second->is_done && now >= each.second->not_before;
  });
  for (SiteMove& move : TRY(tools_.moves.list())) {
    if (!move.by_service || (settings_.vault == nullptr && !move.is_cancelled)) continue;
    const auto found = carriers_.find(move.site);
    // Whoever asks for it to be taken back does not wait for another try.
    if (found != carriers_.end()) {
      const Carrier& before = *found->second;
      if (!before.is_done || before.takes_back || !move.is_cancelled) continue;
    } else if (carriers_.size() >= kMostAtOnce) {
      continue;
    }
    std::unique_ptr<Carrier>& carrier = carriers_[move.site];
    carrier = std::make_unique<Carrier>();
    carrier->takes_back = move.is_cancelled;
    carrier->thread = tools_.scheduler.start(
        "move " + move.site, [this, own = carrier.get(), move, stop = stop_.get_token()] {
          const base::Duration pause = carry(move, stop);
          own->not_before = tools_.scheduler.now() + pause;
          own->is_done = true;
          look_now();
        });
  }
  return {};
}

Status SiteMover::carry_out(const SiteMove& move, const base::Stop& stop) {
  const MoveSettings settings{.directory = settings_.directory,
                              .site = move.site,
                              .to = move.to,
                              .muster = settings_.muster,
                              .who = move.asked_by,
                              .origin = "service",
                              .owners = settings_.owners};
  const MoveTools tools{tools_.scheduler, stop};
  if (move.is_cancelled) return cancel_move(settings, tools);
  TRY(move_site(settings, settings_.vault->key(), tools));
  return {};
}

// How long to wait before it is looked at again.
base::Duration SiteMover::carry(const SiteMove& move, const base::Stop& stop) {
  const Status done = carry_out(move, stop);
  if (done.ok()) {
    tools_.logger.info("{}: {}", move.site, move.is_cancelled ? "stays where it is" : "is moved");
    return {};
  }
  const bool is_over = done.error().reason == "no_such_move";
  if (is_over || done.error().kind == ErrorKind::kCancelled) return {};
  if (done.error().reason == "move_under_way") return settings_.look_every;  // another is at it
  tell(move, done.error());
  return settings_.again_after;
}

void SiteMover::tell(const SiteMove& move, const Error& error) {
  const std::string why = told_of(error);
  tools_.logger.error("{}: its move does not go on: {}", move.site, why);
  const Status noted = tools_.moves.note_trouble(move.site, why);
  if (!noted.ok()) tools_.logger.error("moves: {}", noted.error().message);
}

}  // namespace muster::service
