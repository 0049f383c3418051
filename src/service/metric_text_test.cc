#include "service/metric_text.h"

#include <gtest/gtest.h>

namespace muster::service {
namespace {

TEST(MetricText, IsWhatPrometheusReads) {
  MetricText text;
  text.family("a_total", "counter", "Counts a.");
  text.sample({}, 0);
  text.sample({{"site", "acme"}, {"state", "failed"}}, 3);
  text.family("b_seconds", "summary", "Takes b.");
  text.sample("_sum", {{"site", "acme"}}, 1.5);
  text.sample("_count", {{"site", "acme"}}, 2);
  EXPECT_EQ(text.take(),
            "# HELP a_total Counts a.\n"
            "# TYPE a_total counter\n"
            "a_total 0\n"
            "a_total{site=\"acme\",state=\"failed\"} 3\n"
            "# HELP b_seconds Takes b.\n"
            "# TYPE b_seconds summary\n"
            "b_seconds_sum{site=\"acme\"} 1.5\n"
            "b_seconds_count{site=\"acme\"} 2\n");
}

TEST(MetricText, NoLabelEndsItsLine) {
  MetricText text;
  text.family("a", "gauge", "A.");
  text.sample({{"importer", "a\"} 1\nb \\"}}, 1790000000.25);
  EXPECT_EQ(text.take(),
            "# HELP a A.\n# TYPE a gauge\na{importer=\"a\\\"} 1\\nb \\\\\"} 1790000000.25\n");
}

}  // namespace
}  // namespace muster::service
