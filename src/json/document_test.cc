#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

#include "json/value.h"
#include "json/writer.h"

namespace muster::json {
namespace {

using base::ErrorKind;

std::string compact(const Value& value) {
  std::string out;
  Writer(out).value(value);
  return out;
}

// The whole path: parsed and written again, or the kind of the error.
std::string read(std::string text, const Limits& limits = {}) {
  auto document = Document::parse(std::move(text), limits);
  if (!document.ok()) return std::string(to_string(document.error().kind));
  return compact(document->root());
}

std::string message_of(std::string text) {
  auto document = Document::parse(std::move(text));
  return document.ok() ? "no error" : document.error().message;
}

TEST(Document, GivesEveryKindOfValueBack) {
  const std::string text =
      R"({"null":null,"no":false,"yes":true,"number":-1.50e+3,"text":"Zoë","list":[1,[],{}],"":{}})";
  EXPECT_EQ(read(text), text);
}

TEST(Document, TellsKindsApart) {
  const auto document = Document::parse(R"([null,true,1,"1",[],{}])");
  ASSERT_TRUE(document.ok());
  const auto items = document->root().items();
  EXPECT_TRUE(items[0].is_null());
  EXPECT_TRUE(items[1].is_bool() && items[1].boolean());
  EXPECT_TRUE(items[2].is_number());
  EXPECT_TRUE(items[3].is_string());
  EXPECT_TRUE(items[4].is_array() && items[4].items().empty());
  EXPECT_TRUE(items[5].is_object() && items[5].members().empty());
  EXPECT_EQ(items[2].text(), "1");
  EXPECT_EQ(items[4].text(), "");
  EXPECT_FALSE(items[3].integer().has_value());
}

TEST(Document, AcceptsWhiteSpaceAndByteOrderMark) {
  EXPECT_EQ(read(" \t\r\n[ 1 ,\n2 ] \n"), "[1,2]");
  EXPECT_EQ(read("\xEF\xBB\xBF{\"a\":1}"), R"({"a":1})");
  EXPECT_EQ(read("17"), "17");
  EXPECT_EQ(read("\"x\""), "\"x\"");
}

TEST(Document, UnescapesText) {
  const auto document =
      Document::parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00|\u0000|")");
  ASSERT_TRUE(document.ok());
  using namespace std::string_view_literals;
  EXPECT_EQ(document->root().text(), "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80|\0|"sv);
}

TEST(Document, KeepsNumbersAsTheyWereWritten) {
  EXPECT_EQ(read("[9007199254740993,1e400,-0,0.1,1E-2,-0.0,123456789012345678901234567890]"),
            "[9007199254740993,1e400,-0,0.1,1E-2,-0.0,123456789012345678901234567890]");
}

TEST(Document, ReadsNumbersExactly) {
  const auto document = Document::parse(
      "[9007199254740993,-9223372036854775808,9223372036854775808,1.0,-0,0.1,1e400,1e-400,"
      "179769313486231570000000000000000000000]");
  ASSERT_TRUE(document.ok());
  const auto items = document->root().items();
  EXPECT_EQ(items[0].integer(), 9007199254740993);
  EXPECT_EQ(items[1].integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(items[2].integer(), std::nullopt);
  EXPECT_EQ(items[3].integer(), std::nullopt);
  EXPECT_EQ(items[3].real(), 1.0);
  EXPECT_EQ(items[4].integer(), 0);
  EXPECT_EQ(items[5].real(), 0.1);
  EXPECT_EQ(items[6].real(), std::nullopt);
  EXPECT_EQ(items[7].real(), 0.0);
  EXPECT_EQ(items[8].real(), 1.7976931348623157e38);
}

TEST(Document, RefusesWhatIsNotJson) {
  for (const char* text : {"",
                           " ",
                           "\xEF\xBB\xBF",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "'a'",
                           "nul",
                           "truex",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "NaN",
                           "Infinity",
                           "-",
                           "[1 2]",
                           "{\"a\" 1}",
                           "\"\t\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"a",
                           "// c\n1",
                           "1 /**/",
                           "[1}",
                           "]"}) {
    EXPECT_EQ(read(text), "malformed") << text;
  }
}

TEST(Document, RefusesASecondTextBehindTheFirst) {
  EXPECT_EQ(read("{}{}"), "malformed");
  EXPECT_EQ(read("[1]\n[2]"), "malformed");
  EXPECT_EQ(read("{} x"), "malformed");
  EXPECT_EQ(read(std::string("[]\0", 3)), "malformed");
  EXPECT_EQ(message_of("[1]\n[2]"),
            "The JSON text is unusable: more text after the end at byte 4.");
}

TEST(Document, RefusesATextCutOffAnywhere) {
  const std::string text = R"( {"a":[1,-2.5e3,"x\n\u00e9",true,false,null],"b":{"é":"ü"}})";
  ASSERT_EQ(read(text), R"({"a":[1,-2.5e3,"x\né",true,false,null],"b":{"é":"ü"}})");
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(read(text.substr(0, length)), "malformed") << text.substr(0, length);
  }
}

TEST(Document, SaysWhereTheErrorIs) {
  EXPECT_EQ(message_of("[1,x]"), "The JSON text is unusable: a syntax error at byte 3.");
  EXPECT_EQ(message_of("\xEF\xBB\xBF[1,x]"),
            "The JSON text is unusable: a syntax error at byte 6.");
  EXPECT_EQ(message_of("[1,2"), "The JSON text is unusable: cut off at byte 4.");
  EXPECT_EQ(message_of(""), "The JSON text is unusable: empty at byte 0.");
  EXPECT_EQ(message_of(" <!DOCTYPE html>"),
            "The JSON text is unusable: HTML or XML instead of JSON at byte 1.");
  EXPECT_EQ(Document::parse("[").error().reason, "source_protocol");
}

TEST(Document, RefusesOtherEncodings) {
  EXPECT_EQ(read(std::string("\xFF\xFE{\0}\0", 6)), "malformed");
  EXPECT_EQ(read(std::string("\xFE\xFF\0{\0}", 6)), "malformed");
  EXPECT_EQ(read(std::string("{\0}\0", 4)), "malformed");
}

TEST(Document, RefusesRawControlCharactersInText) {
  EXPECT_EQ(read(std::string("\"a\0b\"", 5)), "malformed");
  EXPECT_EQ(read("\"a\nb\""), "malformed");
}

TEST(Document, RepairsBytesThatAreNotUtf8) {
  auto document = Document::parse("{\"name\":\"J\xF6rg \xC3\xB6\xE2\x82\",\"\xFF\":1}");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->repaired(), 4u);
  EXPECT_EQ(compact(document->root()), "{\"name\":\"J\uFFFDrg ö\uFFFD\uFFFD\",\"\uFFFD\":1}");
  EXPECT_EQ(document->bytes(), 26u);
}

