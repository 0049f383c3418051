// What a job in the queue says about the run it becomes, beside its importer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace muster::service {

struct JobOptions {
  std::uint64_t limit = 0;  // as run::Options
  bool confirm_partial = false;
  bool plan_only = false;  // what it found is told with the job, and in no history
  std::string approve;     // a held run, whose findings may pass once
  std::string approved_by;
};

std::string to_json(const JobOptions& options);
// kMalformed when it was not made by to_json(); "" is none.
base::Result<JobOptions> read_job_options(std::string_view json);

}  // namespace muster::service
