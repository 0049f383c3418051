#include "source/paging.h"

#include "source/listing.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using Strategy = catalogue::Paging::Strategy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const base::Stop kNoStop;

catalogue::Request request_with(Strategy strategy, std::uint32_t page_size = 3) {
  catalogue::Request request = small_request("/things");
  request.records = path("results");
  request.fields_always.clear();
  request.paging = {.strategy = strategy,
                    .size_parameter = "size",
                    .page_size = page_size,
                    .position_parameter = "at"};
  return request;
}

// A list behind an API that counts positions. `total` may lie.
struct Shelf {
  std::vector<std::string> ids;
  std::optional<std::uint64_t> total;
  bool by_page = false;
  std::uint64_t most_per_page = 1'000;

  net::Response answer_to(const net::Request& request) const {
    const std::uint64_t size =
        std::min<std::uint64_t>(std::stoull(parameter(request.url, "size")), most_per_page);
    const std::uint64_t at = std::stoull(parameter(request.url, "at"));
    const std::uint64_t from = by_page ? at * size : at;
    std::string body = "{\"results\":[";
    for (std::uint64_t i = from; i < std::min<std::uint64_t>(from + size, ids.size()); ++i) {
      body += fmt::format("{}{{\"id\":\"{}\"}}", i == from ? "" : ",", ids[i]);
    }
    body += "]";
    if (total) body += fmt::format(",\"total\":{}", *total);
    return answer(200, body + "}");
  }
};

std::vector<std::string> letters(std::size_t count) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(std::string(1, static_cast<char>('a' + i)));
  return ids;
}

struct Read {
  std::string ids;
  std::uint32_t restarts = 0;
  bool complete = false;
  std::string reason;
  std::string message;
};

Read read_all(Rig& rig, const catalogue::Request& request, std::uint64_t limit = 0) {
  Listing listing(rig.open(), {.request = &request, .name = "things", .limit = limit});
  Read read;
  for (;;) {
    auto step = listing.next(kNoStop);
    if (!step.ok()) {
      read.reason = step.error().reason;
      read.message = step.error().message;
      return read;
    }
    if (const Page* page = std::get_if<Page>(&*step)) {
      for (const json::Value& record : page->records) read.ids += record.find("id")->text();
    } else if (std::holds_alternative<Restart>(*step)) {
      ++read.restarts;
      read.ids.clear();
    } else {
      read.complete = true;
      return read;
    }
  }
}

// Pages of a complete reading; 0: it was none.
std::uint64_t complete_pages(Rig& rig, const catalogue::Request& request) {
  Listing listing(rig.open(), {.request = &request, .name = "things"});
  for (;;) {
    const auto step = listing.next(kNoStop);
    if (!step.ok()) return 0;
    if (const Complete* complete = std::get_if<Complete>(&*step)) return complete->pages();
  }
}

TEST(Paging, FindsTheNextLinkAmongAllLinkHeaders) {
  using Headers = std::vector<net::Header>;
  EXPECT_EQ(find_next_link(Headers{{"Link", "<https://a.test/?a=1,2;3>; rel=\"next\""}}),
            "https://a.test/?a=1,2;3");
  EXPECT_EQ(find_next_link(Headers{{"Link", "<https://a.test/self>; rel=\"self\""},
                                   {"link", "<https://a.test/next>; rel=next"}}),
            "https://a.test/next");
  EXPECT_EQ(find_next_link(Headers{{"Link",
                                    "<https://a.test/1>; title=x; rel=\"prev next\", "
                                    "<https://a.test/2>; rel=\"last\""}}),
            "https://a.test/1");
  EXPECT_EQ(find_next_link(Headers{{"Link",
                                    "<https://a.test/2>; rel=\"last\", "
                                    "<https://a.test/3>; Rel=\"Next\" , <x>; rel=up"}}),
            "https://a.test/3");
  EXPECT_EQ(find_next_link(Headers{{"Link", "<https://a.test/1>; rel=\"nextish\""}}), "");
  EXPECT_EQ(find_next_link(Headers{{"Link", "<https://a.test/1"}}), "");
  EXPECT_EQ(find_next_link(Headers{}), "");
}

