// What a run is doing, as counters anybody may look at while it runs. The run only writes; the
// command line draws bars from it, the service will publish it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "net/lane.h"
#include "source/relation_reader.h"

namespace muster::run {

enum class Phase {
  kPreparing,
  kSigningIn,
  kReading,
  kJudging,
  kStarting,
  kSubmitting,
  kWaiting,
  kPeople,
  kDone
};
std::string_view to_string(Phase phase);  // "reading", "waiting for Assets", ...

struct DataSetProgress {
  std::string name;
  std::atomic<std::uint64_t> pages{0}, fetched{0}, repeated{0}, filtered{0}, rejected{0},
      formatted{0}, submitted{0};
  std::atomic<std::uint64_t> total{0};  // 0: unknown
  std::atomic<bool> done{false};
};

struct RelationProgress {
  std::string name;
  source::RelationCounters counters;
  std::atomic<std::uint64_t> parents{0};  // known so far
  std::atomic<bool> done{false};
};

struct Progress {
  std::atomic<Phase> phase{Phase::kPreparing};
  // Filled before reading begins (phase >= kReading); addresses stay.
  std::deque<DataSetProgress> data_sets;
  std::deque<RelationProgress> relations;
  std::atomic<std::uint64_t> objects_submitted{0}, objects_total{0};
  std::atomic<std::uint64_t> people_done{0}, people_total{0};
  std::string source_title;               // "Microsoft Entra ID"; there from kSigningIn on
  net::Pause source_pause, assets_pause;  // the lanes write
  std::atomic<std::uint64_t> throttled{0};
};

// How long requests are held back still; 0: they are not.
base::Duration waiting(const Progress& progress, base::Instant now);
// "waiting 12 s: Microsoft Entra ID asked for a pause"; "" when nothing waits for a second or more.
std::string waiting_text(const Progress& progress, base::Instant now);

}  // namespace muster::run
