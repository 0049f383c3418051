// What lasts between the runs of a site: runs with their reports, what the last completed run
// looked like (hashes only, no source data), executions left open, approvals, and the site's hash
// key.
//
// SQLite (WAL, synchronous=FULL) or PostgreSQL: what a method returned ok for survives kill -9. Any
// thread. Errors: kUnavailable `store_unavailable` (exit code 8) naming the file and what to do.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

struct RunRow {
  std::string run_id;
  std::string importer;
  std::string state;  // "running" or a final state
  std::string reason;
  std::string message;
  base::WallTime started{};
  std::optional<base::WallTime> ended;
  std::string report;        // JSON; empty while running
  std::string execution_id;  // in Assets, once started
  // Set right before starting in Assets: the most recent execution until then ("" = none ever was,
  // absent = not that far yet, or Assets did not say).
  std::optional<std::string> started_after;
  std::string kind;         // full | limited
  std::string destination;  // jsm_assets | files; empty: an older muster did not note it
  std::string target;       // which one, once it is about to start; empty: as destination
};

// What is remembered of one member of an identity: an opaque block that run/ packs.
struct BookRow {
  std::string identity;
  std::string importer;
  std::string data_set;
  std::string place;
  std::string block;  // when writing: empty: it is removed
};

// Where a run stands in the list of all.
struct RunPlace {
  base::WallTime started{};
  std::string run_id;
};

// Which runs of a site are listed.
struct RunFilter {
  std::optional<RunPlace> before{};  // older than this one
  std::string state{};               // "": every
};

// What the next run into the same target is compared with, per data set: an opaque block that run/
// packs.
struct BaselineRow {
  std::string run_id;
  std::map<std::string, std::string> data_sets;  // data set -> block
  std::vector<std::string> forgotten;            // when writing: blocks to be removed
  std::string target;                            // empty: an older muster did not note it
  std::uint64_t targets = 1;                     // when reading: of how many this importer has one
  std::vector<BookRow> books{};                  // when writing
  // When reading. false: parts may have been lost, and nobody knows which. A part that is known to
  // be lost or damaged is an empty block.
  bool is_whole = true;
};

struct Approval {
  std::string run_id;  // the held run
  std::string importer;
  std::string findings;  // JSON, exactly what was approved
  std::string approved_by;
  base::WallTime at{};
  std::string used_by_run;  // empty: not used yet
};

class Store {
 public:
  virtual ~Store() = default;

  // 16 random bytes made once per site.
  virtual base::Result<std::array<unsigned char, 16>> hash_key() = 0;

  virtual base::Status run_started(const RunRow& run) = 0;
  // What the run is about to do and where, and that it uses up the approval of `approval_of` ("" =
  // needs none), in one transaction. kConflict `approval_used`, `run_not_running`.
  virtual base::Status run_starting(std::string_view run_id, std::string_view target,
                                    const std::optional<std::string>& started_after,
                                    std::string_view approval_of) = 0;
  virtual base::Status run_execution(std::string_view run_id, std::string_view execution_id) = 0;
  // As long as `run_id` is running. kConflict `run_not_running`.
  virtual base::Status renew_baseline(std::string_view run_id, std::string_view importer,
                                      const BaselineRow& baseline) = 0;
  // The final state, the report and the new baseline (when given), in one transaction. Blocks of
  // data sets that `baseline` does not name stay as they are. kConflict when the run already has a
  // final state (I3).
  virtual base::Status run_ended(const RunRow& run, const BaselineRow* baseline) = 0;
  // Another report for a run that has ended; all else stays. kConflict `run_not_ended`.
  virtual base::Status run_amended(std::string_view run_id, std::string_view report) = 0;
  // A held run whose findings are not let pass: state, reason, message and report of `run`, with
  // the entry. kConflict `not_held`.
  virtual base::Status reject_held(const RunRow& run, const AuditEntry& entry) = 0;
  // Runs of this importer ("" = of all) still "running": their process is gone when the caller
  // holds the importer's lock.
  virtual base::Result<std::vector<RunRow>> unfinished(std::string_view importer) = 0;

  // Of this target, or what an older muster noted of an unknown one, which the first target that is
  // written to takes over. "" = of the target with the newest run. Absent too when the remembered
  // run id is empty: a run took back what it had noted. Not absent when a run into Assets completed
  // and what it left is gone: that is not whole.
  virtual base::Result<std::optional<BaselineRow>> baseline(std::string_view importer,
                                                            std::string_view target) = 0;
  // Of an identity's members in `place`; "" = everywhere.
  virtual base::Result<std::vector<BookRow>> books(std::string_view identity,
                                                   std::string_view place) = 0;
  // Runs that began to start something there or nobody knows where, newest first.
  virtual base::Result<std::vector<RunRow>> started_runs(std::string_view importer,
                                                         std::string_view target,
                                                         std::size_t limit) = 0;
  // Newest first; "" = of all importers.
  virtual base::Result<std::vector<RunRow>> runs(std::string_view importer, std::size_t limit,
                                                 const RunFilter& filter = {}) = 0;
  virtual base::Result<std::optional<RunRow>> run(
      std::string_view run_id) = 0;  // also by unique prefix
  // What the job has told that this run is of, as long as it is not over: JSON objects, a comma
  // before each but the first. "": nothing, or there is no such job.
  virtual base::Result<std::string> live_log(std::string_view run_id) = 0;

  virtual base::Status approve(const Approval& approval) = 0;
  virtual base::Result<std::optional<Approval>> approval(std::string_view run_id) = 0;
  // The runs that used one up.
  virtual base::Result<std::set<std::string>> approved_runs(std::string_view importer) = 0;

  // At most one live run per importer (I4) on this machine: held until the returned value goes or
  // the process dies. kConflict `already_running` when somebody holds it.
  class Lock {
   public:
    virtual ~Lock() = default;
    // kConflict `lease_lost` when it went away meanwhile: somebody else may run the importer now.
    virtual base::Status still_held() = 0;
  };
  virtual base::Result<std::unique_ptr<Lock>> lock_importer(std::string_view importer) = 0;
  // The same for an identity, whose importers give keys one after the other.
  base::Result<std::unique_ptr<Lock>> lock_identity(std::string_view identity);
};

// Command-line runs belong to this one.
inline constexpr std::string_view kDefaultSite = "default";

// See open_db(); brings the schema up to date. kSettings for an unknown URL scheme.
base::Result<std::unique_ptr<Store>> open_store(std::string_view url,
                                                std::string_view site = kDefaultSite);
// sqlite:$XDG_STATE_HOME/muster/muster.db, or ~/.local/state/...
std::string default_store_url();

}  // namespace muster::store
