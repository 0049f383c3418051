// What happened, as plain values: everything the checker judges. Whoever runs muster fills this:
// unit tests by hand; imports in one process, simulations, and the sandbox that real programs are
// tested with (judged_sandbox.cc) through observer.h.
//
// Every event has a place in one order (Order). Places only have to be comparable: a counter, the
// numbers of the sandbox's journal, microseconds. 0 is before everything.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "run/report.h"

namespace muster::checker {

using Order = std::uint64_t;
using Values = std::vector<std::string>;

// ---------------------------------------------------------------------------- what the source held

struct References {
  std::string target;          // data set
  std::set<std::string> keys;  // of its records
  bool operator==(const References&) const = default;
};

struct Record {
  std::string key;
  std::optional<std::string> label;  // absent: not compared
  // By the title the attribute has in Assets; only those worth comparing. An attribute that is
  // named without values is expected to be empty.
  std::map<std::string, Values> values;
  std::map<std::string, References> references;
};

// From `since` on, until the next one.
struct Truth {
  Order since = 0;
  std::map<std::string, std::vector<Record>> data_sets;  // in the order of the source
};

// --------------------------------------------------------------------------- what the importer
// said

// Records that the selection means: those whose attribute has one of the values.
struct Condition {
  std::string attribute;  // title in Assets
  std::set<std::string> values;
  bool operator==(const Condition&) const = default;
};

// A listing as it shows in requests: the path, and a text that tells listings of one path apart.
struct Listing {
  std::string path;           // "/graph/v1.0/users"
  std::string with, without;  // in the query; empty: anything
};

struct DataSet {
  std::string name;         // "users"
  std::string object_type;  // "Entra User"
  std::string selector;     // the array of its objects in a data call: "users"
  Listing listing;
  std::uint64_t limit = 0;          // of the importer file; 0: none
  std::optional<Condition> filter;  // the source filters
  std::optional<Condition> where;   // muster filters
};

// Read besides the data sets: one more listing of the parents, or a small one per parent.
struct Relation {
  std::string name;
  Listing listing;     // "{key}" in the path: one per parent
  std::string parent;  // data set
};

struct Selection {
  std::vector<DataSet> data_sets;
  std::vector<Relation> relations;
  const DataSet* find(std::string_view name) const {
    for (const DataSet& set : data_sets) {
      if (set.name == name) return &set;
    }
    return nullptr;
  }
};

enum class Missing { kIgnore, kRemove, kUpdate };

// Of the gate.
struct Limits {
  double max_missing_percent = 20;
  std::uint64_t max_missing_objects = 100;
  double max_blanked_percent = 20;
};

struct Importer {
  std::string name;
  std::string source_id;                         // of its import source in Assets
  Missing missing = Missing::kIgnore;            // what its Assets does with absent objects
  std::string missing_attribute, missing_value;  // kUpdate
  bool says_ignore = true;  // the importer file states `missing_objects: ignore`
  Limits limits;
  std::map<std::string, Limits> own_limits;  // by data set, where they differ
  std::uint64_t reject_limit = 100;
  // Objects whose records were parked may go like any others; else somebody is asked.
  bool accepts_parked = false;
  // What their addresses begin with: "https://graph.example/v1.0".
  std::vector<std::string> source_urls, destination_urls;

  const Limits& limits_of(const std::string& data_set) const {
    const auto own = own_limits.find(data_set);
    return own == own_limits.end() ? limits : own->second;
  }
};

// ------------------------------------------------------------------------------------ what was
// asked

struct Page {
  Values keys;       // of the records, as they came
  std::string next;  // absolute link; empty: the last page
};

struct SentObject {
  std::string key;
  std::uint64_t content = 0;      // hash of the object's text
  std::set<std::string> filled;   // names of its fields that have a value ...
  std::set<std::string> emptied;  // ... and of those sent empty; others are left as they are
};

// A data call to Assets.
struct Submission {
  std::string client_generated_id;
  std::uint64_t content = 0;                               // hash of its objects
  std::map<std::string, std::vector<SentObject>> objects;  // by selector
  bool completes = false;
};

enum class Credential { kNone, kSource, kDestination, kUnknown };

struct Call {
  Order at = 0, answered = 0;  // answered 0: the run never got an answer
  std::string run;             // label of the run that asked
  std::string origin;          // "https://graph.example"
  std::string method, target;  // path and query
  Credential credential = Credential::kNone;
  int status = 0;  // what the run got; 0: no answer
  bool inside_batch = false;
  bool faulted = false;      // the page is not what the source would have sent
  std::optional<Page> page;  // a list that was understood
  std::optional<Submission> submission;
  std::string started;  // id of the execution that the answer names as started
  std::string text;     // for the reader of a timeline: why there is no answer, what was faulted
};

// ---------------------------------------------------------------------------------- what Assets
// has

struct Object {
  std::uint64_t id = 0;
  std::string label;
  std::map<std::string, Values> values;
  std::map<std::string, std::set<std::string>> references;  // title -> keys of the targets
  bool operator==(const Object&) const = default;
};

struct Duplicate {
  std::string object_type, key;
};

// What the import source of one importer holds at a moment.
struct Holdings {
  Order at = 0;
  std::string importer;
  std::map<std::string, std::map<std::string, Object>> types;  // object type -> key -> object
  std::vector<Duplicate> duplicates;                           // a key that a second object has
};

struct Execution {
  std::string id;
  std::string source_id;
  std::vector<std::string> states;
  struct Chunk {
    std::string client_generated_id;
    bool repeated = false;
    bool completes = false;
  };
  std::vector<Chunk> chunks;     // that Assets took
  std::uint64_t duplicates = 0;  // records that came a second time under another chunk
};

// ----------------------------------------------------------------------------------------- the
// runs

struct Run {
  std::string label;  // unique in the history; may be the run id
  std::string importer;
  Order begun = 0, ended = 0;
  bool died = false;  // its process did; there is no report then
  bool plan_only = false;
  std::uint64_t limit = 0;  // --limit
  bool confirm_partial = false;
  std::string approval_of;  // run id of the held run
  Selection selection;
  std::optional<run::Report> report;
  std::vector<std::string> final_states;  // that the store took, in order
  std::vector<std::string> texts;         // everything it said: report, log lines, errors
  std::int64_t threads_left = 0;          // more than before it
  base::Duration after_stop{};            // how long it went on when it was told to stop
};

// When an event was, for the reader of a timeline.
struct Moment {
  std::uint64_t micros = 0;
  std::string thread;
};

// A line for the reader of a timeline that is no call.
struct Note {
  Order at = 0;
  std::string run, text;
};

// What the store remembers of an importer's last completed run was destroyed.
struct Damage {
  Order at = 0;
  std::string importer;
};

struct History {
  std::vector<Importer> importers;
  std::vector<Truth> truths;       // ascending
  std::vector<Run> runs;           // in the order they began
  std::vector<Call> calls;         // in the order they were made
  std::vector<Holdings> holdings;  // ascending; before and after every run
  std::vector<Execution> executions;
  std::vector<std::string> secrets;  // must not show anywhere
  std::vector<Damage> damages;
  std::vector<Note> notes;
  std::vector<Moment> moments;  // by Order; may be empty
};

}  // namespace muster::checker
