#include "catalogue/where.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kRecord = R"({
  "department": "Sales", "mail": null, "blank": "", "userType": "Member", "name": "Jörg Müller",
  "accountEnabled": true, "managed": false, "size": 9007199254740993, "ratio": 0.5,
  "employeeId": "10442", "version": "10.0.26100",
  "created": "2024-01-01T00:00:00Z", "local": "2024-01-01T01:00:00+01:00", "day": "2024-01-01",
  "tags": ["HR", "All"], "none": [], "numbers": [1, null, 3], "odd": {"key.with dot": 7},
  "org": {"cost": "4711"}, "phones": [{"number": "+47 1", "type": "work"}, {"number": null}],
  "@odata.type": "#microsoft.graph.user", "in": 5, "exists": "yes",
  "by_source": {"Agent": ["env:prod"], "Chef": ["x"]},
  "extra": [{"name": "Battery Cycle", "values": ["31"]}, {"name": "A]B", "values": ["7"]}]
})";

bool matches(std::string_view text) {
  const json::Document record = json::Document::parse(kRecord).value();
  const auto where = Where::parse(text);
  if (!where.ok()) {
    ADD_FAILURE() << text << ": " << where.error().text();
    return false;
  }
  return where->matches(record.root());
}

std::string refusal(std::string_view text) {
  const auto where = Where::parse(text);
  if (where.ok()) return "";
  EXPECT_EQ(where.error().kind, base::ErrorKind::kSettings);
  EXPECT_EQ(where.error().reason, "invalid_where");
  return where.error().message;
}

void expect_true(const std::vector<const char*>& texts) {
  for (const char* text : texts) EXPECT_TRUE(matches(text)) << text;
}

void expect_false(const std::vector<const char*>& texts) {
  for (const char* text : texts) EXPECT_FALSE(matches(text)) << text;
}

TEST(Where, ComparesText) {
  expect_true({R"(department == "Sales")", R"(department != "sales")", R"(department ==~ "SALES")",
               R"(name ==~ "jÖRG MÜLLER")", R"(name !=~ "jorg muller")", R"(department < "Sat")",
               R"(department >= "Sales")", R"(org.cost == "4711")", R"(blank == "")",
               R"("@odata.type" ends_with ".user")", R"(odd."key.with dot" == 7)"});
  expect_false({R"(department == "sales")", R"(department != "Sales")", R"(department !=~ "SALES")",
                R"(department > "Sales")", R"(department ==~ "SAL")"});
}

TEST(Where, ComparesNumbersExactly) {
  expect_true({"size == 9007199254740993", "size != 9007199254740992", "size > 9007199254740992",
               "ratio == 0.5", "ratio <= 5e-1", "ratio > -1", "size > 0.5"});
  expect_false({"size == 9007199254740992", "ratio == 1", "department == 5", "department < 5"});
}

TEST(Where, ReadsNumbersThatTheSourceSendsAsTextWhenANumberIsAskedFor) {
  expect_true({"employeeId == 10442", "employeeId > 9999", R"(employeeId == "10442")",
               R"(size == "9007199254740993")"});
  expect_false({R"(employeeId > "9999")", "version > 10"});
}

TEST(Where, ComparesTimesAsTimes) {
  expect_true({R"(created == "2024-01-01T01:00:00+01:00")", R"(created >= "2024-01-01")",
               R"(local == "2024-01-01")", R"(local <= "2024-01-01T00:00:00Z")",
               R"(day == "2024-01-01T00:00:00Z")", R"(created < "2024-01-01T00:00:00.5Z")",
               R"(department > "2024-01-01")"});  // text, because one side is no time
  expect_false({R"(created > "2024-01-01")", R"(local > "2024-01-01")"});
}

TEST(Where, ComparesTruthValuesAlsoAsWords) {
  expect_true({"accountEnabled == true", "accountEnabled != false", "managed == false",
               R"(accountEnabled == "true")"});
  expect_false({"accountEnabled == false", "department == true", R"(accountEnabled == "yes")"});
}

TEST(Where, LetsMissingAndNullFailEveryComparisonButNotEqual) {
  for (const char* path : {"mail", "missing", "org.missing", "phones[7].number", "department.x"}) {
    const std::string field = path;
    EXPECT_TRUE(matches(field + " == null")) << path;
    EXPECT_TRUE(matches(field + R"( != "x")")) << path;
    EXPECT_TRUE(matches("not exists(" + field + ")")) << path;
    EXPECT_TRUE(matches(field + R"( in ["x", null])")) << path;
    for (const char* rest :
         {R"( == "x")", R"( < "x")", R"( >= "x")", R"( in ["x"])", R"( contains "")",
          R"( starts_with "")", R"( matches ".*")", " == false", " == 0", " != null"}) {
      EXPECT_FALSE(matches(field + rest)) << path << rest;
    }
  }
}

