#include "source/read_ahead.h"

#include "source/listing.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using base::ErrorKind;
using ::testing::ElementsAre;
using ::testing::SizeIs;

const base::Stop kNoStop;
constexpr const char* kFirst = "https://api.test/v1/users?$top=999&$select=id";
constexpr const char* kLink = "https://api.test/v1/users?$skiptoken=";

// A page with one record, its link before it.
std::string page(std::string_view id, const std::string& next) {
  const std::string link = next.empty() ? "" : "\"@odata.nextLink\":\"" + next + "\",";
  return fmt::format(R"({{"@odata.context":"c",{}"value":[{{"id":"{}"}}]}})", link, id);
}

// A list of `count` pages: the first has record "0" and leads to token 1, and so on.
net::Response numbered_page(const net::Request& request, int count) {
  const std::string token = parameter(request.url, "$skiptoken");
  const int at = token.empty() ? 0 : std::stoi(token);
  return answer(200, page(std::to_string(at),
                          at + 1 < count ? kLink + std::to_string(at + 1) : std::string()));
}

struct Outcome {
  std::vector<std::string> ids;
  std::optional<Complete> complete;
  std::optional<base::Error> error;
  base::Duration took{0};
};

Outcome read_all(Rig& rig, std::uint64_t limit = 0) {
  rig.client.latency = 80ms;
  rig.client.body_time = 20ms;
  const catalogue::Request request = small_request();
  Listing listing(rig.open(), {.request = &request, .name = "users", .limit = limit});
  const base::Instant begun = rig.scheduler->now();
  Outcome outcome;
  while (!outcome.complete && !outcome.error) {
    auto step = listing.next(kNoStop);
    if (!step.ok()) {
      outcome.error = step.error();
    } else if (const Page* page = std::get_if<Page>(&*step)) {
      for (const json::Value& record : page->records) {
        outcome.ids.emplace_back(record.find("id")->text());
      }
    } else if (std::holds_alternative<Restart>(*step)) {
      outcome.ids.clear();
    } else {
      outcome.complete = std::get<Complete>(std::move(*step));
    }
  }
  outcome.took = rig.scheduler->now() - begun;
  return outcome;
}

TEST(ReadAhead, AsksForTheNextPageWhileThisOneIsStillArriving) {
  Rig rig([](const net::Request& request) { return numbered_page(request, 10); });
  const Outcome outcome = read_all(rig);
  ASSERT_TRUE(outcome.complete.has_value());
  EXPECT_TRUE(outcome.complete->is_whole());
  // The first page only shows that links come early; the last has to be awaited to its end.
  EXPECT_EQ(outcome.took, 10 * 80ms + 2 * 20ms);
  EXPECT_THAT(rig.client.requests(), SizeIs(10));
}

TEST(ReadAhead, HandsOutEveryPageOnceAndInOrderWhoeverGoesFirst) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Rig rig([](const net::Request& request) { return numbered_page(request, 6); }, seed);
    const Outcome outcome = read_all(rig);
    ASSERT_TRUE(outcome.complete.has_value()) << seed;
    ASSERT_THAT(outcome.ids, ElementsAre("0", "1", "2", "3", "4", "5")) << seed;
    ASSERT_THAT(rig.client.requests(), SizeIs(6)) << seed;
  }
}

TEST(ReadAhead, AsksForNothingBeyondALimit) {
  Rig rig([](const net::Request& request) { return numbered_page(request, 10); });
  const Outcome outcome = read_all(rig, 3);
  EXPECT_THAT(outcome.ids, ElementsAre("0", "1", "2"));
  EXPECT_THAT(rig.client.requests(), SizeIs(3));
}

TEST(ReadAhead, AcceptsNoPageBeforeTheOneBeforeItWasFoundGood) {
  Rig rig([](const net::Request& request) {
    net::Response page = numbered_page(request, 4);
    if (request.url == kLink + std::string("1")) page.body.resize(page.body.size() - 5);
    return page;
  });
  const Outcome outcome = read_all(rig);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->kind, ErrorKind::kMalformed);
  EXPECT_THAT(outcome.ids, ElementsAre("0"));
}

