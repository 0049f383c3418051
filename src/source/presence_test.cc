// Records that a list did not show, each asked for alone.
#include "source/presence.h"

#include "source/test_support.h"

namespace muster::source::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const base::Stop kNoStop;

catalogue::DataSet people() {
  catalogue::DataSet set;
  set.name = "people";
  set.request = small_request("/people");
  set.record.path = "/people/{key}";
  set.record.lane = "main";
  set.record.fields_parameter = "$select";
  set.record.fields_always = {"id"};
  return set;
}

// "b" was deleted, "c" must not be seen, "d" cannot be told at the moment.
net::Response tell(const net::Request& request) {
  if (request.url.find("/people/b?") != std::string::npos) return refusal(404, "NotFound");
  if (request.url.find("/people/c?") != std::string::npos) return refusal(403, "Denied");
  if (request.url.find("/people/d?") != std::string::npos) return refusal(400, "Expired");
  return answer(200, R"({"id":"x"})");
}

struct Source : Rig {
  Source() : Rig(tell) {
    using Meaning = catalogue::ErrorRule::Meaning;
    source.errors = {{.status = 404, .meaning = Meaning::kGone},
                     {.status = 403, .meaning = Meaning::kPermission},
                     {.status = 400, .code = "Expired", .meaning = Meaning::kRestart}};
  }
};

TEST(Presence, CountsWhatTheSourceHasAndAsksForNothingButTheKey) {
  Source rig;
  const std::vector<std::string> keys = {"a", "b", "e/f"};
  EXPECT_EQ(count_present(rig.open(), people(), keys, kNoStop).value(), 2u);
  EXPECT_THAT(rig.client.urls(), ElementsAre("https://api.test/v1/people/a?$select=id",
                                             "https://api.test/v1/people/b?$select=id",
                                             "https://api.test/v1/people/e%2Ff?$select=id"));
}

TEST(Presence, IsNotDeniedByARefusal) {
  Source rig;
  const auto counted =
      count_present(rig.open(), people(), std::vector<std::string>{"b", "c"}, kNoStop);
  ASSERT_FALSE(counted.ok());
  EXPECT_EQ(counted.error().reason, "source_permission");
  EXPECT_THAT(counted.error().text(), HasSubstr("people: record c"));
}

TEST(Presence, TakesNoAnswerForOneAboutAList) {
  Source rig;
  const auto counted = count_present(rig.open(), people(), std::vector<std::string>{"d"}, kNoStop);
  ASSERT_FALSE(counted.ok());
  EXPECT_EQ(counted.error().reason, "source_protocol");
}

TEST(Presence, AsksForNothingButOneRecord) {
  Source rig;
  const auto counted = count_present(rig.open(), people(), std::vector<std::string>{".."}, kNoStop);
  ASSERT_FALSE(counted.ok());
  EXPECT_EQ(counted.error().reason, "source_protocol");
  EXPECT_TRUE(rig.client.requests().empty());
}

}  // namespace
}  // namespace muster::source::test
