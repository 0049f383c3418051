// Passes, expected numbers and what begins again; details are in detail_reader_test.cc.
#include "source/record_reader.h"

#include "source/test_support.h"

namespace muster::source::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const base::Stop kNoStop;

struct Outcome {
  std::vector<std::string> ids;  // since the last Restart
  std::vector<std::string> restarts;
  std::optional<Complete> complete;
  base::Error error;
};

catalogue::DataSet users() {
  catalogue::DataSet set;
  set.name = "users";
  set.key = "id";
  set.attributes.push_back({.name = "id", .path = path("id")});
  set.request = small_request();
  set.request.fields_parameter.clear();
  set.request.paging.page_size = 0;
  return set;
}

catalogue::DataSet users_in_passes() {
  catalogue::DataSet set = users();
  set.passes = {{.parameters = {{"kind", "new"}}}, {.parameters = {{"kind", "old"}}}};
  return set;
}

catalogue::DataSet counted_users() {
  catalogue::DataSet set = users();
  set.expected.request = small_request("/count");
  set.expected.value = path("count");
  return set;
}

Outcome read(Session& session, const catalogue::DataSet& set, RecordsPlan plan = {}) {
  RecordReader reader(session, set, std::move(plan));
  Outcome outcome;
  for (;;) {
    auto step = reader.next(kNoStop);
    if (!step.ok()) {
      outcome.error = step.error();
      return outcome;
    }
    if (const Page* page = std::get_if<Page>(&*step)) {
      for (const json::Value& record : page->records) {
        outcome.ids.emplace_back(record.find("id")->text());
      }
    } else if (const Restart* restart = std::get_if<Restart>(&*step)) {
      outcome.ids.clear();
      outcome.restarts.push_back(restart->why);
    } else {
      outcome.complete = std::get<Complete>(*step);
      return outcome;
    }
  }
}

bool asks(const net::Request& request, std::string_view text) {
  return request.url.find(text) != std::string::npos;
}

// "new": a, b over two pages; "old": an empty page, then c.
Result<net::Response> two_kinds(const net::Request& request) {
  if (asks(request, "page=2")) return answer(200, R"({"value":[{"id":"b"}]})");
  if (asks(request, "page=3")) return answer(200, R"({"value":[{"id":"c"}]})");
  if (asks(request, "kind=old")) {
    return answer(200, R"({"value":[],"@odata.nextLink":"/v1/users?kind=old&page=3"})");
  }
  return answer(200, R"({"value":[{"id":"a"}],"@odata.nextLink":"/v1/users?kind=new&page=2"})");
}

TEST(Passes, AreReadOneAfterTheOtherAsOneListing) {
  Rig rig(two_kinds);
  const Outcome outcome = read(rig.open(), users_in_passes());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_TRUE(outcome.complete->is_whole());
  EXPECT_EQ(outcome.complete->records(), 3u);
  EXPECT_EQ(outcome.complete->pages(), 4u);
  EXPECT_THAT(outcome.ids, ElementsAre("a", "b", "c"));
}

TEST(Passes, AreCompleteOnlyTogether) {
  Rig rig([](const net::Request& request) {
    if (asks(request, "kind=old")) return Result<net::Response>(refusal(403, "Denied"));
    return two_kinds(request);
  });
  const Outcome outcome = read(rig.open(), users_in_passes());
  EXPECT_FALSE(outcome.complete);
  EXPECT_THAT(outcome.error.where, HasSubstr("users"));
}

TEST(Passes, ShareTheLimit) {
  for (const std::uint64_t limit : {1u, 2u, 3u, 4u, 5u}) {
    Rig rig([](const net::Request& request) {
      if (asks(request, "kind=new")) return two_kinds(request);
      return Result<net::Response>(answer(200, R"({"value":[{"id":"c"},{"id":"d"}]})"));
    });
    const Outcome outcome = read(rig.open(), users_in_passes(), {.limit = limit});
    ASSERT_TRUE(outcome.complete) << outcome.error.text();
    EXPECT_THAT(outcome.ids, SizeIs(std::min<std::uint64_t>(limit, 4))) << limit;
    EXPECT_EQ(outcome.complete->records(), outcome.ids.size()) << limit;
    EXPECT_EQ(outcome.complete->is_whole(), limit >= 4) << limit;
    EXPECT_EQ(rig.client.requests().size(), std::min<std::uint64_t>(limit, 3)) << limit;
  }
}

