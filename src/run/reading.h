// The reading stage: every selected data set and relation, completely, into Collections and Pairs.
//
// One thread per listing and relation, one for mapping; a bounded queue of pages between them. The
// first failure stops all and is what comes back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/queue.h"
#include "base/result.h"
#include "crypto/keyed_hash.h"
#include "mapping/plan.h"
#include "run/collection.h"
#include "run/pairs.h"
#include "run/progress.h"
#include "run/report.h"
#include "source/listing.h"
#include "source/record_reader.h"
#include "source/session.h"

namespace muster::run {

// Everything that was read. Complete values are there only for what was proven to its end.
struct ReadResult {
  std::vector<std::unique_ptr<Collection>> collections;  // by Plan::data_sets
  std::vector<std::unique_ptr<Pairs>> pairs;             // by Plan::relations
  std::vector<std::optional<source::Complete>> data_sets;
  std::vector<std::optional<source::Complete>> relations;
  std::vector<std::string> notices;
};

struct ReadingTools {
  base::Scheduler& scheduler;
  source::Session& session;
  Progress& progress;
};

// Always fills `result` as far as it got, so that a failed run can report its counts.
// Errors: what the source said (Error::where names the data set), kLimit `too_many_rejects`,
// kCancelled.
base::Status read_everything(const mapping::Plan& plan, const crypto::HashKey& hash_key,
                             std::uint64_t reject_limit, ReadingTools tools, const base::Stop& stop,
                             ReadResult& result);

// kLimit `too_many_rejects` when more records were parked than `limit`.
base::Status check_reject_limit(const std::vector<std::unique_ptr<Collection>>& collections,
                                std::uint64_t limit);

}  // namespace muster::run
