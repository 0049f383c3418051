// One run of an import source: its states, the chunks it took and what came of them.
//
// Starting -> INGESTING -> PROCESSING -> DONE, or CANCELLED before it is completed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sandbox/assets/processing.h"
#include "sandbox/assets/settings.h"

namespace muster::sandbox::assets {

enum class ExecutionState { kStarting, kIngesting, kProcessing, kDone, kCancelled };

struct StateChange {
  ExecutionState state = ExecutionState::kStarting;
  base::WallTime at{};
};

// A data call that was accepted.
struct ReceivedChunk {
  std::string client_generated_id;
  std::size_t bytes = 0;
  std::vector<std::pair<std::string, std::size_t>>
      counts;              // selector and records, in mapping order
  bool duplicate = false;  // the id came before; its records were not counted again
  bool completed = false;
  base::WallTime at{};
};

struct Execution {
  std::string id;
  std::string job_id;
  std::uint32_t number = 0;  // ascending over all sources
  bool scheduled = false;
  ExecutionState state = ExecutionState::kStarting;
  std::vector<StateChange> history;
  std::vector<ReceivedChunk> chunks;
  std::vector<std::string> failure_reasons;  // from history/failed
  std::string progress;                      // the last body of PUT progress
  bool stuck = false;
  std::string result;  // "OK"; empty before DONE
  std::vector<std::string> errors;
  std::vector<TypeResult> results;

  base::Instant due{};  // when the state changes by itself
  std::set<std::string, std::less<>> seen_chunks{};
  std::vector<StagedType> staged{};

  bool is_open() const {
    return state != ExecutionState::kDone && state != ExecutionState::kCancelled;
  }
  void enter(ExecutionState next, base::WallTime now) {
    state = next;
    history.push_back({next, now});
  }
};

// Counts the records of a data call into the execution, or recognises the call as a repetition.
void take_chunk(Execution& execution, const json::Value* data, ReceivedChunk chunk,
                bool count_duplicates);

std::string to_string(ExecutionState state, const AssetsSettings& settings);

// The body of a status call: with progressResult once it is done.
struct ReportContext {
  const Workspace& workspace;
  const AssetsSettings& settings;
  std::string source_id;
  std::uint32_t schema = 0;
};
std::string write_execution_status(const Execution& execution, const ReportContext& context);

}  // namespace muster::sandbox::assets
