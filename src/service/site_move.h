// Moves a site to another region: pause, copy in the form of a bundle, compare, switch, erase. The
// site is whole in exactly one region at every instant; whoever is killed on the way completes it
// with the same call again, or takes it back as long as the directory names the old region.
//
//   const Moved moved = TRY(move_site({.directory = url, .site = "acme", .to = "eu", ...}, key,
//   tools));
//
// Errors: kConflict `move_under_way`, `site_moving`, `site_exists`; kMissing `no_such_site`,
// `no_such_region`, `no_such_move`; kSettings `region`, `settings`, `wrong_key`; kCancelled; kBug
// `copy_differs`; kUnavailable `region_unavailable`, `store_unavailable`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/scheduler.h"
#include "crypto/envelope.h"
#include "store/audit.h"
#include "store/site_moves.h"

namespace muster::service {

// By region; "": the installation's own database. Where the URL of the user who owns the tables
// stands ("env:NAME", "file:PATH" or a URL); services work as another one, who cannot erase.
using OwnerPlaces = std::map<std::string, std::string, std::less<>>;

struct MoveSettings {
  std::string directory;  // a URL; up to date already
  std::string site;
  std::string to;      // a region; "": the installation's own database
  std::string muster;  // this version
  std::string who;     // for the audit log
  std::string origin;
  OwnerPlaces owners = {};  // absent: whoever the region's URL names
};

// In the order in which they are passed; the last one instead of what is left of the others.
enum class MoveStage { kPausing, kCopying, kComparing, kErasing, kTakingBack };
std::string_view to_string(MoveStage stage);  // one word, as the API has it

struct MoveStep {
  MoveStage stage = MoveStage::kPausing;
  std::uint64_t rows_copied = 0;
  std::uint64_t rows_total = 0;  // 0: not counted
  bool operator==(const MoveStep&) const = default;
};

struct MoveTools {
  base::Scheduler& scheduler;
  base::Stop stop;
  // Told about once a second, and at the beginning of each stage; the directory has the same, for
  // everybody who looks.
  std::function<void(const MoveStep&)> tell = {};
};

struct Moved {
  std::string from;
  std::string to;
  std::uint64_t rows = 0;   // 0: they were copied before this call
  base::Duration paused{};  // for so long of this call nothing of the site could run
  bool was_resumed = false;
};

// Finds out whether it can be done, and leaves it to services (site_mover.h) to do it.
base::Result<store::SiteMove> ask_for_move(const MoveSettings& settings,
                                           const crypto::KeyEncryptionKey& key,
                                           const MoveTools& tools);
base::Result<Moved> move_site(const MoveSettings& settings, const crypto::KeyEncryptionKey& key,
                              const MoveTools& tools);
// The site goes on where it is; what was copied is erased. `to` is not needed.
base::Status cancel_move(const MoveSettings& settings, const MoveTools& tools);

// Puts the sites in force that the directory says are in this region: whoever moved them was killed
// right after that. How many.
base::Result<std::size_t> settle_arrivals(const std::string& directory, const std::string& region,
                                          const std::string& database, base::WallTime now);

}  // namespace muster::service
