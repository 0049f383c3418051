#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace muster::base {
namespace {

using namespace std::string_view_literals;
using namespace std::chrono_literals;

TEST(Printable, KeepsOrdinaryTextOfAnyLanguage) {
  EXPECT_EQ(printable("Zoë \"x\" C:\\y \u65e5\u672c \U0001F600"),
            "Zoë \"x\" C:\\y \u65e5\u672c \U0001F600");
}

TEST(Printable, EscapesWhatCouldDeceive) {
  EXPECT_EQ(printable("a\nb\rc\td\x1b[0m\0\x7F"sv), "a\\nb\\rc\\td\\x1B[0m\\x00\\x7F");
  EXPECT_EQ(printable("\u202e\u2066\u200f\u0085\ufeff\u2028"),
            "\\u202e\\u2066\\u200f\\u0085\\ufeff\\u2028");
  EXPECT_EQ(printable("a\xFF\xC3"), "a\\xFF\\xC3");
}

TEST(Printable, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(printable("0123456789", 10), "0123456789");
  EXPECT_EQ(printable("0123456789a", 10), "0123456...");
  EXPECT_EQ(printable("012345é789a", 10), "012345...");
  EXPECT_EQ(printable(std::string(500, 'x')).size(), 200u);
  EXPECT_EQ(printable("abc", 0), "...");
}

TEST(Utf8, AcceptsExactlyWhatTheStandardDoes) {
  for (const char* good :
       {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "twelve chars\xC3\xA9"}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "eight...\xFF"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
  }
}

TEST(Utf8, RepairsEachInvalidByte) {
  std::string text = "J\xF6rg \xC3\xB6 \xE2\x82";
  EXPECT_EQ(repair_utf8(text), 3u);
  EXPECT_EQ(text, "J\uFFFDrg ö \uFFFD\uFFFD");
  EXPECT_EQ(repair_utf8(text), 0u);
}

WallTime time(int year, unsigned month, unsigned day, std::chrono::microseconds clock = 0us) {
  return std::chrono::sys_days{std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(day)} +
         clock;
}

TEST(Utc, FormatsMilliseconds) {
  EXPECT_EQ(format_utc(time(2026, 11, 23, 3h + 123'999us)), "2026-11-23T03:00:00.123Z");
  EXPECT_EQ(format_utc(time(1, 1, 1)), "0001-01-01T00:00:00.000Z");
  EXPECT_EQ(format_utc(time(1969, 12, 31, 24h - 1us)), "1969-12-31T23:59:59.999Z");
}

TEST(Utc, ParsesEveryFormOfTheStandard) {
  const WallTime expected = time(2026, 11, 23, 3h + 4min + 5s);
  EXPECT_EQ(parse_utc("2026-11-23T03:04:05Z"), expected);
  EXPECT_EQ(parse_utc("2026-11-23 03:04:05z"), expected);
  EXPECT_EQ(parse_utc("2026-11-23t05:34:05+02:30"), expected);
  EXPECT_EQ(parse_utc("2026-11-22T23:04:05-04:00"), expected);
  EXPECT_EQ(parse_utc("2026-11-23T03:04:05.1Z"), expected + 100ms);
  EXPECT_EQ(parse_utc("2026-11-23T03:04:05.123456789Z"), expected + 123456us);
  EXPECT_EQ(parse_utc("2016-12-31T23:59:60Z"), time(2017, 1, 1));
  EXPECT_EQ(parse_utc("0001-01-01T00:00:00Z"), time(1, 1, 1));
  EXPECT_EQ(parse_utc("9999-12-31T23:59:59.999999Z"), time(9999, 12, 31, 24h - 1us));
  EXPECT_EQ(parse_utc("2024-02-29T00:00:00Z"), time(2024, 2, 29));
}

TEST(Utc, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "2026-11-23", "2026-11-23T03:04:05", "2026-11-23T03:04Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T03:60:05Z",
        "2026-11-23T03:04:61Z", "2026-11-23T03:04:05.Z", "2026-11-23T03:04:05.1234567890Z",
        "2026-11-23T03:04:05+24:00", "2026-11-23T03:04:05+0100", "2026-11-23T03:04:05Z ",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "+026-11-23T03:04:05Z"}) {
    EXPECT_FALSE(parse_utc(bad).has_value()) << bad;
  }
}

TEST(Numbers, AreReadableInMessages) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(5412), "5,412");
  EXPECT_EQ(with_thousands(std::numeric_limits<std::uint64_t>::max()),
            "18,446,744,073,709,551,615");
  EXPECT_EQ(count_of(1, "user"), "1 user");
  EXPECT_EQ(count_of(0, "user"), "0 users");
  EXPECT_EQ(count_of(5412, "entry", "entries"), "5,412 entries");
}

