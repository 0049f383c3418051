#include "service/site_move.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <memory>
#include <optional>

#include "base/failpoint.h"
#include "base/queue.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "service/regions.h"
#include "service/site_bundle.h"
#include "store/importers.h"
#include "store/queue.h"
#include "store/site_copy.h"
#include "store/site_moves.h"
#include "store/store.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using store::Row;
using store::SiteMove;
using store::SiteSnapshot;
using store::SiteWriter;
using store::Table;

// Between the two ends of the copy.
constexpr std::size_t kPiecesUnderWay = 32;
// Whoever was about to do something unasked, such as noting a tick, has done it by then; what came
// in between the copies is seen in the comparison.
constexpr int kMostCopies = 3;
constexpr std::chrono::milliseconds kLookAgain{200};
constexpr std::chrono::milliseconds kTellEvery{700};

std::string shown(std::string_view region) {
  return region.empty() ? "the installation's own database" : fmt::format("region {}", region);
}

// Of the rows of a table, in whatever order they come.
struct Digest {
  std::uint64_t rows = 0, first = 0, second = 0;
  bool operator==(const Digest&) const = default;

  void add(const Table& table, const Row& row) {
    std::string text;
    for (std::size_t at = 0; at < row.size(); ++at) {
      const std::string& name = table.columns[at].name;
      if (table.name == "sites" && (name == "place" || name == "region")) continue;
      const store::Cell& cell = row[at];
      fmt::format_to(std::back_inserter(text), "{}{} {} {} ", name, cell.is_null ? "-" : "+",
                     cell.number, cell.bytes.size());
      text += cell.bytes;
    }
    const crypto::Sha256 hash = crypto::sha256(text);
    for (std::size_t byte = 0; byte < 8; ++byte) {
      first += static_cast<std::uint64_t>(hash[byte]) << (8 * byte);
      second += static_cast<std::uint64_t>(hash[byte + 8]) << (8 * byte);
    }
    ++rows;
  }
};

// Everything that is copied. Roles stay in the directory.
Result<std::map<std::string, Digest>> digests_of(const std::string& url, const std::string& site,
                                                 bool with_own_row, const base::Stop& stop) {
  const auto snapshot = TRY(SiteSnapshot::open(url));
  std::map<std::string, Digest> digests;
  for (const Table& table : snapshot->tables(site)) {
    if (table.name == "admin_roles" || (table.name == "sites" && !with_own_row)) continue;
    Digest& digest = digests[table.name];
    TRY(snapshot->read(site, table, [&](const Row& row) -> Status {
      if (stop.stop_requested()) return Error{ErrorKind::kCancelled, "cancelled", "Stopped."};
      digest.add(table, row);
      return {};
    }));
  }
  return digests;
}

Error unknown(std::string_view site) {
  return {ErrorKind::kMissing, "no_such_site",
          fmt::format("There is no site {}.", base::printable(site))};
}

Error not_moving(std::string_view site) {
  return {ErrorKind::kMissing, "no_such_move",
          fmt::format("The site {} is not being moved.", base::printable(site))};
}

class Mover {
 public:
  Mover(const MoveSettings& settings, const MoveTools& tools)
      : settings_(settings), tools_(tools), site_(settings.site) {}

  Status open();
  Result<SiteMove> ask(const crypto::KeyEncryptionKey& key);
  Result<Moved> move(const crypto::KeyEncryptionKey& key);
  Status cancel();

 private:
  Status begin(const crypto::KeyEncryptionKey& key);
  Status find_databases();
  Status check_key(const crypto::KeyEncryptionKey& key) const;
  Status pause();
  Result<std::uint64_t> copy_whole(const crypto::KeyEncryptionKey& key);
  Result<Bundle> send(const crypto::KeyEncryptionKey& key, const ByteSink& sink);
  Result<std::uint64_t> copy(const crypto::KeyEncryptionKey& key);
  Result<bool> is_copied();
  Status switch_over();
  Status settle();
  Status complete();
  Result<bool> is_quiet();