TEST(ReadAhead, DropsWhatItGuessedWrong) {
  int times = 0;
  Rig rig([&times](const net::Request& request) {
    if (request.url == kFirst) return answer(200, page("a", std::string(kLink) + "b"));
    if (request.url == std::string(kLink) + "b") {
      if (++times > 1) return answer(200, page("b", std::string(kLink) + "right"));
      net::Response cut = answer(200, page("b", std::string(kLink) + "wrong"));
      cut.body.resize(cut.body.size() - 1);
      return cut;
    }
    return answer(200, page(parameter(request.url, "$skiptoken"), ""));
  });
  EXPECT_THAT(read_all(rig).ids, ElementsAre("a", "b", "right"));
}

TEST(ReadAhead, SendsNothingToAnotherPlace) {
  Rig rig([](const net::Request& request) {
    const bool is_first = request.url == kFirst;
    return answer(200, page("a", is_first ? std::string(kLink) + "1" : "https://evil.test/v1/u"));
  });
  const Outcome outcome = read_all(rig);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->reason, "foreign_link");
  EXPECT_THAT(rig.client.requests(), SizeIs(2));
}

TEST(ReadAhead, ReadsNoPageTwice) {
  Rig rig([](const net::Request&) { return answer(200, page("a", std::string(kLink) + "1")); });
  const Outcome outcome = read_all(rig);
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->reason, "source_protocol");
  EXPECT_THAT(rig.client.requests(), SizeIs(2));
}

TEST(ReadAhead, BeginsAgainAfterAnExpiredPageToken) {
  int answers = 0;
  Rig rig([&](const net::Request& request) {
    return ++answers == 3 ? refusal(400, "Expired") : numbered_page(request, 4);
  });
  rig.source.errors = {
      {.status = 400, .code = "Expired", .meaning = catalogue::ErrorRule::Meaning::kRestart}};
  const Outcome outcome = read_all(rig);
  EXPECT_THAT(outcome.ids, ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(rig.client.requests(), SizeIs(3 + 4));
}

TEST(ReadAhead, EndsAtOnceWhenItIsStopped) {
  std::stop_source stop;
  Rig rig([&](const net::Request& request) {
    if (request.url == kLink + std::string("2")) stop.request_stop();  // the page ahead
    return numbered_page(request, 4);
  });
  rig.client.latency = 10ms;
  rig.client.body_time = 60s;
  const catalogue::Request request = small_request();
  Listing listing(rig.open(), {.request = &request, .name = "users"});
  ASSERT_TRUE(listing.next(stop.get_token()).ok());
  const base::Instant begun = rig.scheduler->now();
  const auto step = listing.next(stop.get_token());
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(rig.scheduler->now() - begun, 1s);
}

TEST(ReadAhead, FindsOnlyALinkThatStandsBeforeTheRecords) {
  const auto find = [](std::string_view text) { return find_early_link(text, "next", "value"); };
  EXPECT_EQ(find(R"({"count":3,"next":"a\/b\"c","value":[{"next":"x"})"), "a/b\"c");
  EXPECT_EQ(find(R"({"next":"a")"), "") << "it may not be all";
  EXPECT_EQ(find(R"({"value":[],"next":"a"})"), "");
  EXPECT_EQ(find(R"({"next":null,"value":[)"), "");
  EXPECT_EQ(find(R"({"next":5,"value":[)"), "");
  EXPECT_EQ(find(R"({"other":{"next":"a","value":[)"), "");
  EXPECT_EQ(find(R"({"text":",\"value\":[","next":"a","value":[)"), "a");
  EXPECT_EQ(find("<html>,\"value\":["), "");
}

}  // namespace
}  // namespace muster::source::test
