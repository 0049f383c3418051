// The run report (interfaces.md section 4): a contract that scripts and the checker read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "json/value.h"
#include "json/writer.h"
#include "mapping/formatter.h"

namespace muster::run {

enum class State {
  kRunning,
  kCompleted,
  kCompletedWithRejects,
  kFailed,
  kCancelled,
  kHeld,
  kAbandoned
};
std::string_view to_string(State state);

// How the records of one data set became objects that other importers send too.
struct IdentityMatch {
  // serial_number, device_id, email: what gave the object its key; own_key: nothing else did. And
  // why something did not: placeholder, shared, duplicate, different; moved: it had another key.
  std::string rule;
  std::uint64_t records = 0;
  std::uint64_t known = 0;          // of them, objects that another importer has too
  std::vector<std::string> sample;  // keyed hashes of a few records' keys, never the keys
};

struct IdentityReport {
  std::string name;  // empty: the data set has no identity
  std::vector<IdentityMatch> matches;
  std::uint64_t left_to_others = 0;  // values that another importer's values win over
};

struct DataSetReport {
  std::string name;
  std::string object_type;
  bool complete = false;
  std::uint64_t pages = 0, fetched = 0, repeated = 0, filtered = 0, rejected = 0, formatted = 0;
  std::uint64_t submitted = 0, accepted = 0, created = 0, updated = 0, unchanged = 0, missing = 0;
  // Against the last completed run (plan shows these; run also).
  std::uint64_t expected_new = 0, expected_changed = 0, expected_unchanged = 0,
                expected_missing = 0;
  std::uint64_t dropped_values = 0;  // values that did not fit their attribute's type
  IdentityReport identity{};
};

struct RelationReport {
  std::string name;
  bool complete = false;
  std::uint64_t parents = 0, pairs = 0, gone = 0, hidden = 0, unknown_type = 0, without_key = 0;
};

// A record that was parked; or, `not_taken` and without a key, what Assets left out of a data set.
struct RejectReport {
  std::string data_set, key, reason, detail;
};

struct Finding {  // of the gate
  std::string data_set;
  // gate_missing, gate_blanked, gate_empty, gate_parked, gate_dropped, gate_unreadable,
  // gate_replaced, gate_kept, gate_forgotten (of no data set), gate_shared, partial_not_confirmed
  std::string reason;
  std::string attribute;            // gate_blanked
  std::uint64_t affected = 0;       // objects
  std::uint64_t of = 0;             // objects in the last completed run
  std::string text;                 // a sentence
  std::vector<std::string> sample;  // keyed hashes of a few affected keys, never the keys
  // One hash over the keyed hashes of all affected keys: an approval is of exactly these objects.
  // Empty: the finding is not about certain objects, or nobody knows which.
  std::string keys_hash{};
};

struct GateReport {
  std::string verdict;        // pass | held | "" (not reached)
  std::string compared_with;  // run id; empty: nothing to compare with
  std::string approved_by;    // when findings passed with an approval
  std::vector<Finding> findings;
  std::vector<std::string> notices;
};

struct DestinationReport {
  std::string execution_id, result;
  std::uint64_t chunks = 0, bytes = 0;
  // Empty for a plan and in reports of an older muster.
  std::string type;       // jsm_assets | files
  std::string directory;  // of files
};

struct SourceReport {
  std::uint64_t requests = 0, bytes = 0, throttled = 0, resource_units = 0;
  double waited_seconds = 0;
};

// Objects in Assets that share something to be looked at: how many, and the keys there of the first
// ("ITSM-88").
struct ListedObjects {
  std::uint64_t count = 0;
  std::vector<std::string> objects;
};

// What became of the people's Jira accounts, after the import. Never changes the run's state.
struct PeopleReport {
  std::string state;  // done | failed | cancelled | skipped | unfinished
  std::string reason, message;
  std::string data_set, attribute;
  std::uint64_t objects = 0;        // of this run
  std::uint64_t without_email = 0;  // of these
  std::uint64_t written = 0, unchanged = 0;
  ListedObjects ambiguous;  // several accounts have the address
  ListedObjects unknown;    // no account has it
  ListedObjects refused;    // Assets did not take the account
  std::uint64_t requests = 0, throttled = 0;
  double waited_seconds = 0;
};

// What the run told of itself as it went (run_log.h).
struct LogLine {
  base::WallTime at{};
  std::string level;  // info | warn | error
  std::string text;
};

struct Report {
  std::string run_id, importer, site = "default", trigger = "manual";
  bool limited = false;
  State state = State::kRunning;
  std::string reason, message;
  // The other side's own words about a failure (base::Error::heard): on the terminal of whoever
  // started the run, never in the JSON.
  std::string heard;
  base::WallTime started{};
  std::optional<base::WallTime> ended;
  std::vector<DataSetReport> data_sets;
  std::vector<RelationReport> relations;
  std::vector<RejectReport> rejects;  // at most kMaxListedRejects; counts are in data_sets
  std::vector<std::string> notices;
  DestinationReport destination;
  SourceReport source;
  GateReport gate;
  std::optional<PeopleReport> people;  // of importers that fill in Jira accounts
  std::vector<LogLine> log;
};

inline constexpr std::size_t kMaxListedRejects = 1000;
inline constexpr std::size_t kMaxListedObjects = 200;

std::string to_json(const Report& report);
// One line of its log, as the report has it; and lines of a run that has no report yet, a comma
// before each but the first. What is no line of ours is none.
void write_line(json::Writer& out, const LogLine& line);
std::vector<LogLine> read_lines(std::string_view lines);
// A stored report, for showing it again. kMalformed when it is not one of ours.
base::Result<Report> read_report(std::string_view json);
std::string findings_json(const std::vector<Finding>& findings);

// interfaces.md section 2; docs/reference/reasons.md lists them.
int exit_code(const Report& report);
// Of what failed for this reason, also before a run began. 1: none of its own.
int exit_code(std::string_view reason);

}  // namespace muster::run
