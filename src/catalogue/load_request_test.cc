// The keys of a request: where records are asked for, and what proves the end of their list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/loader.h"

namespace muster::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Line numbers in the tests count from here.
constexpr std::string_view kGood = R"(name: demo
title: Demo
connection:
  url: { type: url, required: true }
  token: secret
  tenant: text
  window: { type: duration, default: 24h }
addresses:
  api: { field: url }
sign_in: { strategy: bearer, token: token }
lanes:
  main: { units: 10 }
defaults:
  lane: main
  key: id
  label: name
  member_key: id
data_sets:
  people:
    title: Person
    path: [/v2/people, /v1/people]
    records: any
    absent_is_empty: true
    fields_parameter: section
    fields_style: repeat
    parameters: { tenant: "{tenant}", since: "{ago:window}" }
    paging: { strategy: last_key, position_parameter: after, key_path: id, page_size: 50, end: short }
    attributes:
      id: text
      name: text
  clubs:
    title: Club
    path: /clubs
    records: '"any"'
    paging: { strategy: next_link, next: next, total: count, end: total }
    attributes: { id: text, name: text }
relations:
  members:
    parent: clubs
    strategy: per_parent
    path: ['/v2/clubs/{key}', '/v1/clubs/{key}']
    records: items
    target: people
)";

Loaded load(std::string_view yaml) {
  return load_source(yaml, "demo.yaml", [](std::string_view) { return std::nullopt; });
}

std::vector<std::string> findings_of(std::string_view yaml) {
  std::vector<std::string> texts;
  for (const Finding& finding : load(yaml).findings) {
    if (!finding.is_warning) texts.push_back(finding.text());
  }
  return texts;
}

struct Mistake {
  std::string_view right;
  std::string_view wrong;
  std::string_view finding;
};

void expect_findings(const std::vector<Mistake>& mistakes) {
  for (const auto& [right, wrong, finding] : mistakes) {
    std::string yaml(kGood);
    const std::size_t at = yaml.find(right);
    ASSERT_NE(at, std::string::npos) << right;
    yaml.replace(at, right.size(), wrong);
    EXPECT_THAT(findings_of(yaml), ElementsAre("demo.yaml:" + std::string(finding))) << wrong;
    EXPECT_EQ(load(yaml).source, nullptr);
  }
}

TEST(LoadRequest, KnowsWhereToAskAndHowAListEnds) {
  EXPECT_THAT(findings_of(kGood), IsEmpty());
  const Loaded loaded = load(kGood);
  ASSERT_NE(loaded.source, nullptr);
  const Request& people = loaded.source->find_data_set("people")->request;
  EXPECT_EQ(people.path, "/v2/people");
  EXPECT_THAT(people.older_paths, ElementsAre("/v1/people"));
  EXPECT_TRUE(people.any_records);
  EXPECT_TRUE(people.absent_is_empty);
  EXPECT_TRUE(people.repeats_fields);
  EXPECT_THAT(people.parameters,
              ElementsAre(Pair("since", "{ago:window}"), Pair("tenant", "{tenant}")));
  EXPECT_EQ(people.paging.strategy, Paging::Strategy::kLastKey);
  EXPECT_EQ(people.paging.key_path.text(), "id");
  EXPECT_EQ(people.paging.end, Paging::End::kShort);
  const Request& clubs = loaded.source->find_data_set("clubs")->request;
  EXPECT_THAT(clubs.older_paths, IsEmpty());
  EXPECT_FALSE(clubs.any_records);  // in quotes it is a member's name
  EXPECT_EQ(clubs.records.first_key(), "any");
  EXPECT_EQ(clubs.paging.end, Paging::End::kTotal);
  EXPECT_THAT(loaded.source->find_relation("members")->request.older_paths,
              ElementsAre("/v1/clubs/{key}"));
  EXPECT_EQ(loaded.source->find_field("window")->type, ConnectionField::Type::kDuration);
}

