// What proves the end of a list where neither a missing link nor an empty page is all there is.
#include "source/listing.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using End = catalogue::Paging::End;
using Strategy = catalogue::Paging::Strategy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const base::Stop kNoStop;

catalogue::Request request_with(Strategy strategy, End end) {
  catalogue::Request request = small_request("/things");
  request.records = path("results");
  request.fields_always.clear();
  request.paging = {.strategy = strategy,
                    .end = end,
                    .next = path("next"),
                    .size_parameter = "size",
                    .page_size = 3,
                    .position_parameter = "at",
                    .key_path = path("id")};
  if (end == End::kTotal) request.paging.total = path("total");
  return request;
}

// A list whose pages begin at the parameter "at": a number, or the key before it. Every page tells
// where the next one is, also the last.
struct Shelf {
  std::string ids;
  std::uint64_t most_per_page = 3;
  std::optional<std::uint64_t> total{};
  bool by_key = false;
  bool by_page = false;

  net::Response operator()(const net::Request& request) const {
    const std::string at = parameter(request.url, "at");
    std::uint64_t from = 0;
    if (!at.empty()) from = by_key ? ids.find(at) + 1 : std::stoull(at) * (by_page ? 3 : 1);
    const std::string page = from < ids.size() ? ids.substr(from, most_per_page) : "";
    std::string body = "{\"results\":[";
    for (const char id : page) {
      body += fmt::format("{}{{\"id\":\"{}\"}}", body.back() == '[' ? "" : ",", id);
    }
    body += "]";
    if (total) body += fmt::format(",\"total\":{}", *total);
    const std::uint64_t next = from + page.size();
    return answer(200, body + fmt::format(",\"next\":\"/v1/things?at={}\"}}", next));
  }
};

struct Read {
  std::string ids;
  std::uint32_t restarts = 0;
  bool complete = false;
  base::Error error;
};

