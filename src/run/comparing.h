// What this run would change, seen from the last completed one: hashes of everything that was read
// against what is remembered. Also the last look at each object as it will be sent.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mapping/plan.h"
#include "run/baseline.h"
#include "run/collection.h"
#include "run/joins.h"
#include "run/run_store.h"
#include "source/listing.h"

namespace muster::run {

// A data set that the last completed run had and this one has not. Assets still maps its object
// type, so that where absent objects count as missing, all of them do.
struct DroppedDataSet {
  std::string data_set;
  std::string object_type;
  std::uint64_t objects = 0;  // 0: what is remembered of it cannot be read
  std::string keys{};         // Finding::keys_hash of all of them
};

struct Compared {
  // Of data sets that were read whole. What Assets may hold once the completing call is made: what
  // was there and what was sent. What it holds when it took all, where that is less. What to go
  // back to when it turns out that nothing changed there.
  Baseline may_hold, baseline, restore;
  std::string compared_with;  // run id; empty: nothing to compare with
  // By Plan::data_sets; absent: nothing to compare with.
  std::vector<std::optional<Comparison>> data_sets;
  std::vector<DroppedDataSet> dropped;
  std::vector<std::string> notices;
};

// Parks objects whose references make them larger than a chunk. `before`: what the store remembers.
// `keeps_missing`: Assets is set to keep what goes missing.
Compared compare_with_last_run(const mapping::Plan& plan,
                               const std::vector<std::unique_ptr<Collection>>& collections,
                               const std::vector<std::unique_ptr<Joins>>& joins,
                               const std::vector<std::optional<source::Complete>>& complete,
                               const crypto::HashKey& hash_key, std::optional<Baseline> before,
                               bool keeps_missing = false);

}  // namespace muster::run
