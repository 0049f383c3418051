#include "source/listing.h"

#include "base/text.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using base::ErrorKind;
using Meaning = catalogue::ErrorRule::Meaning;
using Strategy = catalogue::Paging::Strategy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const base::Stop kNoStop;

std::string page(std::uint64_t first, std::uint64_t count, const std::string& next = "") {
  std::string body = "{\"value\":[";
  for (std::uint64_t i = 0; i < count; ++i) {
    body += fmt::format("{}{{\"id\":\"u{}\"}}", i == 0 ? "" : ",", first + i);
  }
  body += "]";
  if (!next.empty()) body += ",\"@odata.nextLink\":\"" + next + "\"";
  return body + "}";
}

constexpr const char* kLink = "https://api.test/v1/users?$skiptoken=";

// What came out of a listing that was read to its end.
struct Outcome {
  std::vector<std::string> ids;  // since the last restart
  std::uint64_t pages = 0;
  std::uint64_t restarts = 0;
  std::optional<Complete> complete;
  std::optional<base::Error> error;
};

Outcome read_all(Listing listing) {
  Outcome outcome;
  for (;;) {
    auto step = listing.next(kNoStop);
    if (!step.ok()) {
      outcome.error = step.error();
      return outcome;
    }
    if (const Page* page = std::get_if<Page>(&*step)) {
      ++outcome.pages;
      for (const json::Value& record : page->records) {
        const json::Value* id = record.find("id");
        outcome.ids.emplace_back(id == nullptr ? "?" : id->text());
      }
    } else if (std::holds_alternative<Restart>(*step)) {
      ++outcome.restarts;
      outcome.ids.clear();
    } else {
      outcome.complete = std::get<Complete>(std::move(*step));
      return outcome;
    }
  }
}

// Answers by URL; a URL that nobody expects is a 404.
struct Script {
  std::map<std::string, net::Response> answers;
  net::Response operator()(const net::Request& request) const {
    const auto found = answers.find(request.url);
    return found == answers.end() ? refusal(404, "NoSuchPage") : found->second;
  }
};

constexpr const char* kFirst = "https://api.test/v1/users?$top=999&$select=id";

TEST(Listing, RefusesAPageThatNamesSomethingTwiceAroundItsRecords) {
  for (const std::string_view body :
       {R"({"value":[{"id":"u1"}],"value":[{"id":"u2"}]})",
        R"({"@odata.nextLink":"https://api.test/v1/users?$skiptoken=b","value":[],
            "@odata.nextLink":null})",
        R"({"value":[],"@odata.count":2,"@odata.count":0})"}) {
    Rig rig(Script{{{kFirst, answer(200, std::string(body))}}});
    const catalogue::Request request = small_request();
    const Outcome read = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
    ASSERT_TRUE(read.error.has_value()) << body;
    EXPECT_EQ(read.error->reason, "source_protocol") << body;
    EXPECT_THAT(read.error->message, HasSubstr("twice")) << body;
  }
}

TEST(Listing, TakesTheLastOfAKeyThatStandsTwiceInARecord) {
  Rig rig(Script{{{kFirst, answer(200, R"({"value":[{"id":"u1","id":"u2"}]})")}}});
  const catalogue::Request request = small_request();
  const Outcome read = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_TRUE(read.complete.has_value());
  EXPECT_EQ(read.ids, std::vector<std::string>{"u2"});
}

TEST(Listing, ReadsEveryPageUntilThereIsNoLink) {
  Rig rig(Script{{{kFirst, answer(200, page(1, 2, std::string(kLink) + "b"))},
                  {std::string(kLink) + "b", answer(200, page(3, 0, std::string(kLink) + "c"))},
                  {std::string(kLink) + "c", answer(200, page(3, 1))}}});
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  ASSERT_TRUE(outcome.complete.has_value()) << outcome.error->text();
  EXPECT_THAT(outcome.ids, ElementsAre("u1", "u2", "u3"));  // the empty page was no end
  EXPECT_TRUE(outcome.complete->is_whole());
  EXPECT_EQ(outcome.complete->records(), 3U);
  EXPECT_EQ(outcome.complete->pages(), 3U);
  EXPECT_EQ(outcome.complete->name(), "users");
}

