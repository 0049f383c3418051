// Attributes that are worked out arrive in their type, like any other.
#include <fmt/format.h>
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

using Format = catalogue::Attribute::Format;

catalogue::Attribute at(std::string_view path, AttributeType type) {
  catalogue::Attribute made = derived(type);
  made.path = *json::Path::parse(path);
  return made;
}

catalogue::Attribute in_format(AttributeType type, Format format, std::int64_t divide_by = 1) {
  catalogue::Attribute made = at("value", type);
  made.format = format;
  made.divide_by = divide_by;
  made.nulls = {"0"};
  return made;
}

std::string with(std::string_view members) {
  return fmt::format(R"({{"id":"1","name":"n",{}}})", members);
}

TEST(DerivedAttributes, ReadTimesAsTheSourceWritesThem) {
  constexpr const char* kExpected = R"("2026-01-01T00:00:00Z")";
  const auto read = [](Format format, std::string_view value) {
    return formatted(in_format(AttributeType::kDateTime, format),
                     with(fmt::format(R"("value":{})", value)));
  };
  EXPECT_EQ(read(Format::kUnixSeconds, "1767225600"), kExpected);
  EXPECT_EQ(read(Format::kUnixSeconds, "\"1767225600\""), kExpected);
  EXPECT_EQ(read(Format::kUnixSeconds, "1767225600.75"), kExpected);
  EXPECT_EQ(read(Format::kUnixMilliseconds, "1767225600123"), kExpected);
  EXPECT_EQ(read(Format::kUnixSeconds, "\"soon\""), "") << "left out";
  EXPECT_EQ(read(Format::kUnixSeconds, "-5"), "");
  EXPECT_EQ(read(Format::kUnixSeconds, "0"), "") << "means none here";
}

TEST(DerivedAttributes, ReadNumbersWithUnits) {
  const auto read = [](std::string_view value) {
    return formatted(in_format(AttributeType::kInteger, Format::kLeadingNumber, 1024),
                     with(fmt::format(R"("value":{})", value)));
  };
  EXPECT_EQ(read("\"7973940kB\""), "7787");
  EXPECT_EQ(read("2048"), "2");
  EXPECT_EQ(read("\"lots\""), "");
}

TEST(DerivedAttributes, ReadTextsAsTheyWereBeforeTheyWereWrittenForAWebPage) {
  const auto read = [](std::string_view value) {
    return formatted(in_format(AttributeType::kText, Format::kHtml),
                     with(fmt::format(R"("value":"{}")", value)));
  };
  EXPECT_EQ(read("R&amp;D &lt;Lab&gt; of O&#039;Brien &quot;Bob&quot; &#39;B&#39;"),
            R"("R&D <Lab> of O'Brien \"Bob\" 'B'")");
  EXPECT_EQ(read("&amp;lt;"), R"("&lt;")") << "once, not twice";
  EXPECT_EQ(read("R&D; & &amp &copy;"), R"("R&D; & &amp &copy;")");
}

TEST(DerivedAttributes, TakeTheFirstThatIsThere) {
  const auto first = [](std::string_view members) {
    catalogue::Attribute made = derived(AttributeType::kText);
    made.path = {};
    for (const char* path : {"a", "b.c", "d"}) made.first_of.push_back(*json::Path::parse(path));
    made.nulls = {"none"};
    return formatted(std::move(made), with(members));
  };
  EXPECT_EQ(first(R"("a":"none","b":{"c":""},"d":7)"), R"("7")");
  EXPECT_EQ(first(R"("b":{"c":"x"},"d":7)"), R"("x")");
  EXPECT_EQ(first(R"("e":1)"), "");
}

TEST(DerivedAttributes, AreComposedOfSeveralValues) {
  const auto composed = [](std::string_view members) {
    catalogue::Attribute made = derived(AttributeType::kText);
    made.path = {};
    made.compose.push_back({"", *json::Path::parse("app")});
    made.compose.push_back({" ", *json::Path::parse("version")});
    made.compose.push_back({" (x)", {}});
    return formatted(std::move(made), with(members));
  };
  EXPECT_EQ(composed(R"("app":"Zip","version":2)"), "\"Zip 2 (x)\"");
  EXPECT_EQ(composed(R"("app":"Zip")"), "\"Zip (x)\"");
  EXPECT_EQ(composed(R"("other":1)"), "") << "separators alone name nothing";
}

TEST(DerivedAttributes, PickTextsByTheirBeginning) {
  catalogue::Attribute tags = at("tags.*[]", AttributeType::kText);
  tags.prefix = "env:";
  EXPECT_EQ(formatted(std::move(tags), with(R"("tags":{"a":["env:prod","team:x"],)"
                                            R"("b":["env:prod","env:dev","env:"]})")),
            R"("prod, dev")");
}

}  // namespace
}  // namespace muster::mapping
