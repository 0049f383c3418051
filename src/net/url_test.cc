#include "net/url.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace muster::net {
namespace {

using base::ErrorKind;

TEST(Url, IsTakenApart) {
  const auto url = parse_url("HTTPS://user:pw@Graph.Example:8443/v1.0/Users?$top=5&a=b?c");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user_info, "user:pw");
  EXPECT_EQ(url->host, "graph.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/v1.0/Users");
  EXPECT_EQ(url->query, "$top=5&a=b?c");
}

TEST(Url, HasTheDefaultsOfItsScheme) {
  EXPECT_EQ(parse_url("https://a")->port, 443);
  EXPECT_EQ(parse_url("http://a")->port, 80);
  EXPECT_EQ(parse_url("https://a")->path, "/");
  EXPECT_EQ(parse_url("https://a?b")->path, "/");
  EXPECT_EQ(parse_url("https://a?b")->query, "b");
  EXPECT_EQ(parse_url("https://[2001:DB8::1]:444/")->host, "2001:db8::1");
  EXPECT_EQ(parse_url("https://[::1]")->port, 443);
}

TEST(Url, IsRefusedWhenProgramsCouldReadItDifferently) {
  for (const std::string_view text : {"",
                                      "graph.example/x",
                                      "//graph.example/x",
                                      "ftp://a/",
                                      "file:///etc/passwd",
                                      "https://",
                                      "https:///x",
                                      "https://a b/",
                                      "https://a/\tb",
                                      "https://a/b\r\nHost: c",
                                      "https://a\\b/",
                                      "https://a:0/",
                                      "https://a:65536/",
                                      "https://a:+443/",
                                      "https://a:44x/",
                                      "https://a:/",
                                      "https://a:1:2/",
                                      "https://[::1/",
                                      "https://[::1]x/",
                                      "https://[a.example]/",
                                      "https://a%2eb/",
                                      "https://\xc3\xa4.example/",
                                      "https://a/#fragment",
                                      "https://a,b/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::kSettings);
  }
  EXPECT_FALSE(parse_url(std::string_view("https://a/\0b", 12)).ok());
}

TEST(Url, ErrorShowsNeitherQueryNorUserInfo) {
  const std::string message = parse_url("https://me:secret@a b/x?token=abc").error().message;
  EXPECT_EQ(message.find("secret"), message.npos);
  EXPECT_EQ(message.find("abc"), message.npos);
}

struct LinkCase {
  std::string_view link;
  std::string_view difference;  // empty: allowed
};

TEST(NextLink, MayGetTheCredentialOnlyAtTheOriginItWasIssuedFor) {
  constexpr std::string_view kBase = "https://graph.example/v1.0";
  const LinkCase cases[] = {
      {"https://graph.example/v1.0/users?$skiptoken=x%2F..%2F..", ""},
      {"https://graph.example/v1.0", ""},
      {"https://graph.example/v1.0?x=/../", ""},
      {"https://GRAPH.Example/v1.0/users", ""},
      {"https://graph.example:443/v1.0/users", ""},
      {"https://graph.example/v1.0/a..b/...", ""},
      {"http://graph.example/v1.0/users", "http instead of https"},
      {"http://graph.example:443/v1.0/users", "http instead of https"},
      {"https://evil.example/v1.0/users", "another host (evil.example instead of graph.example)"},
      {"https://graph.example.evil/v1.0/users", "another host"},
      {"https://evilgraph.example/v1.0/users", "another host"},
      {"https://graph.example./v1.0/users", "another host"},
      {"https://graph.example:444/v1.0/users", "another port (444 instead of 443)"},
      {"http://evil.example:81/v1.0/users", "another host (evil.example instead of"},
      {"https://graph.example@evil.example/v1.0/users", "another host (evil.example instead of"},
      {"https://evil.example@graph.example/v1.0/users", "user name"},
      {"https://@evil.example/v1.0/users", "another host"},
      {"https://graph.example/v1.0/../beta/users", "'.' or '..'"},
      {"https://graph.example/v1.0/%2e%2e/beta", "'.' or '..'"},
      {"https://graph.example/v1.0/%2E./beta", "'.' or '..'"},
      {"https://graph.example/v1.0/..%2fbeta", "'.' or '..'"},
      {"https://graph.example/v1.0/..%5cbeta", "'.' or '..'"},
      {"https://graph.example/v1.0/..;x/beta", "'.' or '..'"},
      {"https://graph.example/v1.0/./users", "'.' or '..'"},
      {"https://graph.example/v1.0/..", "'.' or '..'"},
      {"https://graph.example/v1.0evil/users", "leaves the path"},
      {"https://graph.example/V1.0/users", "leaves the path"},
      {"https://graph.example/beta/users", "leaves the path"},
      {"https://graph.example/", "leaves the path"},
      {"https://graph.example\\@evil.example/v1.0", "cannot be understood"},
      {"https://graph.example/v1.0\\..\\beta", "cannot be understood"},
      {"https://evil.example#@graph.example/v1.0", "cannot be understood"},
      {"//graph.example/v1.0/users", "cannot be understood"},
      {"/v1.0/users", "cannot be understood"},
      {"", "cannot be understood"},
  };
  for (const LinkCase& one : cases) {
    SCOPED_TRACE(one.link);
    const base::Status verdict = check_same_origin(kBase, one.link);
    ASSERT_EQ(verdict.ok(), one.difference.empty());
    if (verdict.ok()) continue;
    EXPECT_EQ(verdict.error().kind, ErrorKind::kDenied);
    EXPECT_EQ(verdict.error().reason, "foreign_link");
    EXPECT_NE(verdict.error().message.find(one.difference), std::string::npos)
        << verdict.error().message;
  }
}

TEST(NextLink, IsRefusedWithoutRepeatingBytesThatAreNoText) {
  const base::Status verdict =
      check_same_origin("https://graph.example/\xF3", "https://graph.example/v1.0");
  EXPECT_EQ(verdict.error().message,
            "The source sent a link that leaves the path /\\xF3; credentials are not sent there.");
}

TEST(NextLink, IsFreeBelowTheBasePath) {
  EXPECT_TRUE(check_same_origin("https://a/", "https://a/anything").ok());
  EXPECT_TRUE(check_same_origin("https://a", "https://a?page=2").ok());
  EXPECT_TRUE(check_same_origin("https://a/api/", "https://a/api/x").ok());
  EXPECT_FALSE(check_same_origin("https://a/api/", "https://a/api").ok());
  EXPECT_TRUE(check_same_origin("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x/y").ok());
  EXPECT_TRUE(check_same_origin("https://[::1]:1/x", "https://[::1]:1/x").ok());
}

TEST(Encoding, KeepsOnlyWhatIsSafeEverywhere) {
  EXPECT_EQ(base::percent_encode("aZ09-._~ +/?&=%\xc3\xa4"), "aZ09-._~%20%2B%2F%3F%26%3D%25%C3%A4");
  EXPECT_EQ(base::form_encode("a b+c&d"), "a+b%2Bc%26d");
}

TEST(Encoding, WithoutQueryIsFitForMessages) {
  EXPECT_EQ(without_query("https://u:p@a:1/b/c@d?e=f"), "https://a:1/b/c@d");
  EXPECT_EQ(without_query("https://a/b#c?d"), "https://a/b");
  EXPECT_EQ(without_query("nonsense?x"), "nonsense");
}

}  // namespace
}  // namespace muster::net