TEST(Passes, JoinTheirFilterWithThatOfTheImporter) {
  catalogue::DataSet set = users_in_passes();
  set.filter = {.parameter = "q", .join = "({filter}) and ({pass})"};
  set.passes = {{.filter = "old eq {1}"}, {.parameters = {{"kind", "new"}}}};
  Rig rig([](const net::Request&) { return answer(200, R"({"value":[]})"); });
  Session& session = rig.open();
  ASSERT_TRUE(read(session, set, {.filter_text = "a eq {pass}"}).complete);
  ASSERT_TRUE(read(session, set).complete);
  EXPECT_THAT(
      rig.client.urls(),
      ElementsAre("https://api.test/v1/users?q=(a%20eq%20%7Bpass%7D)%20and%20(old%20eq%20%7B1%7D)",
                  "https://api.test/v1/users?kind=new&q=a%20eq%20%7Bpass%7D",
                  "https://api.test/v1/users?q=old%20eq%20%7B1%7D",
                  "https://api.test/v1/users?kind=new"));
}

TEST(Passes, AllBeginAgainWhenOneOfThemDoes) {
  for (const char* where : {"page=2", "page=3"}) {
    bool expired = false;
    Rig rig([&](const net::Request& request) {
      if (asks(request, where) && !std::exchange(expired, true)) {
        return Result<net::Response>(refusal(400, "Expired"));
      }
      return two_kinds(request);
    });
    rig.source.errors = {{.code = "Expired", .meaning = catalogue::ErrorRule::Meaning::kRestart}};
    const Outcome outcome = read(rig.open(), users_in_passes());
    ASSERT_TRUE(outcome.complete) << outcome.error.text();
    EXPECT_EQ(outcome.complete->records(), 3u) << where;
    EXPECT_EQ(outcome.complete->pages(), 4u) << where;
    EXPECT_THAT(outcome.ids, ElementsAre("a", "b", "c")) << where;
    EXPECT_THAT(outcome.restarts, ElementsAre("the place in the list had expired")) << where;
  }
}

TEST(Passes, DoNotBeginAgainForEver) {
  Rig rig([](const net::Request& request) {
    if (asks(request, "page=3")) return Result<net::Response>(refusal(400, "Expired"));
    return two_kinds(request);
  });
  rig.source.errors = {{.code = "Expired", .meaning = catalogue::ErrorRule::Meaning::kRestart}};
  const Outcome outcome = read(rig.open(), users_in_passes());
  EXPECT_FALSE(outcome.complete);
  EXPECT_EQ(outcome.error.reason, "source_incomplete");
  EXPECT_THAT(outcome.restarts, SizeIs(kMaxRestarts));
}

// `sent[i]`: what the i-th reading sends; `told[i]`: what the i-th question for the number answers.
// The last of each counts from then on.
struct Counted {
  std::vector<std::string> sent;
  std::vector<std::string> told;
  std::size_t readings = 0;
  std::size_t questions = 0;

  FakeClient::Handler handler() {
    return [this](const net::Request& request) {
      if (asks(request, "/count")) {
        const std::string& number = told[std::min(questions++, told.size() - 1)];
        return answer(200, fmt::format(R"({{"count":{}}})", number));
      }
      const std::string& ids = sent[std::min(readings++, sent.size() - 1)];
      std::string records;
      for (const char id : ids)
        records += fmt::format(R"({}{{"id":"{}"}})", records.empty() ? "" : ",", id);
      return answer(200, fmt::format(R"({{"value":[{}]}})", records));
    };
  }
};