  Result<std::string> url_of(const std::string& region);
  // `of`: the chain; "": the installation's.
  store::AuditEntry entry(const std::string& of, std::string_view act) const {
    return {.site = of,
            .at = tools_.scheduler.wall_now(),
            .who = settings_.who,
            .origin = settings_.origin,
            .act = std::string(act),
            .target = site_,
            .before = move_.from,
            .after = move_.to};
  }
  void tell(MoveStage stage);
  void tell_now_and_then();
  Status check_stop() const {
    if (is_taken_back_) {
      return Error{ErrorKind::kCancelled, "cancelled",
                   fmt::format("The move of {} is being taken back.", site_)};
    }
    if (!tools_.stop.stop_requested()) return {};
    return Error{
        ErrorKind::kCancelled, "cancelled",
        fmt::format("Moving {0} was interrupted. It is paused: go on with the same command, "
                    "or take it back with `muster site move {0} --cancel`.",
                    site_)};
  }

  const MoveSettings& settings_;
  const MoveTools& tools_;
  const std::string& site_;
  std::unique_ptr<store::Regions> regions_;
  std::unique_ptr<store::SiteMoves> moves_;
  std::unique_ptr<store::Store::Lock> lock_;  // of all processes that move it one does
  SiteMove move_;
  bool was_begun_ = false;
  std::string from_, to_;  // URLs
  MoveStep step_;
  std::optional<base::Instant> told_;
  bool is_taken_back_ = false;            // somebody asked for it meanwhile
  std::atomic<std::uint64_t> total_ = 0;  // rows, when they have been counted
};

// The database is looked at as services see it, and then used by whoever may erase.
Result<std::string> Mover::url_of(const std::string& region) {
  std::string url =
      region.empty() ? settings_.directory : TRY(database_of_region(settings_.directory, region));
  const auto owner = settings_.owners.find(region);
  if (owner == settings_.owners.end()) return url;
  url = TRY(url_at(owner->second));
  TRY(store::require_region(url, region));
  return url;
}

// How far it is does not decide anything: a directory that does not answer is noticed elsewhere.
void Mover::tell(MoveStage stage) {
  step_.stage = stage;
  step_.rows_total = total_;
  told_ = tools_.scheduler.now();
  if (tools_.tell) tools_.tell(step_);
  const Result<bool> noted =
      moves_->note(site_, {std::string(to_string(stage)), step_.rows_copied, step_.rows_total});
  if (noted.ok() && *noted && stage != MoveStage::kTakingBack) is_taken_back_ = true;
}

void Mover::tell_now_and_then() {
  if (!told_ || tools_.scheduler.now() - *told_ >= kTellEvery) tell(step_.stage);
}

Status Mover::open() {
  if (site_ == store::kDefaultSite) {
    return Error{ErrorKind::kSettings, "region",
                 "The site default stays: runs from the command line belong to it."};
  }
  regions_ = TRY(store::open_regions(settings_.directory));
  moves_ = TRY(store::open_site_moves(settings_.directory));
  const auto store = TRY(store::open_store(settings_.directory, site_));
  auto lock = store->lock_importer("site move");
  if (!lock.ok() && lock.error().reason == "already_running") {
    return Error{ErrorKind::kConflict, "move_under_way",
                 fmt::format("Another process is moving the site {0} now. One that a service "
                             "carries out is taken back in the console, or by POST "
                             "/api/v1/moves/{0}/cancel.",
                             base::printable(site_))};
  }
  lock_ = TRY(std::move(lock));
  const std::optional<SiteMove> move = TRY(moves_->find(site_));
  was_begun_ = move.has_value();
  if (move) move_ = *move;
  return {};
}

Status Mover::find_databases() {
  from_ = TRY(url_of(move_.from));
  to_ = TRY(url_of(move_.to));
  TRY(store::require_erasable(from_));
  return store::require_erasable(to_);
}

