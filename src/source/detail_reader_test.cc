// One GET per record for what the listing does not tell.
#include "source/detail_reader.h"

#include "json/writer.h"
#include "source/record_reader.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const base::Stop kNoStop;

struct Outcome {
  std::vector<std::string> records;  // as JSON, since the last Restart
  std::optional<Complete> complete;
  base::Error error;
};

catalogue::DataSet policies() {
  catalogue::DataSet set;
  set.name = "policies";
  set.key = "id";
  set.attributes.push_back({.name = "id", .path = path("id")});
  set.request = small_request("/policies");
  set.detail.request = small_request("/policies/{key}");
  set.detail.request.fields_parameter.clear();
  set.detail.key_path = path("id");
  return set;
}

catalogue::DataSet policies_with_listed_roles() {
  catalogue::DataSet set = policies();
  set.detail.is_list = true;
  set.detail.into = "roles";
  set.detail.request.paging.strategy = catalogue::Paging::Strategy::kNextLink;
  set.detail.request.paging.next = path("next");
  return set;
}

Outcome read(Session& session, const catalogue::DataSet& set,
             RecordsPlan plan = {.needs_detail = true}, const base::Stop& stop = kNoStop) {
  RecordReader reader(session, set, std::move(plan));
  Outcome outcome;
  for (;;) {
    auto step = reader.next(stop);
    if (!step.ok()) {
      outcome.error = step.error();
      return outcome;
    }
    if (const Page* page = std::get_if<Page>(&*step)) {
      for (const json::Value& record : page->records) {
        json::Writer(outcome.records.emplace_back()).value(record);
      }
    } else if (std::holds_alternative<Restart>(*step)) {
      outcome.records.clear();
    } else {
      outcome.complete = std::get<Complete>(*step);
      return outcome;
    }
  }
}

// The key of a detail's URL, as it stands there; empty: the listing was asked.
std::string detail_of(const net::Request& request) {
  constexpr std::string_view kBefore = "/policies/";
  const std::size_t at = request.url.find(kBefore);
  if (at == std::string::npos) return {};
  const std::string rest = request.url.substr(at + kBefore.size());
  return rest.substr(0, rest.find('?'));
}

std::string list_of(std::size_t count) {
  std::string records;
  for (std::size_t i = 0; i < count; ++i) {
    records += fmt::format(R"({}{{"id":"p{}"}})", i == 0 ? "" : ",", i);
  }
  return fmt::format(R"({{"value":[{}]}})", records);
}

// Lists p0, p1 and so on; of those in `lost` it has no details.
struct Policies {
  std::size_t count = 3;
  std::set<std::string> lost;
  std::size_t lost_times = 1000;  // so often; then they are there
  std::map<std::string, std::size_t> asked;

  FakeClient::Handler handler() {
    return [this](const net::Request& request) {
      const std::string key = detail_of(request);
      if (key.empty()) return answer(200, list_of(count));
      if (++asked[key] <= lost_times && lost.contains(key)) return refusal(404, "None");
      return answer(200, fmt::format(R"({{"id":"{}","notes":"of {}"}})", key, key));
    };
  }
};

void treat_404_as_gone(Rig& rig) {
  rig.source.errors = {{.status = 404, .meaning = catalogue::ErrorRule::Meaning::kGone}};
}

TEST(Details, ArePutOverTheListedRecords) {
  Rig rig([](const net::Request& request) {
    const std::string key = detail_of(request);
    if (key.empty()) {
      return answer(200, R"({"value":[{"id":"1","name":"listed","size":1.50},{"id":"2"}]})");
    }
    if (key == "2") return answer(200, R"({"policy":{}})");
    return answer(200, R"({"policy":{"name":"told","notes":{"a":[null]}},"name":"not this"})");
  });
  catalogue::DataSet set = policies();
  set.detail.record = path("policy");
  const Outcome outcome = read(rig.open(), set);
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_TRUE(outcome.complete->is_whole());
  EXPECT_EQ(outcome.complete->records(), 2u);
  EXPECT_THAT(
      outcome.records,
      ElementsAre(R"({"id":"1","size":1.50,"name":"told","notes":{"a":[null]}})", R"({"id":"2"})"));
}

TEST(Details, MayBeAListThatBecomesAMemberOfTheRecord) {
  Rig rig([](const net::Request& request) {
    if (detail_of(request).empty()) return answer(200, R"({"value":[{"id":"1","roles":"old"}]})");
    return answer(200, R"([{"label":"Owner"}])");
  });
  catalogue::DataSet set = policies();
  set.detail.into = "roles";
  const Outcome outcome = read(rig.open(), set);
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(outcome.records, ElementsAre(R"({"id":"1","roles":[{"label":"Owner"}]})"));
}