TEST(Listing, AsksForTheFieldsTheFilterAndItsHeadersOnEveryPage) {
  Rig rig([](const net::Request& request) {
    const bool first = request.url.find("skiptoken") == std::string::npos;
    return answer(200, page(1, 1, first ? std::string(kLink) + "b" : ""));
  });
  catalogue::Request request = small_request();
  request.parameters = {{"$expand", "manager"}};
  const catalogue::Filter filter{.parameter = "$filter",
                                 .parameters = {{"$count", "true"}},
                                 .headers = {{"ConsistencyLevel", "eventual"}}};
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request,
                                                        .name = "users",
                                                        .fields = {"mail", "id"},
                                                        .filter = &filter,
                                                        .filter_text = "a ne b"}));
  ASSERT_TRUE(outcome.complete.has_value());
  EXPECT_EQ(rig.client.urls().at(0),
            "https://api.test/v1/users?$top=999&$expand=manager&$select=id,mail"
            "&$filter=a%20ne%20b&$count=true");
  EXPECT_EQ(rig.client.urls().at(1), std::string(kLink) + "b");  // byte for byte
  EXPECT_EQ(header(rig.client.requests().at(1), "ConsistencyLevel"), "eventual");
}

base::Error error_for_link(const std::string& link) {
  Rig rig([&](const net::Request&) { return answer(200, page(1, 1, link)); });
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_FALSE(outcome.complete.has_value()) << link;
  EXPECT_THAT(rig.client.requests(), SizeIs(1)) << link;
  return outcome.error.value_or(base::Error{});
}

TEST(Listing, NeverFollowsALinkThatLeadsElsewhere) {
  for (const char* link :
       {"https://evil.test/v1/users?t=1", "https://api.test.evil.test/v1/users?t=1",
        "http://api.test/v1/users?t=1", "https://api.test:8443/v1/users?t=1",
        "https://api.test@evil.test/v1/users", "https://user:word@api.test/v1/users?t=1",
        "https://api.test/v2/users?t=1", "https://api.test/v1evil/users",
        "https://api.test/v1/../admin", "https://api.test/v1/%2e%2e/admin", "//evil.test/v1/users",
        "/v2/users", "ftp://api.test/v1/users", "javascript:alert(1)"}) {
    const base::Error error = error_for_link(link);
    EXPECT_EQ(error.kind, ErrorKind::kDenied) << link;
    EXPECT_EQ(error.reason, "foreign_link") << link;
    EXPECT_THAT(error.where, HasSubstr("users")) << link;
  }
}

TEST(Listing, FollowsAPathWithinTheSameHost) {
  Rig rig(Script{{{kFirst, answer(200, page(1, 1, "/v1/users?page=2"))},
                  {"https://api.test/v1/users?page=2", answer(200, page(2, 1))}}});
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_THAT(outcome.ids, ElementsAre("u1", "u2"));
}

