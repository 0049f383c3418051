#include "net/http_framing.h"

#include <gtest/gtest.h>

#include <string>

#include "net/http_date.h"

namespace muster::net {
namespace {

using Outcome = HeadScanner::Outcome;

TEST(HeadScanner, FindsTheEndByteByByte) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string received = head + "body";
  HeadScanner scanner;
  for (std::size_t length = 0; length < head.size(); ++length) {
    ASSERT_EQ(scanner.scan(received.substr(0, length)), Outcome::kIncomplete) << length;
  }
  EXPECT_EQ(scanner.scan(received), Outcome::kComplete);
  EXPECT_EQ(scanner.length(), head.size());
}

TEST(HeadScanner, RefusesBareLineEndsAndControlBytesAtOnce) {
  for (const std::string_view text :
       {"GET / HTTP/1.1\n", "GET / HTTP/1.1\rH", "GET / HTTP/1.1\r\r\n", "\x16\x03", "GET /\x7f"}) {
    EXPECT_EQ(HeadScanner().scan(text), Outcome::kBad) << text;
  }
  EXPECT_EQ(HeadScanner().scan(std::string_view("GET\0", 4)), Outcome::kBad);
}

// The server's parser would refuse some of these as well; this is the promise without it.
TEST(CheckHead, AllowsOneReadingOnly) {
  const auto fault_in = [](std::string fields) {
    return check_head("POST / HTTP/1.1\r\n" + fields + "\r\n").value_or("");
  };
  EXPECT_EQ(fault_in("Host: a:80\r\nContent-Length: 007\r\n"), "");
  EXPECT_EQ(fault_in("host:[::1]\r\ntransfer-encoding:\tChunked \r\n"), "");
  EXPECT_NE(fault_in("Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"), "");
  EXPECT_NE(fault_in("Host: a\r\nContent-Length: 1\r\ncontent-length: 1\r\n"), "");
  EXPECT_NE(fault_in("Host: a\r\nContent-Length: 1 1\r\n"), "");
  EXPECT_NE(fault_in("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            "");
  EXPECT_NE(fault_in("Host: a\r\nTransfer-Encoding: xchunked\r\n"), "");
  EXPECT_NE(fault_in("Host: a\r\nTransfer-Encoding\t: chunked\r\n"), "");
  EXPECT_NE(fault_in("Host: a@b\r\n"), "");
  EXPECT_NE(fault_in("Host:\r\n"), "");
  EXPECT_NE(fault_in(""), "");
  EXPECT_NE(fault_in(" Host: a\r\n"), "");
}

TEST(FieldValue, CannotEndItsLine) {
  EXPECT_TRUE(is_field_value("a\tb \xc3\xa4"));
  EXPECT_FALSE(is_field_value("a\r\nB: c"));
  EXPECT_FALSE(is_field_value(std::string_view("\0", 1)));
  EXPECT_TRUE(is_token("DD-API-KEY"));
  EXPECT_FALSE(is_token("a b"));
  EXPECT_FALSE(is_token(""));
}

TEST(HttpDate, IsWrittenAsTheStandardSays) {
  const base::WallTime time = std::chrono::sys_days{std::chrono::November / 6 / 1994} +
                              std::chrono::hours(8) + std::chrono::minutes(49) +
                              std::chrono::milliseconds(37'900);
  EXPECT_EQ(format_http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace
}  // namespace muster::net
