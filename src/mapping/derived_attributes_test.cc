// Attributes that are worked out arrive in their type, like any other.
#include <gtest/gtest.h>

#include "mapping/formatter.h"
#include "mapping/test_source.h"

namespace muster::mapping {
namespace {

using catalogue::AttributeType;
using Combine = catalogue::Attribute::Combine;

std::string formatted(catalogue::Attribute attribute, std::string record) {
  const auto source = std::make_shared<catalogue::Source>();
  source->data_sets.push_back(testing::named_set("machines", "Demo Machine"));
  source->data_sets[0].attributes.push_back(std::move(attribute));
  Plan plan;
  Selection selection;
  selection.send_empty = false;
  EXPECT_TRUE(make_plan(source, selection, "imp", "f.yaml", plan).empty());
  Formatter formatter(plan, 0);
  const json::Document document = *json::Document::parse(std::move(record));
  std::string out;
  EXPECT_EQ(formatter.format(document.root(), out), Formatter::Verdict::kFormatted);
  const std::size_t at = out.find(",\"derived\":");
  return at == std::string::npos ? "" : out.substr(at + 11);
}

catalogue::Attribute derived(AttributeType type) {
  return testing::attribute("disks[].size", "Derived", "derived", type);
}

TEST(DerivedAttributes, AreWrittenInTheirType) {
  catalogue::Attribute count = derived(AttributeType::kInteger);
  count.combine = Combine::kCount;
  EXPECT_EQ(formatted(std::move(count), R"({"id":"1","name":"n","disks":[{"size":1},{"size":2}]})"),
            "2");

  catalogue::Attribute greatest = derived(AttributeType::kDateTime);
  greatest.combine = Combine::kGreatest;
  EXPECT_EQ(formatted(std::move(greatest),
                      R"({"id":"1","name":"n","disks":[{"size":"2026-01-02T03:04:05.6+01:00"}]})"),
            R"("2026-01-02T02:04:05Z")");
}

TEST(DerivedAttributes, AreAbsentWhenThereIsNothingToWorkWith) {
  catalogue::Attribute least = derived(AttributeType::kDateTime);
  least.combine = Combine::kLeast;
  EXPECT_EQ(formatted(std::move(least), R"({"id":"1","name":"n"})"), "");
}

}  // namespace
}  // namespace muster::mapping