Read read_all(Rig& rig, const catalogue::Request& request) {
  Listing listing(rig.open(), {.request = &request, .name = "things", .key = path("id")});
  Read read;
  for (;;) {
    auto step = listing.next(kNoStop);
    if (!step.ok()) {
      read.error = step.error();
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

struct Case {
  std::string ids;
  std::uint64_t most_per_page;
  std::size_t requests;
};

TEST(PagingEnd, AShortPageEndsAListThatHadFullOnes) {
  for (const Case& c : std::vector<Case>{{"abcdefgh", 3, 3}, {"abcdef", 3, 3}, {"", 3, 1}}) {
    for (const Strategy strategy :
         {Strategy::kOffset, Strategy::kPageNumber, Strategy::kNextLink, Strategy::kLastKey}) {
      const Shelf shelf{.ids = c.ids,
                        .most_per_page = c.most_per_page,
                        .by_key = strategy == Strategy::kLastKey,
                        .by_page = strategy == Strategy::kPageNumber};
      Rig rig(shelf);
      const Read read = read_all(rig, request_with(strategy, End::kShort));
      EXPECT_TRUE(read.complete) << c.ids << read.error.text();
      EXPECT_EQ(read.ids, c.ids);
      EXPECT_EQ(rig.client.requests().size(), c.requests) << c.ids << static_cast<int>(strategy);
    }
  }
}

TEST(PagingEnd, APageThatTheSourceCutIsNotTakenForTheLast) {
  // Asked for 3, the source gives 2 at most: all pages are short, and only an empty one is the end.
  for (const Strategy strategy : {Strategy::kOffset, Strategy::kNextLink, Strategy::kLastKey}) {
    Rig rig(Shelf{.ids = "abcdefg", .most_per_page = 2, .by_key = strategy == Strategy::kLastKey});
    const Read read = read_all(rig, request_with(strategy, End::kShort));
    EXPECT_TRUE(read.complete) << read.error.text();
    EXPECT_EQ(read.ids, "abcdefg") << static_cast<int>(strategy);
    EXPECT_EQ(rig.client.requests().size(), 5U);
  }
}

TEST(PagingEnd, AnEmptyPageEndsAListWhoseLinksGoOnForever) {
  Rig rig(Shelf{.ids = "abcd"});
  const Read read = read_all(rig, request_with(Strategy::kNextLink, End::kEmpty));
  EXPECT_TRUE(read.complete) << read.error.text();
  EXPECT_EQ(read.ids, "abcd");
  EXPECT_EQ(rig.client.requests().size(), 3U);
}

TEST(PagingEnd, ATotalThatWasReachedStopsBeforeTheNextLink) {
  Rig rig(Shelf{.ids = "abcdef", .most_per_page = 2, .total = 6});
  const Read read = read_all(rig, request_with(Strategy::kNextLink, End::kTotal));
  EXPECT_TRUE(read.complete) << read.error.text();
  EXPECT_EQ(read.ids, "abcdef");
  EXPECT_EQ(rig.client.requests().size(), 3U);
}

TEST(PagingEnd, NoLinkBeforeTheTotalIsReachedIsNoEnd) {
  int readings = 0;
  Rig rig([&](const net::Request&) {
    return answer(200, ++readings == 1 ? R"({"results":[{"id":"a"}],"total":2})"
                                       : R"({"results":[{"id":"a"},{"id":"b"}],"total":2})");
  });
  const Read read = read_all(rig, request_with(Strategy::kNextLink, End::kTotal));
  EXPECT_TRUE(read.complete) << read.error.text();
  EXPECT_EQ(read.restarts, 1U);
  EXPECT_EQ(read.ids, "ab");

  Rig never([](const net::Request&) {
    return answer(200, R"({"results":[{"id":"a"},{"id":"a"}],"total":2})");
  });
  const Read fewer = read_all(never, request_with(Strategy::kNextLink, End::kTotal));
  EXPECT_EQ(fewer.error.reason, "source_incomplete");
  EXPECT_THAT(fewer.error.message, HasSubstr("fewer records came"));
}

TEST(PagingEnd, ALastKeyIsFollowedUntilAPageIsEmpty) {
  Rig rig(Shelf{.ids = "abcd", .by_key = true});
  const Read read = read_all(rig, request_with(Strategy::kLastKey, End::kUsual));
  EXPECT_TRUE(read.complete) << read.error.text();
  EXPECT_EQ(read.ids, "abcd");
  EXPECT_THAT(rig.client.urls(), ElementsAre("https://api.test/v1/things?size=3",
                                             "https://api.test/v1/things?size=3&at=c",
                                             "https://api.test/v1/things?size=3&at=d"));
}

TEST(PagingEnd, TheFirstPageMayNeedAKeyToo) {
  Rig rig(Shelf{.ids = "", .by_key = true});
  catalogue::Request request = request_with(Strategy::kLastKey, End::kUsual);
  request.paging.first_key = "0";
  EXPECT_TRUE(read_all(rig, request).complete);
  EXPECT_THAT(rig.client.urls(), ElementsAre("https://api.test/v1/things?size=3&at=0"));
}

TEST(PagingEnd, ALastRecordWithoutItsKeyAndAKeyThatStaysAreErrors) {
  Rig none([](const net::Request&) { return answer(200, R"({"results":[{"name":"x"}]})"); });
  EXPECT_THAT(read_all(none, request_with(Strategy::kLastKey, End::kUsual)).error.message,
              HasSubstr("The last record has no \"id\""));
  Rig same([](const net::Request&) { return answer(200, R"({"results":[{"id":"a"}]})"); });
  EXPECT_THAT(read_all(same, request_with(Strategy::kLastKey, End::kUsual)).error.message,
              HasSubstr("read before"));
}

TEST(PagingEnd, ParameterNamesWithBracketsAreEncoded) {
  Rig rig(Shelf{.ids = "", .by_key = true});
  catalogue::Request request = request_with(Strategy::kOffset, End::kUsual);
  request.paging.position_parameter = "page[offset]";
  request.paging.size_parameter = "page[limit]";
  EXPECT_TRUE(read_all(rig, request).complete);
  EXPECT_THAT(rig.client.urls(),
              ElementsAre("https://api.test/v1/things?page%5Blimit%5D=3&page%5Boffset%5D=0"));
}

// A list of links that announces a number on its first page alone.
struct Announcing {
  std::uint64_t announced;
  std::vector<std::uint64_t> pages;  // how many records are on each

  net::Response operator()(const net::Request& request) const {
    const std::string at = parameter(request.url, "at");
    const std::size_t page = at.empty() ? 0 : std::stoull(at);
    std::string body = "{\"results\":[";
    for (std::uint64_t i = 0; i < pages[page]; ++i) {
      body += fmt::format("{}{{\"id\":\"{}-{}\"}}", i == 0 ? "" : ",", page, i);
    }
    body += "]";
    if (page == 0) body += fmt::format(",\"count\":{}", announced);
    if (page + 1 < pages.size()) body += fmt::format(",\"next\":\"/v1/things?at={}\"", page + 1);
    return answer(200, body + "}");
  }
};

Read read_announcing(Announcing source) {
  catalogue::Request request = small_request("/things");
  request.records = path("results");
  request.paging.next = path("next");
  request.paging.total = path("count");
  Rig rig(std::move(source));
  return read_all(rig, request);
}

TEST(AnnouncedTotal, WithFewerRecordsTheListIsReadAgainAndThenFails) {
  const Read read = read_announcing({.announced = 300, .pages = {100, 100}});
  EXPECT_FALSE(read.complete);
  EXPECT_EQ(read.restarts, 2U);
  EXPECT_EQ(read.error.reason, "source_incomplete");
  EXPECT_THAT(read.error.message, HasSubstr("300 records were announced and 200 came"));
}

TEST(AnnouncedTotal, OfAListOnOnePageNotOneMayBeMissing) {
  EXPECT_EQ(read_announcing({.announced = 10, .pages = {9}}).error.reason, "source_incomplete");
  EXPECT_TRUE(read_announcing({.announced = 10, .pages = {10}}).complete);
}

TEST(AnnouncedTotal, AFewMayBeDeletedWhileTheListIsRead) {
  EXPECT_TRUE(read_announcing({.announced = 202, .pages = {100, 100}}).complete);
}

TEST(AnnouncedTotal, MayBeLessThanWhatComes) {
  EXPECT_TRUE(read_announcing({.announced = 100, .pages = {100, 100}}).complete);
}

}  // namespace
}  // namespace muster::source::test