TEST(Details, MayBeAListInPages) {
  Rig rig([](const net::Request& request) {
    const std::string key = detail_of(request);
    if (key.empty()) return answer(200, R"({"value":[{"id":"1"},{"id":"2"},{"id":"3"}]})");
    if (key == "2") return answer(200, R"({"value":[]})");
    if (key == "3") return refusal(404, "None");
    if (request.url.find("page=2") != std::string::npos) {
      return answer(200, R"({"value":[{"label":"B"}]})");
    }
    return answer(200, R"({"value":[{"label":"A"}],"next":"/v1/policies/1?page=2"})");
  });
  treat_404_as_gone(rig);
  const Outcome outcome = read(rig.open(), policies_with_listed_roles());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(outcome.records, ElementsAre(R"({"id":"1","roles":[{"label":"A"},{"label":"B"}]})",
                                           R"({"id":"2","roles":[]})"));
  EXPECT_EQ(outcome.complete->gone(), 1u);
}

TEST(Details, OfAListThatDoesNotEndWellFailTheReading) {
  Rig rig([](const net::Request& request) {
    if (detail_of(request).empty()) return answer(200, R"({"value":[{"id":"1"}]})");
    if (request.url.find("page=2") != std::string::npos) return refusal(403, "Forbidden");
    return answer(200, R"({"value":[{"label":"A"}],"next":"/v1/policies/1?page=2"})");
  });
  const Outcome outcome = read(rig.open(), policies_with_listed_roles());
  EXPECT_FALSE(outcome.complete);
  EXPECT_THAT(outcome.error.where, HasSubstr("policies: details of 1"));
}

TEST(Details, AreAskedForOnlyOfTheRecordsThatHaveAny) {
  std::vector<std::string> asked;
  Rig rig([&](const net::Request& request) {
    const std::string key = detail_of(request);
    if (!key.empty()) {
      asked.push_back(key);
      return answer(200, R"({"notes":"told"})");
    }
    return answer(200, R"({"value":[{"id":"1","has":true},{"id":"2","has":false},{"id":"3"}]})");
  });
  catalogue::DataSet set = policies();
  set.detail.when = *catalogue::Where::parse("has == true");
  const Outcome outcome = read(rig.open(), set);
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(asked, ElementsAre("1"));
  EXPECT_THAT(outcome.records, ElementsAre(R"({"id":"1","has":true,"notes":"told"})",
                                           R"({"id":"2","has":false})", R"({"id":"3"})"));
}

TEST(Details, AreNotAskedForUnlessNeeded) {
  Policies policies_there;
  Rig rig(policies_there.handler());
  const Outcome outcome = read(rig.open(), policies(), {});
  EXPECT_TRUE(outcome.complete);
  EXPECT_THAT(policies_there.asked, IsEmpty());
}

TEST(Details, AreAskedForByTheirFieldsAndParametersWithTheKeyEncoded) {
  Rig rig([](const net::Request& request) {
    if (request.url.find("/devices/") == std::string::npos) {
      return answer(200, R"({"value":[{"id":"1","udid":"a/b ?"}]})");
    }
    return answer(200, R"({"notes":"x"})");
  });
  catalogue::DataSet set = policies();
  set.detail.request.path = "/devices/{key}/all";
  rig.source.connection.push_back({.name = "tenant"});
  rig.values.values["tenant"] = "t&1";
  set.detail.request.parameters = {{"tenant", "{tenant}"}};
  set.detail.request.fields_parameter = "section";
  set.detail.key_path = path("udid");
  Session& session = rig.open();
  EXPECT_TRUE(read(session, set, {.needs_detail = true, .detail_fields = {"A", "B"}}).complete);
  EXPECT_THAT(rig.client.urls().back(),
              HasSubstr("/devices/a%2Fb%20%3F/all?tenant=t%261&section="));
  EXPECT_THAT(rig.client.urls().back(), HasSubstr("section=A,B"));
  set.detail.request.repeats_fields = true;
  EXPECT_TRUE(read(session, set, {.needs_detail = true, .detail_fields = {"A", "B"}}).complete);
  EXPECT_THAT(rig.client.urls().back(), HasSubstr("section=A&section=B"));
}

TEST(Details, ComeInTheOrderOfTheListHoweverLongTheyTake) {
  Policies there{.count = 1200};
  Rig rig(there.handler());
  rig.client.latency = 20ms;
  const Outcome outcome = read(rig.open(), policies());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  ASSERT_THAT(outcome.records, SizeIs(1200));
  for (std::size_t i = 0; i < 1200; ++i) {
    ASSERT_EQ(outcome.records[i], fmt::format(R"({{"id":"p{}","notes":"of p{}"}})", i, i));
  }
  EXPECT_LT(rig.client.times().back() - rig.client.times().front(), 1200 * 20ms / 3)
      << "several at once";
}