TEST(Listing, FindsLoopsOfOneAndTwoPages) {
  Rig itself([](const net::Request& request) { return answer(200, page(1, 1, request.url)); });
  const catalogue::Request request = small_request();
  const Outcome one = read_all(Listing(itself.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(one.error.value().reason, "source_protocol");
  EXPECT_THAT(itself.client.requests(), SizeIs(1));
  Rig two([](const net::Request& sent) {
    const bool at_b = sent.url.ends_with("b");
    return answer(200, page(1, 1, std::string(kLink) + (at_b ? "c" : "b")));
  });
  const Outcome both = read_all(Listing(two.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(both.error.value().reason, "source_protocol");
  EXPECT_THAT(both.error->message, HasSubstr("read before"));
  EXPECT_THAT(two.client.requests(), SizeIs(3));
}

TEST(Listing, AListWithoutEndIsGivenUp) {
  std::uint64_t pages = 0;
  Rig rig([&](const net::Request&) {
    return answer(200, page(1, 0, kLink + std::to_string(++pages)));
  });
  rig.client.remembers = false;
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(outcome.error.value().reason, "source_incomplete");
  EXPECT_EQ(pages, kMaxPages);
}

TEST(Listing, RecordsThatAreMissingOrNoArrayAreNoEmptyPage) {
  for (const char* body : {R"({})", R"({"value":null})", R"({"value":{}})", R"({"value":"x"})",
                           R"([])", R"(null)", R"({"error":{"code":"Oops"}})", R"({"value":[)",
                           R"({"error":{"code":"Oops"},"value":[{"id":"a"}]})",
                           R"({"errors":["late"],"value":[{"id":"a"}]})",
                           R"({"value":[]}{"value":[]})", "gibberish"}) {
    Rig rig([&](const net::Request&) { return answer(200, body); });
    const catalogue::Request request = small_request();
    const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
    ASSERT_TRUE(outcome.error.has_value()) << body;
    EXPECT_EQ(outcome.error->kind, ErrorKind::kMalformed) << body;
    EXPECT_EQ(outcome.error->reason, "source_protocol") << body;
    EXPECT_THAT(outcome.error->where, HasSubstr("users")) << body;
  }
}

// Of other encodings JSON knows none: RFC 8259, section 8.1.
TEST(Listing, APageInUtf16IsNoEmptyPage) {
  const std::string text = page(1, 2);
  for (const bool big : {false, true}) {
    for (const bool marked : {false, true}) {
      std::string body = !marked ? "" : big ? "\xFE\xFF" : "\xFF\xFE";
      for (const char c : text) body += big ? std::string{'\0', c} : std::string{c, '\0'};
      Rig rig([&](const net::Request&) { return answer(200, body); });
      const catalogue::Request request = small_request();
      const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
      ASSERT_TRUE(outcome.error.has_value()) << big << marked;
      EXPECT_EQ(outcome.error->reason, "source_protocol") << outcome.error->text();
      EXPECT_THAT(outcome.ids, ::testing::IsEmpty());
    }
  }
}

TEST(Listing, ATextOf200MebibytesIsRefusedWithItsPage) {
  const std::string body =
      R"({"value":[{"id":"a","name":")" + std::string(std::size_t{200} << 20, 'x') + R"("}]})";
  Rig rig([&](const net::Request&) { return answer(200, body); });
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_EQ(outcome.error->reason, "source_protocol");
  EXPECT_THAT(outcome.error->message, HasSubstr("longer than 64"));
  EXPECT_THAT(outcome.error->message, ::testing::Not(HasSubstr("xxx")));
}

TEST(Listing, TakesAnErrorThatTellsNothingForNone) {
  for (const char* body :
       {R"({"error":null,"value":[{"id":"a"}]})", R"({"errors":[],"value":[{"id":"a"}]})",
        R"({"error":"","errors":{},"value":[{"id":"a"}]})",
        R"({"error":false,"value":[{"id":"a"}]})"}) {
    Rig rig([&](const net::Request&) { return answer(200, body); });
    const catalogue::Request request = small_request();
    const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
    EXPECT_FALSE(outcome.error.has_value()) << body;
  }
}

TEST(Listing, ALinkThatIsNoTextIsAnError) {
  Rig rig([](const net::Request&) {
    return answer(200, R"({"value":[],"@odata.nextLink":{"url":"x"}})");
  });
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(outcome.error.value().reason, "source_protocol");
}

TEST(Listing, PassesOnRecordsThatAreNoObjects) {
  Rig rig([](const net::Request&) { return answer(200, R"({"value":[1,null,{"id":"u1"}]})"); });
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_THAT(outcome.ids, ElementsAre("?", "?", "u1"));
}

// A list of `size` users in pages as large as asked for, at most 999.
net::Response users_of(std::uint64_t size, const net::Request& request) {
  const std::string skip = parameter(request.url, "skip");
  const std::uint64_t from = skip.empty() ? 0 : std::stoull(skip);
  const std::uint64_t top = std::stoull(parameter(request.url, "$top"));
  const std::uint64_t count = std::min(top, size - from);
  std::string next;
  if (from + count < size) {
    next = fmt::format("https://api.test/v1/users?$top={}&skip={}", top, from + count);
  }
  return answer(200, page(from + 1, count, next));
}

TEST(Listing, ALimitCountsRecordsOfOverlappingPagesOnce) {
  Rig rig([](const net::Request& request) {
    const bool is_second = request.url.find("skiptoken") != std::string::npos;
    return answer(200, is_second ? page(3, 3) : page(1, 3, std::string(kLink) + "2"));
  });
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(
      Listing(rig.open(),
              {.request = &request, .name = "users", .limit = 4, .key = *json::Path::parse("id")}));
  ASSERT_TRUE(outcome.complete);
  EXPECT_THAT(outcome.ids, ElementsAre("u1", "u2", "u3", "u3", "u4"));
  EXPECT_FALSE(outcome.complete->is_whole());
  EXPECT_EQ(outcome.complete->records(), 4u);
}

TEST(Listing, AsksAgainForAPageThatArrivesDamaged) {
  for (const int times : {1, 2, 3}) {
    int damaged = 0;
    Rig rig([&](const net::Request&) {
      return answer(200, damaged++ < times ? page(1, 3).substr(0, 20) : page(1, 3));
    });
    const catalogue::Request request = small_request();
    const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
    EXPECT_EQ(outcome.complete.has_value(), times < 3) << times;
    if (outcome.complete) {
      EXPECT_THAT(outcome.ids, ElementsAre("u1", "u2", "u3"));
    } else {
      EXPECT_THAT(outcome.error.value().message, HasSubstr("damaged"));
    }
  }
}

TEST(Listing, ALimitGivesExactlyTheFirstRecordsAndReadsNoPageBeyondNeed) {
  struct Case {
    std::uint64_t limit, size, ids, requests;
    bool whole;
    const char* first_top;
  };
  for (const Case& c : std::vector<Case>{{1, 5'000, 1, 1, false, "1"},
                                         {100, 5'000, 100, 1, false, "100"},
                                         {999, 5'000, 999, 1, false, "999"},
                                         {1'000, 5'000, 1'000, 2, false, "999"},
                                         {1'998, 5'000, 1'998, 2, false, "999"},
                                         {1'999, 5'000, 1'999, 3, false, "999"},
                                         {5'000, 5'000, 5'000, 6, true, "999"},
                                         {10, 10, 10, 1, true, "10"},
                                         {10, 7, 7, 1, true, "10"},
                                         {0, 1'500, 1'500, 2, true, "999"}}) {
    Rig rig([&](const net::Request& request) { return users_of(c.size, request); });
    const catalogue::Request request = small_request();
    const Outcome outcome =
        read_all(Listing(rig.open(), {.request = &request, .name = "users", .limit = c.limit}));
    ASSERT_TRUE(outcome.complete.has_value()) << c.limit;
    EXPECT_EQ(outcome.ids.size(), c.ids) << c.limit;
    EXPECT_EQ(outcome.ids.back(), fmt::format("u{}", c.ids)) << c.limit;
    EXPECT_EQ(outcome.complete->records(), c.ids) << c.limit;
    EXPECT_EQ(outcome.complete->is_whole(), c.whole) << c.limit;
    EXPECT_EQ(rig.client.requests().size(), c.requests) << c.limit;
    EXPECT_EQ(parameter(rig.client.urls().at(0), "$top"), c.first_top) << c.limit;
  }
}

const std::vector<catalogue::ErrorRule> kRules = {
    {.status = 400, .code = "ExpiredToken", .meaning = Meaning::kRestart},
    {.status = 400, .code = "InvalidSearch", .meaning = Meaning::kEndOfList}};

TEST(Listing, AnExpiredPageTokenBeginsAgainAndNeverMixesTwoReadings) {
  int calls = 0;
  Rig rig([&](const net::Request&) -> net::Response {
    switch (++calls) {
      case 1: return answer(200, page(1, 2, std::string(kLink) + "b"));
      case 2: return refusal(400, "ExpiredToken");
      case 3: return answer(200, page(11, 2, std::string(kLink) + "b"));  // same link, new reading
      default: return answer(200, page(13, 1));
    }
  });
  rig.source.errors = kRules;
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  ASSERT_TRUE(outcome.complete.has_value()) << outcome.error->text();
  EXPECT_EQ(outcome.restarts, 1U);
  EXPECT_THAT(outcome.ids, ElementsAre("u11", "u12", "u13"));
  EXPECT_EQ(outcome.complete->records(), 3U);
  EXPECT_EQ(outcome.complete->pages(), 2U);
}

TEST(Listing, GivesUpAfterTheFifthRestart) {
  int firsts = 0;
  Rig rig([&](const net::Request& request) -> net::Response {
    if (request.url.find("skiptoken") != std::string::npos) return refusal(400, "ExpiredToken");
    ++firsts;
    return answer(200, page(1, 2, std::string(kLink) + "b"));
  });
  rig.source.errors = kRules;
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(outcome.error.value().reason, "source_incomplete");
  EXPECT_EQ(outcome.restarts, kMaxRestarts);
  EXPECT_EQ(firsts, 6);
}

TEST(Listing, AFirstPageCannotHaveExpired) {
  Rig rig([](const net::Request&) { return refusal(400, "ExpiredToken"); });
  rig.source.errors = {kRules[0],
                       {.status = 400, .code = "ExpiredToken", .advice = "Check the filter."}};
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(outcome.error.value().reason, "source_protocol");
  EXPECT_THAT(outcome.error->message, HasSubstr("Check the filter."));
  EXPECT_EQ(outcome.restarts, 0U);
  EXPECT_THAT(rig.client.requests(), SizeIs(1));
}

// Answers pages of at most so many records, and 504 when more are wanted.
struct SlowForMany {
  std::uint64_t most;
  net::Response operator()(const net::Request& request) const {
    const auto size = *base::parse_int(parameter(request.url, "$top"));
    if (static_cast<std::uint64_t>(size) > most) return answer(504, "");
    const bool is_last = request.url.find("$skiptoken") != std::string::npos;
    const std::string next = fmt::format("https://api.test/v1/users?$top={}&$skiptoken=b", size);
    return answer(200, is_last ? page(2, 1) : page(1, 1, next));
  }
};

TEST(Listing, HalvesPagesThatFailAgainAndAgain) {
  Rig rig(SlowForMany{.most = 300});
  catalogue::Request request = small_request();
  request.paging.smaller_after = 3;
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  ASSERT_TRUE(outcome.complete.has_value()) << outcome.error->text();
  EXPECT_THAT(outcome.ids, ElementsAre("u1", "u2"));
  std::vector<std::string> sizes;
  for (const std::string& url : rig.client.urls()) sizes.push_back(parameter(url, "$top"));
  EXPECT_THAT(sizes, ElementsAre("999", "999", "999", "499", "499", "499", "249", "249"));
}

TEST(Listing, ReadsAllAgainWithSmallerPagesWhenALaterOneFails) {
  Rig rig([](const net::Request& request) {
    const std::string size = parameter(request.url, "$top");
    const bool is_later = request.url.find("$skiptoken") != std::string::npos;
    if (is_later && size == "999") return answer(500, "");
    const std::string next = fmt::format("https://api.test/v1/users?$top={}&$skiptoken=b", size);
    return answer(200, is_later ? page(2, 1) : page(1, 1, next));
  });
  catalogue::Request request = small_request();
  request.paging.smaller_after = 2;
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  ASSERT_TRUE(outcome.complete.has_value()) << outcome.error->text();
  EXPECT_EQ(outcome.restarts, 1U);
  EXPECT_THAT(outcome.ids, ElementsAre("u1", "u2"));
  EXPECT_EQ(outcome.complete->records(), 2U);
}

TEST(Listing, PagesBecomeSmallerThreeTimesAndNotBelowTheSmallest) {
  for (const std::uint32_t smallest : {1U, 400U}) {
    Rig rig([](const net::Request&) { return answer(503, ""); });
    rig.retry.attempts = 4;
    catalogue::Request request = small_request();
    request.paging.smaller_after = 2;
    request.paging.smallest_page = smallest;
    const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
    EXPECT_EQ(outcome.error.value().reason, "source_unavailable");
    // Twice in each size, and as often as ever in the last.
    EXPECT_THAT(rig.client.requests(), SizeIs(smallest == 1 ? 2 + 2 + 2 + 4 : 2 + 4));
    EXPECT_EQ(parameter(rig.client.urls().back(), "$top"), smallest == 1 ? "124" : "499");
  }
}

TEST(Listing, AnEndOfListAnswerEndsOnlyAFollowUpPage) {
  Rig rig([](const net::Request& request) -> net::Response {
    if (request.url.find("skiptoken") != std::string::npos) return refusal(400, "InvalidSearch");
    return answer(200, page(1, 2, std::string(kLink) + "b"));
  });
  rig.source.errors = kRules;
  const catalogue::Request request = small_request();
  const Outcome later = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  ASSERT_TRUE(later.complete.has_value());
  EXPECT_TRUE(later.complete->is_whole());
  EXPECT_THAT(rig.log, HasSubstr("the last link led nowhere"));

  Rig first([](const net::Request&) { return refusal(400, "InvalidSearch"); });
  first.source.errors = kRules;
  const Outcome none = read_all(Listing(first.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(none.error.value().reason, "source_protocol");
}

TEST(Listing, AWholeDataSetIsNeverTakenForDeleted) {
  Rig rig([](const net::Request&) { return refusal(404, "ResourceNotFound"); });
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(outcome.error.value().reason, "source_protocol");
  EXPECT_THAT(outcome.error.value().message, HasSubstr("check the addresses of the connection"));
  catalogue::Request members = small_request("/groups/{key}/members");
  const Outcome group =
      read_all(Listing(rig.open(), {.request = &members, .name = "members", .parent_key = "g1"}));
  EXPECT_EQ(group.error.value().reason, "gone");
}

TEST(Listing, AnAnswerThatBreaksOffSaysThatRunningAgainMayHelp) {
  Rig rig([](const net::Request&) { return answer(200, R"({"value":[{"id":"u1"},)"); });
  const catalogue::Request request = small_request();
  const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
  EXPECT_EQ(outcome.error.value().reason, "source_protocol");
  EXPECT_THAT(outcome.error.value().message, HasSubstr("cut off at byte"));
  EXPECT_THAT(outcome.error.value().message, HasSubstr("Run again"));
}

TEST(Listing, AFilterThatTheSourceDoesNotHaveIsASettingsError) {
  Rig rig([](const net::Request&) { return answer(200, page(1, 1)); });
  const catalogue::Request request = small_request();
  const catalogue::Filter none;
  const Outcome outcome = read_all(
      Listing(rig.open(),
              {.request = &request, .name = "users", .filter = &none, .filter_text = "a eq b"}));
  EXPECT_EQ(outcome.error.value().kind, ErrorKind::kSettings);
  EXPECT_THAT(rig.client.requests(), SizeIs(0));
}

TEST(Listing, ErrorsOnALaterPageAreNoEnd) {
  for (const int status : {403, 500, 400}) {
    Rig rig([&](const net::Request& request) -> net::Response {
      if (request.url.find("skiptoken") != std::string::npos) return refusal(status, "X");
      return answer(200, page(1, 2, std::string(kLink) + "b"));
    });
    rig.retry.attempts = 2;
    const catalogue::Request request = small_request();
    const Outcome outcome = read_all(Listing(rig.open(), {.request = &request, .name = "users"}));
    EXPECT_FALSE(outcome.complete.has_value()) << status;
    EXPECT_TRUE(outcome.error.has_value()) << status;
  }
}

}  // namespace
}  // namespace muster::source::test
