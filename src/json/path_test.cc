#include "json/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::json {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> values(std::string_view path, const std::string& text) {
  const Document document = *Document::parse(text);
  const base::Result<Path> parsed = Path::parse(path);
  EXPECT_TRUE(parsed.ok()) << path;
  std::vector<std::string> found;
  parsed->each(document.root(), [&](const Value& value) { found.emplace_back(value.text()); });
  const Value* first = parsed->first(document.root());
  EXPECT_EQ(first == nullptr, found.empty()) << path;
  if (first != nullptr) {
    EXPECT_EQ(first->text(), found.front()) << path;
  }
  return found;
}

std::string problem(std::string_view path) { return Path::parse(path).error().message; }

TEST(Path, FindsKeysIndexesAndElements) {
  EXPECT_THAT(values("a.b", R"({"a":{"b":"x"}})"), ElementsAre("x"));
  EXPECT_THAT(values("a[1].b", R"({"a":[{"b":"x"},{"b":"y"}]})"), ElementsAre("y"));
  EXPECT_THAT(values("a[].b", R"({"a":[{"b":"x"},{},{"b":"y"}]})"), ElementsAre("x", "y"));
  EXPECT_THAT(values("\"a.b\"", R"({"a.b":"x"})"), ElementsAre("x"));
  EXPECT_THAT(values("a.b", R"({"a":["b"]})"), IsEmpty());
}

TEST(Path, FindsEveryMemberOfAnObject) {
  const std::string tags = R"({"tags":{"Agent":["a","b"],"Chef":[],"AWS":["c"]}})";
  EXPECT_THAT(values("tags.*[]", tags), ElementsAre("a", "b", "c"));
  EXPECT_THAT(values("*.x", R"({"a":{"x":1},"b":2,"c":{"x":3}})"), ElementsAre("1", "3"));
  EXPECT_THAT(values("\"*\"", R"({"*":"star","b":"no"})"), ElementsAre("star"));
  EXPECT_TRUE(Path::parse("tags.*")->is_plural());
}

TEST(Path, FindsElementsByAMember) {
  const std::string list =
      R"({"list":[{"name":"Asset Tag","values":["1"]},{"name":"A]B","values":["2","3"]},)"
      R"({"id":7,"values":["4"]}]})";
  EXPECT_THAT(values("list[name=Asset Tag].values[]", list), ElementsAre("1"));
  EXPECT_THAT(values("list[name=\"A]B\"].values[]", list), ElementsAre("2", "3"));
  EXPECT_THAT(values("list[id=7].values[]", list), ElementsAre("4"));
  EXPECT_THAT(values("list[name=Other].values[]", list), IsEmpty());
  const std::string groups =
      R"({"groups":[{"id":1,"smart":true},{"id":2,"smart":false},{"id":3,"smart":true}]})";
  EXPECT_THAT(values("groups[smart=true].id", groups), ElementsAre("1")) << "one value";
  EXPECT_THAT(values("groups[][smart=true].id", groups), ElementsAre("1", "3"));
  EXPECT_THAT(values("groups[1][smart=true].id", groups), IsEmpty());
  EXPECT_FALSE(Path::parse("list[name=Asset Tag].value")->is_plural());
  EXPECT_EQ(Path::parse("list[name=x].value")->first_key(), "list");
}

TEST(Path, NamesItsKeysWhenItIsNothingElse) {
  EXPECT_THAT(Path::parse("a.\"b.c\"")->names(), ElementsAre("a", "b.c"));
  EXPECT_THAT(Path::parse("a[].b")->names(), IsEmpty());
  EXPECT_THAT(Path::parse("a.*")->names(), IsEmpty());
}

TEST(Path, KnowsWhetherItShowsWhatStandsAtAnother) {
  using Overlap = Path::Overlap;
  const auto overlap = [](const char* one, const char* other) {
    return Path::parse(one)->overlap(*Path::parse(other));
  };
  EXPECT_EQ(overlap("a.b", "a.b"), Overlap::kWithin);
  EXPECT_EQ(overlap("a[].b[0].c", "a.b"), Overlap::kWithin);  // whichever element
  EXPECT_EQ(overlap("a[name=x].b", "a[].b"), Overlap::kWithin);
  EXPECT_EQ(overlap("a", "a.b"), Overlap::kHolds);
  EXPECT_EQ(overlap("a.*", "a.b"), Overlap::kMaybe);
  EXPECT_EQ(overlap("*", "a.b"), Overlap::kMaybe);
  EXPECT_EQ(overlap("a.c", "a.*"), Overlap::kWithin);
  EXPECT_EQ(overlap("a.c", "a.b"), Overlap::kNone);
  EXPECT_EQ(overlap("b", "a.b"), Overlap::kNone);
}

TEST(Path, SaysWhatItCannotRead) {
  EXPECT_THAT(problem("a["), HasSubstr("'[' without ']' at position 2"));
  EXPECT_THAT(problem("a[=x]"), HasSubstr("a name is missing before '='"));
  EXPECT_THAT(problem("a[x]"), HasSubstr("not an index"));
  EXPECT_THAT(problem("a..b"), HasSubstr("a name is missing"));
  EXPECT_THAT(problem("a."), HasSubstr("a name is missing after '.'"));
}

}  // namespace
}  // namespace muster::json