TEST(Details, AreAskedForOnlyWithinTheLimit) {
  Policies there{.count = 200};
  Rig rig(there.handler());
  const Outcome outcome = read(rig.open(), policies(), {.limit = 7, .needs_detail = true});
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_FALSE(outcome.complete->is_whole());
  EXPECT_THAT(outcome.records, SizeIs(7));
  EXPECT_THAT(there.asked, SizeIs(7));
}

TEST(Details, OfRecordsWithoutAKeyAreNotAskedFor) {
  Rig rig([](const net::Request& request) {
    if (!detail_of(request).empty()) return answer(200, R"({"notes":"x"})");
    return answer(200, R"({"value":[{"id":"1"},{"id":null},{"name":"?"},7]})");
  });
  const Outcome outcome = read(rig.open(), policies());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(outcome.records,
              ElementsAre(R"({"id":"1","notes":"x"})", R"({"id":null})", R"({"name":"?"})", "7"));
}

TEST(Details, ThatCannotBeAskedForAreNeverLeftOut) {
  for (const char* record : {R"({"id":"1"})", R"({"id":"1","udid":".."})"}) {
    Rig rig([&](const net::Request& request) -> Result<net::Response> {
      if (!detail_of(request).empty()) return answer(200, "{}");
      return answer(200, fmt::format(R"({{"value":[{}]}})", record));
    });
    catalogue::DataSet set = policies();
    set.detail.key_path = path("udid");
    EXPECT_EQ(read(rig.open(), set).error.reason, "source_protocol") << record;
  }
}

TEST(Details, OfWhatWasDeletedMeanwhileLeaveTheRecordOut) {
  Policies there{.lost = {"p1"}};
  Rig rig(there.handler());
  treat_404_as_gone(rig);
  const Outcome outcome = read(rig.open(), policies());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_EQ(outcome.complete->gone(), 1u);
  EXPECT_THAT(outcome.records, ElementsAre(HasSubstr("p0"), HasSubstr("p2")));
  EXPECT_EQ(there.asked["p1"], 2u) << "asked again at the end";
}

TEST(Details, ThatAreThereAfterAllFailTheReading) {
  Policies there{.lost = {"p1"}, .lost_times = 1};
  Rig rig(there.handler());
  treat_404_as_gone(rig);
  const Outcome outcome = read(rig.open(), policies());
  EXPECT_FALSE(outcome.complete);
  EXPECT_EQ(outcome.error.reason, "source_incomplete");
}

TEST(Details, AreNotBelievedToBeGoneInGreatNumbers) {
  for (const std::size_t lost : {std::size_t{10}, std::size_t{11}}) {
    Policies there{.count = 100};
    for (std::size_t i = 0; i < lost; ++i) there.lost.insert(fmt::format("p{}", i));
    Rig rig(there.handler());
    treat_404_as_gone(rig);
    const Outcome outcome = read(rig.open(), policies());
    EXPECT_EQ(outcome.complete.has_value(), lost == 10) << lost;
    if (lost == 11) {
      EXPECT_EQ(outcome.error.reason, "source_incomplete");
      EXPECT_THAT(outcome.error.message, HasSubstr("11 of 100 records"));
    }
  }
}

TEST(Details, AreNotReadOnWhenMostAreMissing) {
  Policies there{.count = 2000};
  for (std::size_t i = 0; i < there.count; ++i) there.lost.insert(fmt::format("p{}", i));
  Rig rig(there.handler());
  treat_404_as_gone(rig);
  EXPECT_EQ(read(rig.open(), policies()).error.reason, "source_incomplete");
  EXPECT_LE(there.asked.size(), 500u);
}

TEST(Details, ThatAreRefusedFailTheReadingAndNameTheRecord) {
  for (const int status : {400, 403, 405}) {
    Policies there{.count = 300};
    Rig rig([&](const net::Request& request) -> Result<net::Response> {
      if (detail_of(request) == "p1") return refusal(status, "Denied");
      return there.handler()(request);
    });
    const Outcome outcome = read(rig.open(), policies());
    EXPECT_FALSE(outcome.complete);
    EXPECT_NE(outcome.error.reason, "gone") << status;
    EXPECT_NE(outcome.error.reason, "cancelled") << status;
    EXPECT_THAT(outcome.error.where, HasSubstr("policies: details of p1")) << status;
  }
}

TEST(Details, DoNotMeanTheListWhenTheyAskForARestart) {
  for (const auto meaning :
       {catalogue::ErrorRule::Meaning::kRestart, catalogue::ErrorRule::Meaning::kEndOfList}) {
    Policies there{.lost = {"p1"}};
    Rig rig(there.handler());
    rig.source.errors = {{.status = 404, .meaning = meaning}};
    const Outcome outcome = read(rig.open(), policies());
    EXPECT_FALSE(outcome.complete);
    EXPECT_EQ(outcome.error.reason, "source_protocol");
  }
}