TEST(Where, AsksEveryElementOfAnArray) {
  expect_true({R"(tags == "HR")", R"(tags[] == "All")", R"(tags != "Sales")",
               R"(tags contains "ll")", R"(phones[].type == "work")", R"(phones[0].type == "work")",
               "numbers == 3", "numbers > 2", R"(tags in ["x", "HR"])", "numbers != 2",
               "exists(phones[].number)"});
  expect_false({R"(tags != "HR")", R"(tags == "H")", R"(phones.type == "work")", "numbers == 2"});
}

TEST(Where, TellsWhatExists) {
  expect_true({"exists(department)", "exists(blank)", "exists(tags)", "exists(org)",
               "exists(managed)", "exists( \"@odata.type\" )", R"(exists == "yes")",
               R"("in" == 5)"});
  expect_false({"exists(mail)", "exists(missing)", "exists(none)", "exists(none[])"});
}

TEST(Where, LooksIntoText) {
  expect_true({R"(department contains "ale")", R"(department starts_with "Sa")",
               R"(department ends_with "les")", R"(version matches "^\d+\.0\.")",
               R"(version matches "^\\d+")", R"(name matches "M.ller$")", R"(name contains "ü")",
               R"(size starts_with "9007")", R"(accountEnabled matches "^t")"});
  expect_false(
      {R"(department contains "ALE")", R"(department matches "^ales")", R"(org contains "4")"});
}

TEST(Where, BindsAndTighterThanOr) {
  expect_true({R"(department == "x" and managed == true or userType == "Member")",
               R"(userType == "Member" or department == "x" and managed == true)",
               R"(not managed == true and accountEnabled == true)",
               R"(not (managed == true or department == "x"))", "not not exists(department)"});
  expect_false({R"((userType == "Member" or department == "x") and managed == true)",
                R"(not (userType in ["Member"]))"});
}

TEST(Where, IsIndifferentToWhiteSpace) {
  expect_true({"department==\"Sales\"and(exists(tags))", "\t department\n==\r\n\"Sales\" ",
               R"(userType in["Member"])", R"(not(userType=="x"))"});
}

TEST(Where, HasTwoEscapesInText) {
  const json::Document record = json::Document::parse(R"({"a":"x\"y\\z","b":"\\d"})").value();
  EXPECT_TRUE(Where::parse(R"(a == "x\"y\\z")")->matches(record.root()));
  EXPECT_TRUE(Where::parse(R"(b == "\d")")->matches(record.root()));
}

TEST(Where, IsTrueWhenThereIsNone) {
  const json::Document record = json::Document::parse("{}").value();
  EXPECT_TRUE(Where().always());
  EXPECT_TRUE(Where().matches(record.root()));
  EXPECT_FALSE(Where::parse("a == 1")->always());
}

TEST(Where, NamesTheFieldsItNeeds) {
  const auto where = Where::parse(
      R"(org.cost == "1" and exists(phones[].type) or not (org.unit == "2") and "@odata.type" != null)");
  EXPECT_THAT(where->first_keys(), ElementsAre("org", "phones", "@odata.type"));
}

TEST(Where, CanBeClonedForAnotherThread) {
  const json::Document record = json::Document::parse(kRecord).value();
  const auto where = Where::parse(R"(not (name matches "x") and userType in ["Member"])");
  const Where copy = where->clone();
  EXPECT_EQ(copy.text(), where->text());
  EXPECT_TRUE(copy.matches(record.root()));
  EXPECT_TRUE(Where().clone().always());
}