Status Mover::check_key(const crypto::KeyEncryptionKey& key) const {
  for (const bool is_source : {true, false}) {
    const auto snapshot = TRY(SiteSnapshot::open(is_source ? from_ : to_));
    const std::string& kept = snapshot->key_id();
    if (kept.empty() || kept == key.id()) continue;
    return Error{ErrorKind::kSettings, "wrong_key",
                 fmt::format("The secrets in {} are under the key {}, and the key given is {}.",
                             shown(is_source ? move_.from : move_.to), kept, key.id())};
  }
  return {};
}

// Nothing is changed before it is known that all of it can be done.
Status Mover::begin(const crypto::KeyEncryptionKey& key) {
  if (was_begun_) {
    if (move_.to != settings_.to || move_.is_cancelled) {
      TRY(moves_->begin({.site = site_, .to = settings_.to}, {}));  // says so
    }
    TRY(find_databases());
    return check_key(key);
  }
  std::string from = TRY(regions_->region_of(site_));
  move_ = {.site = site_,
           .from = std::move(from),
           .to = settings_.to,
           .begun = tools_.scheduler.wall_now(),
           .asked_by = settings_.who};
  if (move_.from == move_.to) {
    return Error{
        ErrorKind::kSettings, "region",
        fmt::format("The site {} is in {} already.", base::printable(site_), shown(move_.to))};
  }
  TRY(find_databases());
  TRY(check_key(key));
  const auto sites = TRY(store::open_sites(from_));
  const std::optional<store::Site> site = TRY(sites->find(site_));
  if (!site) return unknown(site_);
  if (!site->production.empty()) {
    const std::string region = TRY(regions_->region_of(site->production));
    if (region != move_.to) {
      return Error{
          ErrorKind::kSettings, "region",
          fmt::format("The site {} is a sandbox, and its production site {} is in {}. Move "
                      "that one first.",
                      site_, base::printable(site->production), shown(region))};
    }
  }
  return {};
}

Result<bool> Mover::is_quiet() {
  const auto queue = TRY(store::open_queue(from_, tools_.scheduler));
  const base::WallTime now = TRY(queue->now());
  if (!TRY(store::is_at_rest(from_, site_, now))) return false;
  // A worker that lost its job may still be at it. Nobody takes the lock after this any more.
  const auto store = TRY(store::open_store(from_, site_));
  const auto importers = TRY(store::open_importers(from_));
  for (const store::Importer& importer : TRY(importers->list(site_))) {
    const auto lock = store->lock_importer(importer.importer);
    if (lock.ok()) continue;
    if (lock.error().reason == "already_running") return false;
    return lock.error();
  }
  return true;
}

Status Mover::pause() {
  TRY(MUSTER_FAILPOINT("move.pausing"));
  TRY(store::hold_site(from_, site_, entry(site_, "site.leaving")));
  TRY(MUSTER_FAILPOINT("move.paused"));
  while (!TRY(is_quiet())) {
    tell_now_and_then();
    TRY(check_stop());
    base::sleep_for(tools_.scheduler, kLookAgain, tools_.stop);
  }
  return {};
}

// On its own thread, which a snapshot stays with.
Result<Bundle> Mover::send(const crypto::KeyEncryptionKey& key, const ByteSink& sink) {
  const auto snapshot = TRY(SiteSnapshot::open(from_));
  std::uint64_t rows = 0;
  for (const Table& table : snapshot->tables(site_)) rows += TRY(snapshot->count(site_, table));
  total_ = rows;
  return write_bundle(*snapshot,
                      {.site = site_,
                       .kind = "production",
                       .created = tools_.scheduler.wall_now(),
                       .muster = settings_.muster},
                      key, sink);
}