TEST(Paging, FollowsLinkHeaders) {
  Rig rig([](const net::Request& request) {
    net::Response response = answer(200, R"({"results":[{"id":"a"}]})");
    if (request.url.find("after") == std::string::npos) {
      response.headers.push_back({"Link", "<https://api.test/v1/things?after=a>; rel=\"next\""});
    }
    return response;
  });
  const Read read = read_all(rig, request_with(Strategy::kLinkHeader));
  EXPECT_TRUE(read.complete);
  EXPECT_THAT(rig.client.urls(), ElementsAre("https://api.test/v1/things?size=3",
                                             "https://api.test/v1/things?after=a"));
}

TEST(Paging, AsksForFewRecordsInNoSmallerPageThanTheSourceTakes) {
  Rig rig([](const net::Request&) { return answer(200, R"({"results":[{"id":"a"}]})"); });
  catalogue::Request request = request_with(Strategy::kLinkHeader, 200);
  request.paging.smallest_page = 20;
  for (const std::uint64_t limit : {1, 30, 900}) read_all(rig, request, limit);
  EXPECT_THAT(rig.client.urls(), ElementsAre("https://api.test/v1/things?size=20",
                                             "https://api.test/v1/things?size=30",
                                             "https://api.test/v1/things?size=200"));
}

TEST(Paging, SendsEachCursorBackUntilNoneComes) {
  Rig rig([](const net::Request& request) {
    const std::string at = parameter(request.url, "at");
    if (at.empty()) return answer(200, R"({"results":[{"id":"a"}],"next":"x/1&"})");
    if (at == "x/1%26") return answer(200, R"({"results":[{"id":"b"}],"next":17})");
    return answer(200, R"({"results":[{"id":"c"}],"next":""})");
  });
  catalogue::Request request = request_with(Strategy::kCursor);
  request.paging.next = path("next");
  const Read read = read_all(rig, request);
  EXPECT_TRUE(read.complete) << read.message;
  EXPECT_EQ(read.ids, "abc");
  EXPECT_EQ(rig.client.urls().back(), "https://api.test/v1/things?size=3&at=17");
}

TEST(Paging, ACursorThatRepeatsIsALoop) {
  Rig rig([](const net::Request&) { return answer(200, R"({"results":[],"next":"same"})"); });
  catalogue::Request request = request_with(Strategy::kCursor);
  request.paging.next = path("next");
  EXPECT_EQ(read_all(rig, request).reason, "source_protocol");
}

TEST(Paging, ASinglePageIsTheWholeListUnlessItIsFull) {
  Rig rig([](const net::Request&) {
    return answer(200, R"({"results":[{"id":"a"},{"id":"b"},{"id":"c"}]})");
  });
  EXPECT_TRUE(read_all(rig, request_with(Strategy::kSingle, 4)).complete);
  EXPECT_EQ(read_all(rig, request_with(Strategy::kSingle, 3)).reason, "source_incomplete");
  EXPECT_TRUE(read_all(rig, request_with(Strategy::kSingle, 3), 2).complete);  // 2 were wanted
}

struct CountedCase {
  std::size_t records;
  bool has_total;
  std::size_t requests;
};

TEST(Paging, CountsPagesAndOffsetsToAProvenEnd) {
  // A full last page is followed by one more look; without a total only an empty page ends a list.
  for (const CountedCase& c : std::vector<CountedCase>{
           {0, true, 1}, {2, true, 1}, {3, true, 2}, {7, true, 3}, {0, false, 1}, {7, false, 4}}) {
    for (const Strategy strategy : {Strategy::kOffset, Strategy::kPageNumber}) {
      Shelf shelf{letters(c.records), {}, strategy == Strategy::kPageNumber};
      if (c.has_total) shelf.total = c.records;
      Rig rig([&](const net::Request& request) { return shelf.answer_to(request); });
      catalogue::Request request = request_with(strategy);
      if (c.has_total) request.paging.total = path("total");
      const Read read = read_all(rig, request);
      EXPECT_TRUE(read.complete) << c.records << read.message;
      EXPECT_EQ(read.ids.size(), c.records);
      EXPECT_EQ(rig.client.requests().size(), c.requests) << c.records << c.has_total;
    }
  }
}

TEST(Paging, BeginsAtTheCataloguesFirstPage) {
  Rig rig([&](const net::Request&) { return answer(200, R"({"results":[]})"); });
  catalogue::Request request = request_with(Strategy::kPageNumber);
  request.paging.first_page = 1;
  EXPECT_TRUE(read_all(rig, request).complete);
  EXPECT_EQ(parameter(rig.client.urls().at(0), "at"), "1");
}

