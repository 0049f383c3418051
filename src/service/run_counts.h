// What the runs of this process came to since it started, for monitoring: counts only, by site and
// importer. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/scheduler.h"
#include "run/report.h"
#include "service/metric_text.h"

namespace muster::service {

// Of so many importers each has its own counts; those of all others come under site and importer
// "-", so that nobody fills the memory of what watches muster.
inline constexpr std::size_t kMostImportersWatched = 1'000;

class RunCounts {
 public:
  explicit RunCounts(base::Scheduler& scheduler) : monitor_(scheduler) {}

  void ended(const std::string& site, const run::Report& report);
  void write(MetricText& text);

 private:
  struct Counts {
    std::map<std::string, std::uint64_t, std::less<>> states;
    std::uint64_t runs = 0;
    double seconds = 0;
    std::uint64_t fetched = 0, rejected = 0, submitted = 0;
    std::uint64_t requests = 0, throttled = 0;
    double waited = 0;
  };
  void write_states(MetricText& text) const;
  void write_objects(MetricText& text) const;
  template <typename Member>
  void write_each(MetricText& text, std::string_view name, std::string_view help,
                  Member member) const;

  base::Monitor monitor_;  // guards the next one
  std::map<std::pair<std::string, std::string>, Counts> by_importer_;
};

}  // namespace muster::service