TEST(Expected, IsContentWithAsManyRecordsAsTheSourceTells) {
  for (const char* sent : {"abc", "abcd"}) {
    Counted counted{.sent = {sent}, .told = {"3"}};
    Rig rig(counted.handler());
    const Outcome outcome = read(rig.open(), counted_users());
    ASSERT_TRUE(outcome.complete) << outcome.error.text();
    EXPECT_THAT(outcome.restarts, IsEmpty());
  }
}

TEST(Expected, ReadsAListThatIsTooShortOnceMoreAndThenGivesUp) {
  Counted counted{.sent = {"ab"}, .told = {"3"}};
  Rig rig(counted.handler());
  const Outcome outcome = read(rig.open(), counted_users());
  EXPECT_FALSE(outcome.complete);
  EXPECT_EQ(outcome.error.reason, "source_incomplete");
  EXPECT_EQ(outcome.error.where, "users");
  EXPECT_THAT(outcome.error.message, HasSubstr("the source tells of 3 records and sent 2"));
  EXPECT_THAT(outcome.restarts, ElementsAre("the source tells of 3 records and sent 2"));
  EXPECT_EQ(counted.readings, 2u);
}

TEST(Expected, TakesTheSecondReadingWhenThatIsWhole) {
  Counted counted{.sent = {"ab", "abc"}, .told = {"3"}};
  Rig rig(counted.handler());
  const Outcome outcome = read(rig.open(), counted_users());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(outcome.ids, ElementsAre("a", "b", "c"));
  EXPECT_EQ(outcome.complete->records(), 3u);
}

TEST(Expected, IsContentWithTheShareThatMustCome) {
  for (const auto& [share, is_enough] : {std::pair(0.8, true), {0.81, false}}) {
    Counted counted{.sent = {"abcd"}, .told = {"5"}};
    Rig rig(counted.handler());
    catalogue::DataSet set = counted_users();
    set.expected.at_least = share;
    const Outcome outcome = read(rig.open(), set);
    ASSERT_EQ(outcome.complete.has_value(), is_enough) << share;
    EXPECT_THAT(outcome.restarts, SizeIs(is_enough ? 0 : 1)) << "a second reading before failing";
    if (!is_enough) continue;
    ASSERT_TRUE(outcome.complete->shortfall().has_value()) << "and nobody takes it for all";
    EXPECT_EQ(outcome.complete->shortfall()->announced, 5u);
    EXPECT_EQ(outcome.complete->shortfall()->came, 4u);
  }
}

TEST(Expected, LacksNothingWhenAllCame) {
  Counted counted{.sent = {"abcde"}, .told = {"5"}};
  Rig rig(counted.handler());
  EXPECT_EQ(read(rig.open(), counted_users()).complete.value().shortfall(), std::nullopt);
}

TEST(Expected, CountsARecordThatComesTwiceOnce) {
  Counted counted{.sent = {"abb"}, .told = {"3"}};
  Rig rig(counted.handler());
  EXPECT_EQ(read(rig.open(), counted_users()).error.reason, "source_incomplete");
}

TEST(Expected, DoesNotMindWhatIsMadeOrDeletedMeanwhile) {
  for (const auto& told : {std::vector<std::string>{"3", "4"}, {"4", "3"}}) {
    Counted counted{.sent = {"abc"}, .told = told};
    Rig rig(counted.handler());
    EXPECT_TRUE(read(rig.open(), counted_users()).complete) << told[0];
  }
}

TEST(Expected, SaysNothingOfAFilterOrALimit) {
  Counted counted{.sent = {"ab"}, .told = {"3"}};
  Rig rig(counted.handler());
  catalogue::DataSet set = counted_users();
  set.filter.parameter = "q";
  Session& session = rig.open();
  EXPECT_TRUE(read(session, set, {.filter_text = "x"}).complete);
  EXPECT_TRUE(read(session, set, {.limit = 5}).complete);
  EXPECT_EQ(counted.questions, 0u);
}