TEST(Where, SaysAtWhichCharacterItStoppedUnderstanding) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"", "at character 1: expected a path"},
      {"  ", "at character 3: expected a path"},
      {"department", "at character 11: expected a comparison such as == \"value\" after the path"},
      {"department = \"x\"", "at character 12: unknown operator; write == for equal"},
      {"department eq 'x'", "at character 12: unknown operator; write =="},
      {"department is null", "at character 12: unknown operator; write =="},
      {"name like \"x\"", "at character 6: unknown operator; write contains or matches"},
      {"a not in [\"x\"]", "at character 3: unknown operator; write not ( ... ) around"},
      {"a =~ \"x\"", "at character 3: unknown operator; write matches"},
      {"a ? 1", "at character 3: expected one of == != ==~"},
      {"department == Sales", "at character 15: expected a value: text stands in double quotes"},
      {"department == 'Sales'", "at character 15: expected a value: text stands in double quotes"},
      {"größe == x", "at character 10: expected a value"},
      {"a ==", "at character 5: expected a value"},
      {"a == \"x", "at character 6: quote without end"},
      {"a == 1x", "at character 6: not a number"},
      {"a == 1e999", "at character 6: not a number"},
      {"a < true", "at character 3: true, false and null have no order; write == or !=, not <"},
      {"a contains 5", "at character 12: contains needs text in double quotes"},
      {"a ==~ null", "at character 7: ==~ needs text in double quotes"},
      {"a in \"x\"", "at character 6: expected a list such as [\"a\", \"b\"] after in"},
      {"a in [\"x\" \"y\"]", "at character 11: expected ',' or ']' in the list"},
      {"a in []", "at character 7: expected a value"},
      {"(a == 1", "at character 8: expected ')'"},
      {"a == 1)", "at character 7: ')' without '('"},
      {"a == 1 && b == 2", "at character 8: expected and, or, or the end; write and"},
      {"a == 1 b == 2", "at character 8: expected and, or, or the end"},
      {"a == 1 and", "at character 11: expected a path"},
      {"!exists(a)", "at character 1: write not instead of !"},
      {"exists(a", "at character 9: expected ')' after the path of exists"},
      {"a..b == 1", "at character 1: path \"a..b\": "},
      {"a[ == 1", "at character 2: '[' without ']'"},
      {"[0].a == 1", "at character 1: a path begins with a name"},
      {"a matches \"(\"", "at character 11: the pattern is not accepted: missing )"},
      {"a matches \"(?=x)\"", "at character 11: the pattern is not accepted: "},
      {"a matches \"\x1b(\"", "at character 11: the pattern is not accepted: missing ): \\x1B("},
      {"a == \"\xFF\"", "at character 1: the text is not UTF-8"},
  };
  for (const auto& [text, message] : cases) EXPECT_THAT(refusal(text), StartsWith(message)) << text;
}

TEST(Where, LimitsNestingLengthAndPatterns) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "a == 1" + std::string(depth, ')');
  };
  EXPECT_EQ(refusal(nested(32)), "");
  EXPECT_THAT(refusal(nested(33)), HasSubstr("nested deeper than 32 levels"));
  std::string negations;
  for (int i = 0; i < 1000; ++i) negations += "not ";
  EXPECT_THAT(refusal(negations + "a == 1"), HasSubstr("nested deeper than 32 levels"));
  EXPECT_THAT(refusal("a == \"" + std::string(10'000, 'x') + "\""),
              HasSubstr("longer than 10000 bytes"));
  EXPECT_THAT(refusal(R"(a matches "((a{100}){100}){100}")"),
              HasSubstr("the pattern is not accepted"));
  std::string chain = "a == 1";
  while (chain.size() < 9'900) chain += " or a == 1";
  EXPECT_EQ(refusal(chain), "");
}

TEST(Where, AnswersAPatternThatMakesOthersHang) {
  const json::Document record =
      json::Document::parse("{\"a\":\"" + std::string(100'000, 'a') + "\"}").value();
  EXPECT_FALSE(Where::parse(R"(a matches "(a+)+b")")->matches(record.root()));
}

TEST(Where, SurvivesTruncationAtEveryByte) {
  const std::string text =
      R"(not (größe in ["a", 1, null]) and x."y z"[0] ==~ "\"q" or exists(b[]) and c matches "[a-z]+")";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto where = Where::parse(std::string_view(text).substr(0, length));
    EXPECT_TRUE(where.ok() || where.error().message.starts_with("at character ")) << length;
  }
  EXPECT_EQ(refusal(text), "");
}

TEST(Where, LooksAtEveryMemberAndAtElementsByTheirMember) {
  expect_true({R"(by_source.*[] == "x")", R"(by_source.*[] starts_with "env:")",
               R"(extra[name=Battery Cycle].values[] == "31")",
               R"(extra[name="A]B"].values[] == "7")",
               R"(not exists(extra[name=Other].values[]))"});
  EXPECT_FALSE(matches(R"(by_source.*[] == "y")"));
  EXPECT_THAT(refusal("a* == 1"), HasSubstr("at character 2"));
  EXPECT_THAT(refusal("a[name=\"x] == 1"), HasSubstr("'[' without ']'"));
}

}  // namespace
}  // namespace muster::catalogue
