// The submitting stage: collected objects become chunks and go out, a few in flight.
#pragma once

#include <memory>
#include <vector>

#include "assets/destination.h"
#include "base/result.h"
#include "mapping/plan.h"
#include "run/collection.h"
#include "run/joins.h"
#include "run/progress.h"

namespace muster::run {

struct SubmittingTools {
  base::Scheduler& scheduler;
  assets::Delivery& delivery;
  Progress& progress;
};

// Every object of every collection, in source order, at most kMaxChunkObjects and kMaxChunkBytes
// per chunk. On the first failure nothing more is sent. `submitted[i]` counts data set i's objects
// that were taken.
base::Status submit_everything(const mapping::Plan& plan,
                               const std::vector<std::unique_ptr<Collection>>& collections,
                               const std::vector<std::unique_ptr<Joins>>& joins,
                               SubmittingTools tools, const base::Stop& stop,
                               std::vector<std::uint64_t>& submitted);

}  // namespace muster::run
