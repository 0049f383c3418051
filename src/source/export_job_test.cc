// Lists that a source prepares as a file, through the listing that reads them.
#include "source/listing.h"
#include "source/test_support.h"
#include "source/test_zip.h"

namespace muster::source::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const base::Stop kNoStop;

catalogue::Request export_request() {
  catalogue::Request request = small_request("/jobs");
  request.records = {};
  request.paging = {.strategy = catalogue::Paging::Strategy::kExportJob};
  request.paging.export_job = {.body = R"({"report":"apps"})",
                               .id = path("id"),
                               .look = "/jobs('{key}')",
                               .status = path("status"),
                               .done = "completed",
                               .failed = "failed",
                               .url = path("url"),
                               .poll = 5s,
                               .give_up = 60s,
                               .attempts = 2};
  return request;
}

// A service that has its file ready at the second look.
struct Service {
  std::string file = zip_of("key\r\na\r\nb\r\nc\r\n");
  std::string first_status = "inProgress", last_status = "completed";
  int jobs = 0, looks = 0;

  Result<net::Response> operator()(const net::Request& request) {
    if (request.method == "POST") {
      looks = 0;
      return answer(201, fmt::format(R"({{"id":"job {}","status":"notStarted"}})", ++jobs));
    }
    if (request.url.starts_with("https://files.test/")) return answer(200, file, {});
    const bool first = looks++ == 0;
    return answer(200, fmt::format(R"({{"id":"x","status":"{}","url":{}}})",
                                   first ? first_status : last_status,
                                   first ? "null" : "\"https://files.test/x.zip?sig=s\""));
  }
};

struct Outcome {
  std::vector<std::string> keys;
  std::optional<Complete> complete;
  std::optional<base::Error> error;
};

Outcome read_all(Rig& rig, std::uint64_t limit = 0) {
  const catalogue::Request request = export_request();
  Listing listing(rig.open(),
                  {.request = &request, .name = "apps", .limit = limit, .key = path("key")});
  Outcome outcome;
  for (;;) {
    auto step = listing.next(kNoStop);
    if (!step.ok()) {
      outcome.error = step.error();
      return outcome;
    }
    if (const Page* page = std::get_if<Page>(&*step)) {
      for (const json::Value& record : page->records) {
        outcome.keys.emplace_back(record.find("key")->text());
      }
    } else if (Complete* complete = std::get_if<Complete>(&*step)) {
      outcome.complete = std::move(*complete);
      return outcome;
    }
  }
}

TEST(ExportJob, IsAskedForLookedAtAndFetched) {
  Rig rig{Service()};
  const Outcome outcome = read_all(rig);
  ASSERT_TRUE(outcome.complete) << outcome.error->text();
  EXPECT_THAT(outcome.keys, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(outcome.complete->is_whole());
  EXPECT_EQ(outcome.complete->records(), 3U);
  ASSERT_EQ(rig.client.requests().size(), 4U);
  EXPECT_EQ(rig.client.requests()[0].body, R"({"report":"apps"})");
  EXPECT_EQ(rig.client.requests()[1].url, "https://api.test/v1/jobs('job%201')");
}

TEST(ExportJob, GivesNoCredentialToWhereTheFileLies) {
  Rig rig{Service()};
  ASSERT_TRUE(read_all(rig).complete);
  const net::Request& fetch = rig.client.requests().back();
  EXPECT_EQ(fetch.url, "https://files.test/x.zip?sig=s");
  EXPECT_TRUE(fetch.bearer.empty());
  EXPECT_TRUE(fetch.headers.empty());
  EXPECT_FALSE(rig.client.requests()[0].bearer.empty());
}

TEST(ExportJob, IsAskedForAgainWhenItFailsOrHangs) {
  for (const std::string status : {"failed", "inProgress"}) {
    Rig rig{Service{.last_status = status}};
    const Outcome outcome = read_all(rig);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->reason, "source_incomplete");
    EXPECT_EQ(outcome.error->where, "apps");
    const auto posts = std::ranges::count(rig.client.requests(), "POST", &net::Request::method);
    EXPECT_EQ(posts, 2);
  }
}

TEST(ExportJob, FailsWithADamagedFile) {
  Service service;
  service.file[service.file.size() / 3] ^= 1;
  Rig rig(service);
  const Outcome outcome = read_all(rig);
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->message, HasSubstr("cannot be unpacked"));
  EXPECT_FALSE(outcome.complete);
}

TEST(ExportJob, StopsAtALimit) {
  Rig rig{Service()};
  const Outcome two = read_all(rig, 2);
  EXPECT_THAT(two.keys, ElementsAre("a", "b"));
  EXPECT_FALSE(two.complete->is_whole());
  Rig again{Service()};
  EXPECT_TRUE(read_all(again, 3).complete->is_whole());
}

}  // namespace
}  // namespace muster::source::test
