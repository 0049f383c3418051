#include "service/run_counts.h"

namespace muster::service {

void RunCounts::ended(const std::string& site, const run::Report& report) {
  base::Monitor::Lock lock(monitor_);
  auto key = std::pair(site, report.importer);
  const bool is_full = by_importer_.size() >= kMostImportersWatched;
  if (is_full && !by_importer_.contains(key)) key = {"-", "-"};
  Counts& counts = by_importer_[key];
  ++counts.states[std::string(run::to_string(report.state))];
  ++counts.runs;
  if (report.ended && *report.ended > report.started) {
    counts.seconds += std::chrono::duration<double>(*report.ended - report.started).count();
  }
  for (const run::DataSetReport& data_set : report.data_sets) {
    counts.fetched += data_set.fetched;
    counts.rejected += data_set.rejected;
    counts.submitted += data_set.submitted;
  }
  counts.requests += report.source.requests;
  counts.throttled += report.source.throttled;
  counts.waited += report.source.waited_seconds;
}

void RunCounts::write_states(MetricText& text) const {
  text.family("muster_runs_total", "counter", "Runs that ended, by state.");
  for (const auto& [key, counts] : by_importer_) {
    for (const auto& [state, count] : counts.states) {
      text.sample({{"site", key.first}, {"importer", key.second}, {"state", state}},
                  static_cast<double>(count));
    }
  }
  text.family("muster_run_duration_seconds", "summary", "How long runs took.");
  for (const auto& [key, counts] : by_importer_) {
    const MetricText::Labels labels = {{"site", key.first}, {"importer", key.second}};
    text.sample("_sum", labels, counts.seconds);
    text.sample("_count", labels, static_cast<double>(counts.runs));
  }
}

void RunCounts::write_objects(MetricText& text) const {
  text.family("muster_run_objects_total", "counter",
              "Records that runs read, could not use, and objects that they sent.");
  for (const auto& [key, counts] : by_importer_) {
    for (const auto& [what, count] : {std::pair{"fetched", counts.fetched},
                                      {"rejected", counts.rejected},
                                      {"submitted", counts.submitted}}) {
      text.sample({{"site", key.first}, {"importer", key.second}, {"what", what}},
                  static_cast<double>(count));
    }
  }
}

template <typename Member>
void RunCounts::write_each(MetricText& text, std::string_view name, std::string_view help,
                           Member member) const {
  text.family(name, "counter", help);
  for (const auto& [key, counts] : by_importer_) {
    text.sample({{"site", key.first}, {"importer", key.second}},
                static_cast<double>(counts.*member));
  }
}

void RunCounts::write(MetricText& text) {
  base::Monitor::Lock lock(monitor_);
  write_states(text);
  write_objects(text);
  write_each(text, "muster_source_requests_total", "Requests that runs sent to sources.",
             &Counts::requests);
  write_each(text, "muster_source_throttled_total",
             "Requests that sources answered with a request to wait.", &Counts::throttled);
  write_each(text, "muster_source_waited_seconds_total",
             "Time that requests waited because a source, or its limits, wanted that.",
             &Counts::waited);
}

}  // namespace muster::service
