// Intune's reports as files: a job is asked for, looked at until it is completed, and its ZIP with
// one CSV file is fetched from another address whose URL is the credential.
// https://learn.microsoft.com/mem/intune/fundamentals/reports-export-graph-apis
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "sandbox/graph/refusal.h"
#include "sandbox/service.h"
#include "sandbox/world/edits.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::graph {

class ExportJobs {
 public:
  ExportJobs(const world::World& world, base::Scheduler& scheduler, std::uint64_t seed);

  // The body of the answer to POST .../exportJobs (201).
  std::optional<Refusal> create(std::string_view body, std::string& answer);
  // ... and to GET .../exportJobs('ID'). `base`: what the download's URL begins with.
  std::optional<Refusal> look(std::string_view id, const std::string& base, std::string& answer);
  // GET of the URL that look() gave. A request with an Authorization header is refused, as by the
  // storage service behind it.
  net::ServerResponse download(const Call& call, const world::Edits& edits);
  void reset();

 private:
  struct Job {
    std::string report;
    std::vector<std::string> columns;
    std::uint32_t looks = 0;
    std::string signature;
  };
  std::string describe(const std::string& id, const Job& job, std::string_view status,
                       const std::string& url) const;

  const world::World& world_;
  base::Scheduler& scheduler_;
  const std::uint64_t seed_;
  base::Monitor monitor_;  // guards jobs_
  std::map<std::string, Job, std::less<>> jobs_;
};

}  // namespace muster::sandbox::graph
