#include "json/writer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "base/text.h"

namespace muster::json {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

TEST(Writer, PutsCommasWhereTheyBelong) {
  std::string out;
  Writer writer(out);
  writer.begin_object()
      .key("id")
      .string("x")
      .key("tags")
      .begin_array()
      .string("a")
      .begin_array()
      .end_array();
  writer.begin_object()
      .end_object()
      .null()
      .end_array()
      .key("n")
      .number(std::int64_t{-5})
      .end_object();
  EXPECT_EQ(out, R"({"id":"x","tags":["a",[],{},null],"n":-5})");
}

TEST(Writer, AppendsToWhatIsThere) {
  std::string out = "before ";
  Writer(out).begin_array().boolean(true).boolean(false).raw("{\"a\":1e400}").end_array();
  EXPECT_EQ(out, R"(before [true,false,{"a":1e400}])");
}

TEST(Writer, WritesNumbers) {
  std::string out;
  Writer(out)
      .begin_array()
      .number(std::numeric_limits<std::int64_t>::min())
      .number(std::numeric_limits<std::uint64_t>::max())
      .real(2.0 / 3, 3)
      .real(-1, 0)
      .real(1e300, 1)
      .real(std::numeric_limits<double>::infinity(), 2)
      .real(std::numeric_limits<double>::quiet_NaN(), 2)
      .end_array();
  EXPECT_EQ(out, "[-9223372036854775808,18446744073709551615,0.667,-1," +
                     fmt::format("{:.1f}", 1e300) + ",null,null]");
  EXPECT_TRUE(Document::parse(out).ok());
}

TEST(Writer, EscapesWhatJsonAsksFor) {
  using namespace std::string_view_literals;
  EXPECT_EQ(escaped("\"\\/\b\f\n\r\t\0\x1F\x7F"sv), R"(\"\\/\b\f\n\r\t\u0000\u001f)"
                                                    "\x7F");
  EXPECT_EQ(escaped("Zoë \u2028 \U0001F600"), "Zoë \u2028 \U0001F600");
}

TEST(Writer, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(escaped("a\xFF\xC3"), "a\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escaped("\xC0\xAF"), "\uFFFD\uFFFD");
}

TEST(Writer, EscapesAtEveryPosition) {
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      text[at] = '"';
      const std::string expected =
          std::string(at, 'a') + "\\\"" + std::string(length - at - 1, 'a');
      EXPECT_EQ(escaped(text), expected);
    }
  }
}

TEST(Writer, AlwaysWritesTextThatReadsBack) {
  const auto random = base::make_seeded_random(7);
  constexpr std::string_view kInteresting =
      "\"\\\n\x01 aé\xFF\xC3\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0";
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random->below(30), '\0');
    for (char& c : text) {
      c = random->below(2) ? kInteresting[random->below(kInteresting.size())]
                           : static_cast<char>(random->next());
    }
    std::string out;
    append_quoted(out, text);
    auto document = Document::parse(out);
    ASSERT_TRUE(document.ok()) << out;
    EXPECT_EQ(document->repaired(), 0u);
    base::repair_utf8(text);
    EXPECT_EQ(document->root().text(), text);
  }
}

TEST(Pretty, IndentsForPeople) {
  auto document = Document::parse(R"({"a":[1,{"b":null}],"c":{},"d":[],"e":"x\ny"})");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(pretty(document->root()), R"({
  "a": [
    1,
    {
      "b": null
    }
  ],
  "c": {},
  "d": [],
  "e": "x\ny"
})");
}

#ifndef NDEBUG
TEST(WriterDeathTest, EndsTheProcessOnCrossedBrackets) {
  std::string out;
  EXPECT_DEATH(Writer(out).begin_object().end_array(), "closed by its own");
  EXPECT_DEATH(Writer(out).begin_array().key("a"), "only an object has keys");
}
#endif

}  // namespace
}  // namespace muster::json