TEST(Details, MustBeAnObject) {
  for (const char* body : {"[]", "7", R"({"policy":[1]})", R"({"other":{}})"}) {
    Rig rig([&](const net::Request& request) -> Result<net::Response> {
      return answer(200, detail_of(request).empty() ? list_of(1) : std::string(body));
    });
    catalogue::DataSet set = policies();
    set.detail.record = path("policy");
    EXPECT_EQ(read(rig.open(), set).error.reason, "source_protocol") << body;
  }
}

TEST(Details, ThatArriveDamagedAreAskedForAgain) {
  std::size_t damaged = 0;
  Rig rig([&](const net::Request& request) -> Result<net::Response> {
    if (detail_of(request).empty()) return answer(200, list_of(2));
    if (damaged++ < 2) return answer(200, R"({"notes":"cut o)");
    return answer(200, R"({"notes":"whole"})");
  });
  rig.source.lanes[0].initial_in_flight = rig.source.lanes[0].max_in_flight = 1;
  const Outcome outcome = read(rig.open(), policies());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_THAT(outcome.records, Each(HasSubstr("whole")));
}

TEST(Details, AreAskedForAtTheNewestPathThatTheSourceHas) {
  Policies there;
  Rig rig([&](const net::Request& request) -> Result<net::Response> {
    if (request.url.find("/v2/") != std::string::npos) return refusal(404, "None");
    return there.handler()(request);
  });
  treat_404_as_gone(rig);
  catalogue::DataSet set = policies();
  set.detail.request.path = "/v2/policies/{key}";
  set.detail.request.older_paths = {"/policies/{key}"};
  const Outcome outcome = read(rig.open(), set);
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_EQ(outcome.complete->gone(), 0u);
  EXPECT_THAT(outcome.records,
              ElementsAre(HasSubstr("of p0"), HasSubstr("of p1"), HasSubstr("of p2")));
}

TEST(Details, AreTakenInPiecesWhenTheyAreLarge) {
  const std::string large(std::size_t{1} << 20, 'x');
  Rig rig([&](const net::Request& request) -> Result<net::Response> {
    if (detail_of(request).empty()) return answer(200, list_of(40));
    return answer(200, fmt::format(R"({{"notes":"{}"}})", large));
  });
  rig.client.remembers = false;
  const catalogue::DataSet set = policies();
  RecordReader reader(rig.open(), set, {.needs_detail = true});
  std::size_t records = 0;
  for (;;) {
    auto step = reader.next(kNoStop);
    ASSERT_TRUE(step.ok()) << step.error().text();
    const Page* page = std::get_if<Page>(&*step);
    if (page == nullptr) break;
    EXPECT_LE(page->records.size(), 12u) << "8 MiB and what was under way";
    records += page->records.size();
  }
  EXPECT_EQ(records, 40u);
}

TEST(Details, BeginAgainWithTheListing) {
  Policies there{.lost = {"p1"}};
  bool expired = false;
  Rig rig([&](const net::Request& request) -> Result<net::Response> {
    if (request.url.find("page=2") != std::string::npos) {
      if (!std::exchange(expired, true)) return refusal(400, "Expired");
      return answer(200, R"({"value":[{"id":"last"}]})");
    }
    if (detail_of(request).empty()) {
      return answer(
          200, R"({"value":[{"id":"p0"},{"id":"p1"}],"@odata.nextLink":"/v1/policies?page=2"})");
    }
    return there.handler()(request);
  });
  treat_404_as_gone(rig);
  rig.source.errors.push_back(
      {.code = "Expired", .meaning = catalogue::ErrorRule::Meaning::kRestart});
  const Outcome outcome = read(rig.open(), policies());
  ASSERT_TRUE(outcome.complete) << outcome.error.text();
  EXPECT_TRUE(expired);
  EXPECT_EQ(outcome.complete->gone(), 1u) << "not once per reading";
  EXPECT_THAT(outcome.records, ElementsAre(HasSubstr("of p0"), HasSubstr("of last")));
}

TEST(Details, StopWhenAsked) {
  Policies there{.count = 400};
  std::stop_source stop;
  Rig rig([&](const net::Request& request) -> Result<net::Response> {
    if (there.asked.size() == 5) stop.request_stop();
    return there.handler()(request);
  });
  rig.client.latency = 10ms;
  const Outcome outcome = read(rig.open(), policies(), {.needs_detail = true}, stop.get_token());
  EXPECT_EQ(outcome.error.kind, base::ErrorKind::kCancelled);
  EXPECT_LE(there.asked.size(), 20u);
}

}  // namespace
}  // namespace muster::source::test