TEST(LoadRequest, RefusesPathsThatCannotBeAsked) {
  expect_findings({
      {"[/v2/people, /v1/people]", "[/v2/people, v1/people]", "21:11: a path begins with a slash"},
      {"[/v2/people, /v1/people]", "[/v2/people, '/v1/people?a=b']",
       "21:11: a path holds no blank, ? or #; parameters go under \"parameters\""},
      {"['/v2/clubs/{key}', '/v1/clubs/{key}']", "['/v2/clubs/{key}', /v1/clubs]",
       "41:11: the path must hold {key}, the parent's key"},
      {"path: /clubs", "path: [/clubs, [/x]]", "33:20: every item of \"path\" must be text"},
      {"strategy: per_parent\n    path: ['/v2/clubs/{key}', '/v1/clubs/{key}']",
       "strategy: batch\n    batch_path: /batch\n    path: ['/v2/clubs/{key}', '/v1/clubs/{key}']",
       "42:11: this strategy takes one path only"},
  });
  std::string yaml(kGood);
  yaml.replace(yaml.find("[/v2/people, /v1/people]"), 24, "[]");
  EXPECT_THAT(findings_of(yaml),
              ElementsAre("demo.yaml:20:5: needs \"path\"",
                          "demo.yaml:21:11: \"path\" has no value; write a path such as /users"));
}

TEST(LoadRequest, RefusesParametersThatCannotBeWorkedOut) {
  expect_findings({
      {"\"{tenant}\"", "\"{tenent}\"",
       "26:27: unknown connection field \"tenent\"; did you mean \"tenant\"?"},
      {"\"{tenant}\"", "\"{tenant\"", "26:27: '{' without '}'"},
      {"\"{tenant}\"", "\"{}\"", "26:27: between { and } stands the name of a connection field"},
      {"\"{tenant}\"", "\"{token}\"",
       "26:27: \"token\" is a secret and must not stand in a URL, which logs show"},
      {"{ago:window}", "{ago:tenant}",
       "26:46: {ago:tenant} needs \"tenant\" to be of the type duration"},
      {"default: 24h", "default: soon",
       "7:38: \"default\" must be a duration such as 90s, 15m, 6h or 7d, not \"soon\""},
      {"default: 24h", "default: 0s",
       "7:38: \"default\" must be a duration such as 90s, 15m, 6h or 7d, not \"0s\""},
  });
}

TEST(LoadRequest, RefusesAnswersAndFieldsThatAreNotDescribed) {
  expect_findings({
      {"absent_is_empty: true", "absent_is_empty: perhaps",
       "23:22: \"absent_is_empty\" must be true or false (without quotes), not \"perhaps\""},
      {"fields_style: repeat", "fields_style: repeated",
       "25:19: \"fields_style\" must be one of comma, repeat, not \"repeated\"; did you mean "
       "\"repeat\"?"},
  });
}

TEST(LoadRequest, RefusesPagingWhoseEndCannotBeProven) {
  expect_findings({
      {"total: count, end: total", "end: total", "35:13: this paging end needs \"total\""},
      {"page_size: 50, end: short", "end: short", "27:13: this paging end needs \"page_size\""},
      {"key_path: id, ", "", "27:13: this paging strategy needs \"key_path\""},
      {"position_parameter: after, ", "",
       "27:13: this paging strategy needs \"position_parameter\""},
      {"{ strategy: next_link, next: next, total: count, end: total }",
       "{ strategy: next_link, next: next, total: count, end: total, repeats: true }",
       "35:13: \"repeats\" needs a counting strategy with a \"total\""},
      {"{ strategy: next_link, next: next, total: count, end: total }",
       "{ strategy: next_link, next: next, total: count, end: total, smaller_after: 2 }",
       "35:89: \"smaller_after\" needs a \"size_parameter\""},
      {"{ strategy: next_link, next: next, total: count, end: total }",
       "{ strategy: next_link, next: next, total: count, end: total, total_is_exact: exact }",
       "35:13: \"total_is_exact\" needs a \"total\" that something else can replace"},
      {"page_size: 50, end: short", "end: sudden",
       "27:81: \"end\" must be one of total, short, empty, not \"sudden\""},
      {"{ strategy: next_link, next: next, total: count, end: total }",
       "{ strategy: single, end: empty }", "35:38: a single page has no \"end\" to be found"},
  });
}

}  // namespace
}  // namespace muster::catalogue
