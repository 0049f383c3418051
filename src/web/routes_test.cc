#include "web/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::web {
namespace {

using testing::HasSubstr;

class RoutesTest : public testing::Test {
 protected:
  net::ServerResponse ask(const std::string& method, const std::string& target) {
    return Routes({.ready = [this] { return ready_; },
                   .api =
                       [](const net::ServerRequest& request) {
                         return net::ServerResponse{.status = 299, .body = request.target};
                       },
                   .page =
                       [](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
                     if (!request.target.starts_with("/sign-in/")) return std::nullopt;
                     return net::ServerResponse{.status = 298, .body = request.target};
                   }})
        .answer({.method = method, .target = target});
  }

  static std::string header(const net::ServerResponse& response, std::string_view name) {
    for (const net::Header& header : response.headers) {
      if (header.name == name) return header.value;
    }
    return "";
  }

  base::Status ready_;
};

TEST_F(RoutesTest, SaysThatItLives) {
  ready_ = base::Error{base::ErrorKind::kUnavailable, "store_unavailable", "The disk is full."};
  const net::ServerResponse response = ask("GET", "/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "application/json");
}

TEST_F(RoutesTest, SaysWhetherItCanDoItsWorkAndWhyNot) {
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  ready_ = base::Error{base::ErrorKind::kUnavailable, "store_unavailable", "The \"disk\" is full."};
  const net::ServerResponse response = ask("GET", "/readyz?verbose");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Content-Type"), "application/problem+json");
  EXPECT_THAT(response.body, HasSubstr(R"("code":"store_unavailable")"));
  EXPECT_THAT(response.body, HasSubstr(R"(The \"disk\" is full.)"));
}

TEST_F(RoutesTest, AnswersNothingElse) {
  for (const std::string target : {"/", "/healthz/", "/api", "*", ""}) {
    EXPECT_EQ(ask("GET", target).status, 404) << target;
  }
  const net::ServerResponse refused = ask("POST", "/healthz");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(header(refused, "Allow"), "GET, HEAD");
}

TEST_F(RoutesTest, LeavesTheRestToTheApiAndThePages) {
  EXPECT_EQ(ask("GET", "/api/v1/runs?limit=1").status, 299);
  EXPECT_EQ(ask("GET", "/sign-in/oidc").status, 298);
}

TEST_F(RoutesTest, ThePageOfTheFirstStartRunsNothingButItsOwnScript) {
  const net::ServerResponse page = ask("GET", "/set-up");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("script-src 'self'"));
  EXPECT_THAT(page.body, HasSubstr("src=\"/set-up.js\""));
  EXPECT_EQ(header(ask("GET", "/set-up.js"), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(ask("POST", "/set-up").status, 405);
}

TEST_F(RoutesTest, MakesNoAnswerThatMayBeKeptOrFramed) {
  for (const std::string target : {"/healthz", "/readyz", "/nothing", "/set-up"}) {
    const net::ServerResponse response = ask("GET", target);
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(header(response, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  }
}

}  // namespace
}  // namespace muster::web