TEST(Paging, AnOffsetMovesByWhatCameNotByWhatWasAskedFor) {
  const Shelf shelf{letters(7), 7, false, 2};
  Rig rig([&](const net::Request& request) { return shelf.answer_to(request); });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  const Read read = read_all(rig, request);
  EXPECT_TRUE(read.complete) << read.message;
  EXPECT_EQ(read.ids, "abcdefg");
}

TEST(Paging, AListThatChangedIsReadAgainAndTheStableReadingCounts) {
  int calls = 0;
  Shelf shelf{letters(7), 7, false};
  Rig rig([&](const net::Request& request) {
    net::Response response = shelf.answer_to(request);
    if (++calls == 1) {  // after the first page somebody adds a record at the front
      shelf.ids.insert(shelf.ids.begin(), "z");
      shelf.total = 8;
    }
    return response;
  });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  const Read read = read_all(rig, request);
  EXPECT_TRUE(read.complete) << read.message;
  EXPECT_EQ(read.restarts, 1U);
  EXPECT_EQ(read.ids, "zabcdefg");
}

TEST(Paging, ARecordSeenTwiceMeansTheListMoved) {
  int calls = 0;
  Shelf shelf{letters(7), {}, true};
  Rig rig([&](const net::Request& request) {
    net::Response response = shelf.answer_to(request);
    if (++calls == 1) shelf.ids.insert(shelf.ids.begin(), "z");
    return response;
  });
  const Read read = read_all(rig, request_with(Strategy::kPageNumber));
  EXPECT_TRUE(read.complete) << read.message;
  EXPECT_EQ(read.restarts, 1U);
  EXPECT_EQ(read.ids, "zabcdefg");
}

TEST(Paging, ARecordRemovedMeanwhileHidesNoOther) {
  int calls = 0;
  Shelf shelf{letters(7), 7, false};
  Rig rig([&](const net::Request& request) {
    net::Response response = shelf.answer_to(request);
    if (++calls == 1) {  // "d" moves to where the first page was; 6 records of 6 would still come
      shelf.ids.erase(shelf.ids.begin());
      shelf.total = 6;
    }
    return response;
  });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  const Read read = read_all(rig, request);
  EXPECT_TRUE(read.complete) << read.message;
  EXPECT_EQ(read.restarts, 1U);
  EXPECT_EQ(read.ids, "bcdefg");
}

TEST(Paging, AListThatNeverStandsStillIsIncompleteAfterThreeReadings) {
  struct Lie {
    std::uint64_t total;
    const char* what;
  };
  for (const Lie& lie : {Lie{9, "fewer"}, Lie{5, "more"}, Lie{3, "more"}}) {
    const Shelf shelf{letters(7), lie.total, false};
    Rig rig([&](const net::Request& request) { return shelf.answer_to(request); });
    catalogue::Request request = request_with(Strategy::kOffset);
    request.paging.total = path("total");
    const Read read = read_all(rig, request);
    EXPECT_FALSE(read.complete) << lie.total;
    EXPECT_EQ(read.reason, "source_incomplete") << lie.total;
    EXPECT_EQ(read.restarts, 2U) << lie.total;
    EXPECT_THAT(read.message, HasSubstr(lie.what)) << lie.total;
  }
}

// Counts its records from 1 while we count from 0: the last one of a page comes once more.
TEST(Paging, ARecordThatComesTwiceCountsOnceWhereTheCatalogueSaysSo) {
  const std::vector<std::string> ids = letters(7);
  Rig rig([&](const net::Request& request) {
    const std::size_t at = std::stoull(parameter(request.url, "at"));
    const std::size_t from = at == 0 ? 0 : at - 1;
    std::string body;
    for (std::size_t i = from; i < std::min<std::size_t>(from + 3, ids.size()); ++i) {
      body += fmt::format("{}{{\"id\":\"{}\"}}", i == from ? "" : ",", ids[i]);
    }
    return answer(200, fmt::format(R"({{"results":[{}],"total":7}})", body));
  });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  EXPECT_EQ(read_all(rig, request).reason, "source_incomplete");
  request.paging.repeats = true;
  const Read read = read_all(rig, request);
  EXPECT_TRUE(read.complete) << read.message;
  EXPECT_EQ(read.restarts, 0U);
  EXPECT_EQ(read.ids, "abccdeefgg") << "whoever collects them knows them by their keys";
}