TEST(Document, RepairsLoneSurrogates) {
  auto document =
      Document::parse(R"(["\ud83d","\ude00","\ud83d\ud83d\ude00","\\ud83d","\uD83Dx","\ud83d\n"])");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->repaired(), 5u);
  EXPECT_EQ(compact(document->root()),
            "[\"\uFFFD\",\"\uFFFD\",\"\uFFFD\U0001F600\",\"\\\\ud83d\",\"\uFFFDx\",\"\uFFFD\\n\"]");
}

TEST(Document, RepairsOnlyInsideText) {
  EXPECT_EQ(read("[1,\xFF]"), "malformed");
  EXPECT_EQ(read("[\"\xFF\",1"), "malformed");
}

TEST(Document, CountsNoRepairsInAGoodText) {
  auto document = Document::parse("[\"\uFFFD \\ud83d\\ude00 é\"]");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->repaired(), 0u);
}

TEST(Document, LimitsNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(read(nested(64)), nested(64));
  EXPECT_EQ(read(nested(65)), "limit");
  EXPECT_EQ(read(nested(100'000)), "limit");
  std::string objects;
  for (int depth = 0; depth < 100'000; ++depth) objects += "{\"a\":";
  EXPECT_EQ(read(objects), "limit");
}

TEST(Document, LimitsBytes) {
  EXPECT_EQ(read("[1234567]", {.max_bytes = 9}), "[1234567]");
  EXPECT_EQ(read("[12345678]", {.max_bytes = 9}), "limit");
  std::string long_text(std::size_t{200} << 20, 'a');
  long_text.front() = long_text.back() = '"';
  EXPECT_EQ(read(std::move(long_text)), "limit");
}

TEST(Document, LimitsExponents) { EXPECT_EQ(read("[1e99999999999]"), "limit"); }

TEST(Document, LetsTheLastOfEqualKeysWin) {
  const auto document = Document::parse(R"({"a":1,"b":2,"a":3,"c":4,"b":{"x":1,"x":2}})");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().find("a")->text(), "3");
  EXPECT_EQ(compact(document->root()), R"({"a":3,"c":4,"b":{"x":2}})");
}

TEST(Document, SeesEqualKeysHoweverTheyWereEscaped) {
  EXPECT_EQ(read(R"({"a":1,"\u0061":2})"), R"({"a":2})");
}

TEST(Document, LetsTheLastOfEqualKeysWinInLargeObjects) {
  std::string text = "{";
  for (int copy = 0; copy < 2; ++copy) {
    for (int key = 0; key < 1000; ++key) text += fmt::format("\"key{}\":{},", key, key + copy);
  }
  text.back() = '}';
  const auto document = Document::parse(text);
  ASSERT_TRUE(document.ok());
  ASSERT_EQ(document->root().members().size(), 1000u);
  for (const Member& member : document->root().members()) {
    EXPECT_EQ(member.key, fmt::format("key{}", *member.value.integer() - 1));
  }
}

TEST(Document, FindsMembersWhereverTheyStand) {
  const auto document = Document::parse(R"([{"a":1,"b":2,"c":3},{"b":4,"c":5},{"c":6,"a":7},{}])");
  ASSERT_TRUE(document.ok());
  std::uint32_t hint = 0;
  std::string found;
  for (const Value& record : document->root().items()) {
    const Value* value = record.find("c", hint);
    found += value ? value->text() : "-";
  }
  EXPECT_EQ(found, "356-");
  EXPECT_EQ(document->root().items()[0].find("d"), nullptr);
  EXPECT_EQ(document->root().find("a"), nullptr);
  hint = 4'000'000'000;
  EXPECT_EQ(document->root().items()[0].find("a", hint)->text(), "1");
  EXPECT_EQ(hint, 0u);
}

TEST(Document, StaysValidWhenMoved) {
  auto document = std::move(Document::parse(R"(["ab"])")).value();
  const Value text = document.root().items()[0];
  const Document moved = std::move(document);
  EXPECT_EQ(text.text(), "ab");
  EXPECT_EQ(moved.root().items()[0].text(), "ab");
}

}  // namespace
}  // namespace muster::json
