// Moves sites in the background, as operators ask for it through the API. What is to be moved is a
// row of the directory, so that it goes on after a restart, on whichever machine is up: of all that
// try, one has the lock of the move (site_move.h).
//
//   SiteMover mover({scheduler, logger, *moves}, {.directory = url, .muster = "1.2", .vault =
//   vault}); mover.start(); TRY(mover.ask("acme", "eu", {.who = "olga", ...}));  // refused, or
//   done sooner or later
//
// What goes wrong is in the row, and tried again: the site is paused until it is done or taken
// back.
//
// Any thread. Errors: those of site_move.h; kSettings `settings`: there is no key here, or nobody
// who may erase.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "service/site_move.h"
#include "service/vault.h"

namespace muster::service {

struct MoverTools {
  base::Scheduler& scheduler;
  base::Logger& logger;
  store::SiteMoves& moves;  // of the directory
};

struct MoverSettings {
  std::string directory;   // a URL; up to date
  std::string muster;      // this version
  Vault* vault = nullptr;  // null: there is no key, and moves are only taken back
  OwnerPlaces owners = {};
  base::Duration look_every = std::chrono::seconds(5);
  base::Duration again_after = std::chrono::seconds(30);  // when something went wrong
};

class SiteMover {
 public:
  SiteMover(MoverTools tools, MoverSettings settings);
  ~SiteMover();  // stops

  void start();
  // What is under way is interrupted, and goes on when somebody starts again.
  void stop();

  // `to`: a region; "": the installation's own database. Asked for once more: the same.
  base::Result<store::SiteMove> ask(const std::string& site, const std::string& to,
                                    const store::AuditEntry& by);
  base::Result<store::SiteMove> ask_back(const std::string& site, const store::AuditEntry& by);
  store::SiteMoves& moves() { return tools_.moves; }

 private:
  struct Carrier;

  void watch(const base::Stop& stop);
  base::Status look();
  void look_now();
  base::Duration carry(const store::SiteMove& move, const base::Stop& stop);
  base::Status carry_out(const store::SiteMove& move, const base::Stop& stop);
  void tell(const store::SiteMove& move, const base::Error& error);

  const MoverTools tools_;
  const MoverSettings settings_;
  std::map<std::string, std::unique_ptr<Carrier>, std::less<>> carriers_;  // by site; its thread's
  base::Monitor monitor_;                                                  // guards the next one
  bool is_nudged_ = false;
  std::stop_source stop_;
  std::unique_ptr<base::Scheduler::Thread> thread_;
};

}  // namespace muster::service