// One end writes a bundle, the other one reads it: what arrives was sealed and counted on the way.
Result<std::uint64_t> Mover::copy(const crypto::KeyEncryptionKey& key) {
  const auto writer = TRY(SiteWriter::open(to_, {.arrives = true}));
  TRY(writer->use_key(key.id()));
  base::Queue<std::string> pieces(tools_.scheduler, kPiecesUnderWay);
  std::stop_source broken;
  const base::Stop stop = broken.get_token();
  std::optional<Result<Bundle>> written;
  const auto sending = tools_.scheduler.start("copy", [&] {
    const ByteSink sink = [&](std::string_view bytes) -> Status {
      if (pieces.push(std::string(bytes), stop)) return {};
      return Error{ErrorKind::kCancelled, "cancelled", "The other end is gone."};
    };
    written = send(key, sink);
    pieces.close();
  });
  std::string piece;
  const ByteSource source = [&](std::size_t most) -> Result<std::string> {
    if (piece.empty()) piece = pieces.pop(stop).value_or("");
    std::string part = piece.substr(0, most);
    piece.erase(0, part.size());
    return part;
  };
  const BundleTaker taker{
      .begin = [&](const BundleManifest& manifest) -> Status {
        if (manifest.schema == writer->schema()) return writer->begin(manifest.site);
        return Error{ErrorKind::kUnavailable, "region_unavailable",
                     "The two databases are of different versions of muster. Bring both up to "
                     "date."};
      },
      .table = [&](const Table& table) { return writer->begin_table(table); },
      .row = [&](Row row) -> Status {
        ++step_.rows_copied;
        // The directory waits until all rows are there when they come to itself.
        if (!move_.to.empty()) tell_now_and_then();
        TRY(check_stop());
        return writer->add(std::move(row));
      }};
  Result<Bundle> read = read_bundle(source, key, taker);
  if (!read.ok()) broken.request_stop();
  sending->join();
  // When both fail, the one that failed by itself tells why.
  if (!written->ok() && written->error().kind != ErrorKind::kCancelled) return written->error();
  const Bundle bundle = TRY(std::move(read));
  TRY(writer->end());
  TRY(writer->commit());
  return bundle.all_rows();
}

Result<bool> Mover::is_copied() {
  const bool with_own_row = !move_.to.empty();
  std::optional<Result<std::map<std::string, Digest>>> from;
  const auto other = tools_.scheduler.start(
      "compare", [&] { from = digests_of(from_, site_, with_own_row, tools_.stop); });
  const auto to = digests_of(to_, site_, with_own_row, tools_.stop);
  other->join();
  TRY(check_stop());
  const auto was = TRY(std::move(*from));
  const auto is = TRY(std::move(to));
  return was == is;
}

Result<std::uint64_t> Mover::copy_whole(const crypto::KeyEncryptionKey& key) {
  for (int copies = 0; copies < kMostCopies; ++copies) {
    step_.rows_copied = 0;
    tell(MoveStage::kCopying);
    const std::uint64_t rows = TRY(copy(key));
    tell(MoveStage::kCopying);  // all of them
    TRY(MUSTER_FAILPOINT("move.copied"));
    TRY(check_stop());
    tell(MoveStage::kComparing);
    TRY(check_stop());
    if (TRY(is_copied())) return rows;
  }
  return Error{ErrorKind::kBug, "copy_differs",
               fmt::format("What came to {} is not what is in {}. The site is paused: `muster site "
                           "move {} --cancel` lets it go on where it is.",
                           shown(move_.to), shown(move_.from), site_)};
}

Status Mover::switch_over() {
  Table own;
  Row row;
  const auto snapshot = TRY(SiteSnapshot::open(from_));
  for (const Table& table : snapshot->tables(site_)) {
    if (table.name != "sites") continue;
    own = table;
    TRY(snapshot->read(site_, table, [&](const Row& read) { return row = read, Status(); }));
  }
  TRY(moves_->switch_over(move_, own, row, entry("", "site.moved")));
  move_.is_switched = true;
  return {};
}