// Datadog announces 1,000 hosts of 2,500 and says that this is no exact number.
TEST(Paging, ATotalCountsOnlyWhileTheSourceSaysThatItIsExact) {
  Shelf shelf{.ids = letters(8), .total = 3};
  std::string exact = "false";
  Rig rig([&](const net::Request& request) {
    net::Response response = shelf.answer_to(request);
    response.body.insert(response.body.size() - 1, ",\"exact\":" + exact);
    return response;
  });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  request.paging.total_is_exact = path("exact");
  request.paging.repeats = true;
  Read read = read_all(rig, request);
  EXPECT_TRUE(read.complete) << read.message;
  EXPECT_EQ(read.ids, "abcdefgh");
  EXPECT_EQ(read.restarts, 0U);
  EXPECT_EQ(rig.client.requests().size(), 3U) << "the third page is short";
  shelf.ids = letters(6);
  EXPECT_EQ(read_all(rig, request).ids, "abcdef");
  EXPECT_EQ(rig.client.requests().size(), 6U) << "after full pages an empty one is the end";

  exact = "true";
  EXPECT_EQ(read_all(rig, request).reason, "source_incomplete");
  shelf.total = 6;
  EXPECT_EQ(read_all(rig, request).ids, "abcdef");
}

TEST(Paging, ALastRecordThatComesAgainEndsAListWithoutAnExactTotal) {
  for (const std::size_t count : {1, 3, 7}) {
    const std::vector<std::string> ids = letters(count);
    Rig rig([&](const net::Request& request) {
      const std::size_t at = std::stoull(parameter(request.url, "at"));
      std::string body;
      for (std::size_t i = at == 0 ? 0 : at - 1; i < std::min(at + 3, ids.size()); ++i) {
        body += fmt::format("{}{{\"id\":\"{}\"}}", body.empty() ? "" : ",", ids[i]);
      }
      return answer(200, fmt::format(R"({{"results":[{}],"total":1}})", body));
    });
    catalogue::Request request = request_with(Strategy::kOffset);
    request.paging.total = path("total");
    request.paging.total_is_exact = path("exact");
    request.paging.repeats = true;
    const Read read = read_all(rig, request);
    EXPECT_TRUE(read.complete) << count << read.message;
  }
}

// The same page again and again, whatever is asked for.
TEST(Paging, AFullPageThatBringsNothingNewIsNoEnd) {
  Rig rig([&](const net::Request&) {
    return answer(200, R"({"results":[{"id":"a"},{"id":"b"},{"id":"c"}],"total":9})");
  });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  request.paging.total_is_exact = path("exact");
  request.paging.repeats = true;
  EXPECT_EQ(read_all(rig, request).reason, "source_incomplete");
}

TEST(Paging, TellsRecordsApartByAnotherPathWhereTheirKeyIsWorkedOut) {
  Rig rig([](const net::Request& request) {
    return answer(
        200, parameter(request.url, "at") == "0"
                 ? R"({"results":[{"id":"1","name":"a","load":1},{"name":"b","load":1}],"total":3})"
                 : R"({"results":[{"name":"b","load":2},{"name":"c"}],"total":3})");
  });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  request.paging.repeats = true;
  EXPECT_EQ(complete_pages(rig, request), 0U) << "the whole record counts, and it has changed";
  request.paging.key_path = path("name");
  EXPECT_EQ(complete_pages(rig, request), 2U);
}

TEST(Paging, RepeatsDoNotStandInForRecordsThatNeverCome) {
  Rig rig([](const net::Request&) {
    return answer(200, R"({"results":[{"id":"a"},{"id":"b"}],"total":3})");
  });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  request.paging.repeats = true;
  const Read read = read_all(rig, request);
  EXPECT_FALSE(read.complete);
  EXPECT_EQ(read.reason, "source_incomplete");
  EXPECT_THAT(read.message, HasSubstr("nothing new"));
}

TEST(Paging, ATotalThatIsMissingIsNotGuessed) {
  const Shelf shelf{letters(2), {}, false};
  Rig rig([&](const net::Request& request) { return shelf.answer_to(request); });
  catalogue::Request request = request_with(Strategy::kOffset);
  request.paging.total = path("total");
  EXPECT_EQ(read_all(rig, request).reason, "source_protocol");
}

}  // namespace
}  // namespace muster::source::test
