// Writes metrics in the text format of Prometheus, version 0.0.4:
// https://github.com/prometheus/docs/blob/main/content/docs/instrumenting/exposition_formats.md
//
//   MetricText text;
//   text.family("muster_runs_total", "counter", "Runs that ended, by state.");
//   text.sample({{"site", "acme"}, {"state", "failed"}}, 3);
//   use(text.take());
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace muster::service {

class MetricText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // What the samples after it belong to. Each family once.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(Labels labels, double value) { sample("", labels, value); }
  // `suffix`: "_sum" and "_count" of a summary.
  void sample(std::string_view suffix, Labels labels, double value);

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

}  // namespace muster::service