Status Mover::settle() {
  TRY(MUSTER_FAILPOINT("move.switched"));
  if (move_.to.empty()) return {};  // it was in force with the switch
  TRY(store::settle_arrived(to_, site_, entry(site_, "site.moved")));
  return {};
}

Status Mover::complete() {
  TRY(MUSTER_FAILPOINT("move.settled"));
  tell(MoveStage::kErasing);
  TRY(store::erase_site(from_, site_, move_.from.empty()));
  TRY(MUSTER_FAILPOINT("move.erased"));
  return moves_->end(site_, entry("", "site.move_ended"));
}

Result<SiteMove> Mover::ask(const crypto::KeyEncryptionKey& key) {
  TRY(begin(key));
  move_.by_service = true;
  move_.asked_by = settings_.who;
  TRY(moves_->begin(move_, entry("", "site.move_begun")));
  return move_;
}

Result<Moved> Mover::move(const crypto::KeyEncryptionKey& key) {
  TRY(begin(key));
  if (!was_begun_) TRY(moves_->begin(move_, entry("", "site.move_begun")));
  Moved moved{.from = move_.from, .to = move_.to, .was_resumed = was_begun_};
  const base::Instant began = tools_.scheduler.now();
  if (!move_.is_switched) {
    tell(MoveStage::kPausing);
    TRY(check_stop());
    TRY(pause());
    moved.rows = TRY(copy_whole(key));
    TRY(switch_over());
  }
  TRY(settle());
  moved.paused = tools_.scheduler.now() - began;
  TRY(complete());
  return moved;
}

Status Mover::cancel() {
  if (!was_begun_) return not_moving(site_);
  if (move_.is_switched) {
    return Error{ErrorKind::kConflict, "site_moving",
                 fmt::format("The site {} is in {} already. Complete the move, and move it back.",
                             site_, shown(move_.to))};
  }
  TRY(find_databases());
  tell(MoveStage::kTakingBack);
  TRY(store::erase_site(to_, site_, move_.to.empty()));
  TRY(MUSTER_FAILPOINT("move.cancelling"));
  TRY(store::release_site(from_, site_, entry(site_, "site.move_cancelled")));
  return moves_->end(site_, entry("", "site.move_cancelled"));
}

}  // namespace

std::string_view to_string(MoveStage stage) {
  switch (stage) {
    case MoveStage::kPausing: return "pausing";
    case MoveStage::kCopying: return "copying";
    case MoveStage::kComparing: return "comparing";
    case MoveStage::kErasing: return "erasing";
    case MoveStage::kTakingBack: return "taking back";
  }
  return "";
}

Result<SiteMove> ask_for_move(const MoveSettings& settings, const crypto::KeyEncryptionKey& key,
                              const MoveTools& tools) {
  Mover mover(settings, tools);
  TRY(mover.open());
  return mover.ask(key);
}

Result<Moved> move_site(const MoveSettings& settings, const crypto::KeyEncryptionKey& key,
                        const MoveTools& tools) {
  Mover mover(settings, tools);
  TRY(mover.open());
  return mover.move(key);
}

Status cancel_move(const MoveSettings& settings, const MoveTools& tools) {
  Mover mover(settings, tools);
  TRY(mover.open());
  return mover.cancel();
}

Result<std::size_t> settle_arrivals(const std::string& directory, const std::string& region,
                                    const std::string& database, base::WallTime now) {
  std::size_t settled = 0;
  const std::vector<std::string> arriving = TRY(store::arriving_sites(database));
  if (arriving.empty()) return settled;
  const auto regions = TRY(store::open_regions(directory));
  for (const std::string& site : arriving) {
    if (TRY(regions->region_of(site)) != region) continue;
    const bool is_new = TRY(store::settle_arrived(database, site,
                                                  {.site = site,
                                                   .at = now,
                                                   .who = "muster",
                                                   .origin = "service",
                                                   .act = "site.moved",
                                                   .target = site,
                                                   .after = region}));
    settled += is_new ? 1 : 0;
  }
  return settled;
}

}  // namespace muster::service