TEST(Expected, CountsThePassesTogether) {
  Rig rig([](const net::Request& request) {
    if (asks(request, "/count")) return Result<net::Response>(answer(200, R"({"count":"3"})"));
    return two_kinds(request);
  });
  catalogue::DataSet set = counted_users();
  set.passes = users_in_passes().passes;
  const Outcome outcome = read(rig.open(), set);
  EXPECT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(outcome.restarts, IsEmpty());
}

TEST(Expected, MustBeANumber) {
  for (const char* told : {"null", "\"many\"", "-1", "{}", "2.5"}) {
    Counted counted{.sent = {"ab"}, .told = {told}};
    Rig rig(counted.handler());
    const Outcome outcome = read(rig.open(), counted_users());
    EXPECT_EQ(outcome.error.reason, "source_protocol") << told;
    EXPECT_THAT(outcome.error.message, HasSubstr("count")) << told;
  }
}

TEST(Expected, ThatCannotBeAskedForFailsTheReading) {
  Rig rig([](const net::Request& request) {
    if (asks(request, "/count")) return Result<net::Response>(refusal(403, "Denied"));
    return two_kinds(request);
  });
  const Outcome outcome = read(rig.open(), counted_users());
  EXPECT_FALSE(outcome.complete);
  EXPECT_THAT(outcome.error.where, HasSubstr("users: expected number"));
}

catalogue::DataSet users_of_any_age() {
  catalogue::DataSet set = users();
  set.request.path = "/new/users";
  set.older.request = small_request("/old/users");
  set.older.request.fields_parameter.clear();
  set.older.request.records = path("people");
  set.older.detail.request = small_request("/old/users/{key}");
  set.older.detail.request.fields_parameter.clear();
  set.older.detail.key_path = path("id");
  return set;
}

Result<net::Response> old_server(const net::Request& request) {
  if (asks(request, "/new/")) return refusal(404, "None");
  if (asks(request, "/old/users/")) return answer(200, R"({"id":"told"})");
  return answer(200, R"({"people":[{"id":"1"},{"id":"2"}]})");
}

TEST(Older, IsReadWithItsDetailsWhereTheSourceHasNoOther) {
  Rig rig(old_server);
  const Outcome outcome = read(rig.open(), users_of_any_age(), {.fields = {"name"}});
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_TRUE(outcome.complete->is_whole());
  EXPECT_EQ(outcome.complete->records(), 2u);
  EXPECT_THAT(outcome.ids, ElementsAre("told", "told"));
}

TEST(Older, IsNotAskedWhereTheSourceHasTheNewerList) {
  std::size_t old_asked = 0;
  Rig rig([&](const net::Request& request) {
    old_asked += asks(request, "/old/") ? 1 : 0;
    return answer(200, R"({"value":[{"id":"1"}]})");
  });
  const Outcome outcome = read(rig.open(), users_of_any_age());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(outcome.ids, ElementsAre("1"));
  EXPECT_EQ(old_asked, 0u);
}

TEST(Older, CannotBeFilteredByTheNewerLanguage) {
  Rig rig(old_server);
  catalogue::DataSet set = users_of_any_age();
  set.filter.parameter = "filter";
  const Outcome outcome = read(rig.open(), set, {.filter_text = "name==x"});
  EXPECT_FALSE(outcome.complete);
  EXPECT_THAT(outcome.error.message, HasSubstr("use `where`"));
}

TEST(Older, IsNotTakenForAListThatIsGoneInTheMiddle) {
  Rig rig([](const net::Request& request) -> Result<net::Response> {
    if (asks(request, "page=2")) return refusal(404, "None");
    if (asks(request, "/old/")) return answer(200, R"({"people":[]})");
    return answer(200, R"({"value":[{"id":"a"}],"@odata.nextLink":"/new/users?page=2"})");
  });
  const Outcome outcome = read(rig.open(), users_of_any_age());
  EXPECT_FALSE(outcome.complete);
}

}  // namespace
}  // namespace muster::source::test