TEST(Numbers, FormatDurations) {
  EXPECT_EQ(format_duration(0ns), "0 ms");
  EXPECT_EQ(format_duration(-5s), "0 ms");
  EXPECT_EQ(format_duration(850ms), "850 ms");
  EXPECT_EQ(format_duration(999'600us), "1.0 s");
  EXPECT_EQ(format_duration(7500ms), "7.5 s");
  EXPECT_EQ(format_duration(59'949ms), "59.9 s");
  EXPECT_EQ(format_duration(59'950ms), "1 min 0 s");
  EXPECT_EQ(format_duration(125s), "2 min 5 s");
  EXPECT_EQ(format_duration(3599s + 500ms), "1 h 0 min");
  EXPECT_EQ(format_duration(64min), "1 h 4 min");
  EXPECT_EQ(format_duration(100h), "100 h 0 min");
}

TEST(Numbers, FormatBytes) {
  EXPECT_EQ(format_bytes(812), "812 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(4'613'734), "4.4 MiB");
  EXPECT_EQ(format_bytes((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Numbers, ParseDurations) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("6h"), 6h);
  EXPECT_EQ(parse_duration("7d"), 7 * 24h);
  for (const char* bad :
       {"", "7", "d", "-1s", "1.5h", "1 h", "1h30m", "7w", "+1s", "999999999999d"}) {
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  }
}

TEST(Numbers, ParseOnlyWholeTexts) {
  EXPECT_EQ(parse_int("-42"), -42);
  EXPECT_EQ(parse_int("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_double("-1.5e3"), -1500.0);
  for (const char* bad : {"", "1x", " 1", "1 ", "+1", "0x10", "9223372036854775808", "nan"}) {
    EXPECT_FALSE(parse_int(bad).has_value()) << bad;
  }
  for (const char* bad : {"", "1x", "nan", "inf", "-inf", "1e400"}) {
    EXPECT_FALSE(parse_double(bad).has_value()) << bad;
  }
}

TEST(Closest, FindsTypingSlips) {
  const std::vector<std::string> words = {"users", "groups", "group_members", "displayName", "id"};
  EXPECT_EQ(closest("user", words), "users");
  EXPECT_EQ(closest("gruops", words), "groups");
  EXPECT_EQ(closest("displayname", words), "displayName");
  EXPECT_EQ(closest("group_member", words), "group_members");
  EXPECT_EQ(closest("devices", words), std::nullopt);
  EXPECT_EQ(closest("xy", words), std::nullopt);
  EXPECT_EQ(closest("", words), std::nullopt);
}

TEST(Words, SplitAndTrim) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split("a,", ','), (std::vector<std::string_view>{"a", ""}));
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Words, BecomeSnakeCase) {
  EXPECT_EQ(snake_case("displayName"), "display_name");
  EXPECT_EQ(snake_case("Display Name"), "display_name");
  EXPECT_EQ(snake_case("mail-enabled"), "mail_enabled");
  EXPECT_EQ(snake_case("already_snake"), "already_snake");
  EXPECT_EQ(snake_case("employeeID"), "employee_id");
  EXPECT_EQ(snake_case("userSKUName"), "user_sku_name");
  EXPECT_EQ(snake_case("extensionAttribute15"), "extension_attribute15");
  EXPECT_EQ(snake_case("  (Owner's) E-Mail  "), "owner_s_e_mail");
  EXPECT_EQ(snake_case("größeName"), "größe_name");
  EXPECT_EQ(snake_case(""), "");
}

TEST(Words, CompareWithoutAsciiCase) {
  EXPECT_TRUE(equals_ignoring_case("Retry-After", "retry-AFTER"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_FALSE(equals_ignoring_case("É", "é"));
  EXPECT_EQ(to_lower_ascii("ABC é É [`"), "abc é É [`");
}

// Vectors of https://www.rfc-editor.org/rfc/rfc4648#section-10
TEST(Base64, EncodesTheExamplesOfTheStandard) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("\xFB\xFF"), "-_8");
  EXPECT_EQ(hex_encode("\x01\xAB\xFF"), "01abff");
}

TEST(Base64, DecodesOnlyItsOneForm) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes += static_cast<char>(byte);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  }
  EXPECT_EQ(base64url_decode(""), "");
  for (const char* bad : {"A", "Zg==", "Zh", "+/8", "Zm8 ", "Zm\n8", "é"}) {
    EXPECT_FALSE(base64url_decode(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace muster::base
