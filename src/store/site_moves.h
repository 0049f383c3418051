// Moving a site from one database to another: which moves are under way, and what each of the two
// databases has to do. docs/adr/0009-regions.md tells the order, service/site_move.h does it.
//
// At every instant the directory names one database; while a site leaves it nothing of it changes
// there, by place kLeaving (sites.h). Each function here is one transaction, and does nothing where
// it was done already. Errors: kConflict `move_under_way`, `site_moving`; kMissing `no_such_site`,
// `no_such_move`; kUnavailable `store_unavailable`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"
#include "store/site_copy.h"

namespace muster::store {

struct SiteMove {
  std::string site;
  std::string from;  // regions; "": the installation's own database
  std::string to;
  bool is_switched = false;  // the site is in `to`, and what is left in `from` is to be erased
  base::WallTime begun{};
  bool by_service = false;    // services carry it out, and not whoever typed the command
  std::string asked_by;       // who wanted the last thing of them
  bool is_cancelled = false;  // it is to be taken back
  // How far whoever is at it has come. `stage` "": nobody has begun.
  std::string stage;
  std::uint64_t rows_copied = 0;
  std::uint64_t rows_total = 0;  // 0: not counted yet
  std::string trouble;           // why it does not go on now; "": it does
};

struct MoveProgress {
  std::string stage;
  std::uint64_t rows_copied = 0;
  std::uint64_t rows_total = 0;
};

// In the directory.
class SiteMoves {
 public:
  virtual ~SiteMoves() = default;
  virtual base::Result<std::vector<SiteMove>> list() = 0;
  virtual base::Result<std::optional<SiteMove>> find(std::string_view site) = 0;
  // `move_under_way`: to somewhere else, or it is being taken back. One that was begun by hand is
  // left to services from now on, if this one is.
  virtual base::Status begin(const SiteMove& move, const AuditEntry& entry) = 0;
  // By whoever carries it out, about once a second; what troubled him is over. True: it is to be
  // taken back.
  virtual base::Result<bool> note(std::string_view site, const MoveProgress& progress) = 0;
  virtual base::Status note_trouble(std::string_view site, std::string_view trouble) = 0;
  // Leaves it to services to take it back. `site_moving`: it is where it was to go already.
  virtual base::Status ask_back(std::string_view site, const AuditEntry& entry) = 0;
  // The one instant: the directory names `to` afterwards, and `from` before. `row`: the site's own,
  // when it comes to the directory's database, where it is in force at once. Not of a move that is
  // to be taken back: `site_moving`.
  virtual base::Status switch_over(const SiteMove& move, const Table& table, const Row& row,
                                   const AuditEntry& entry) = 0;
  virtual base::Status end(std::string_view site, const AuditEntry& entry) = 0;
};

// A connection of its own.
base::Result<std::unique_ptr<SiteMoves>> open_site_moves(std::string_view url);

// In the database that it leaves. From then on nothing of the site changes there: whatever was
// being changed is done when this returns.
base::Status hold_site(std::string_view url, std::string_view site, const AuditEntry& entry);
base::Status release_site(std::string_view url, std::string_view site, const AuditEntry& entry);
// Whether no job of it is under way. One whose worker is dead is over then.
base::Result<bool> is_at_rest(std::string_view url, std::string_view site, base::WallTime now);

// In the database that it came to. False: it is in force there already.
base::Result<bool> settle_arrived(std::string_view url, std::string_view site,
                                  const AuditEntry& entry);
// Those that wait for it.
base::Result<std::vector<std::string>> arriving_sites(std::string_view url);

// Everything of the site, its audit log and name too. In the directory (`keeps_name`) stay its
// name, its region and who has a role there. Never of a site that is in force there: `site_moving`.
// Afterwards the engine has written over what it held, as far as it does that.
base::Status erase_site(std::string_view url, std::string_view site, bool keeps_name);
// kSettings `settings`: the user of this connection may not delete audit logs, which is what keeps
// them whole; whoever owns the tables may.
base::Status require_erasable(std::string_view url);

}  // namespace muster::store
