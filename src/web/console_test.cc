#include "web/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::web {
namespace {

using testing::HasSubstr;

constexpr base::EmbeddedFile kFiles[] = {{"assets/index-1a2b.js", "run()"},
                                         {"index.html", "<main>the console</main>"}};

std::optional<net::ServerResponse> ask(const std::string& target, const std::string& accept,
                                       std::span<const base::EmbeddedFile> files = kFiles) {
  return console_answer(files,
                        {.method = "GET", .target = target, .headers = {{"Accept", accept}}});
}

std::string header(const net::ServerResponse& response, std::string_view name) {
  const std::string* value = net::find_header(response.headers, name);
  return value == nullptr ? "" : *value;
}

TEST(Console, GivesItsPageToBrowsersWhereverTheyGo) {
  for (const std::string target : {"/", "/sites/acme/importers/entra.v2", "/set-up?x=1"}) {
    const auto page = ask(target, "text/html,*/*;q=0.8");
    ASSERT_TRUE(page) << target;
    EXPECT_THAT(page->body, HasSubstr("the console"));
    EXPECT_EQ(header(*page, "Cache-Control"), "no-store");
    EXPECT_EQ(header(*page, "Content-Type"), "text/html; charset=utf-8");
  }
}

TEST(Console, LetsFilesWithAHashInTheirNameBeKept) {
  const auto script = ask("/assets/index-1a2b.js", "*/*");
  ASSERT_TRUE(script);
  EXPECT_EQ(script->body, "run()");
  EXPECT_THAT(header(*script, "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(header(*script, "Content-Type"), "text/javascript; charset=utf-8");
}

TEST(Console, GivesNoPageToProgramsNorForFilesThatAreNotThere) {
  EXPECT_FALSE(ask("/sites/acme", "application/json"));
  EXPECT_FALSE(ask("/assets/index-0000.js", "text/html"));
  EXPECT_FALSE(ask("*", "text/html"));
}

TEST(Console, RunsScriptsOfItsOwnOnly) {
  const std::string policy = header(*ask("/", "text/html"), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'self';"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
}

TEST(Console, SaysThatItWasNotBuilt) {
  const auto page = ask("/", "text/html", {});
  ASSERT_TRUE(page);
  EXPECT_THAT(page->body, HasSubstr("without its web console"));
}

}  // namespace
}  // namespace muster::web
