// What a listing asks for: which of several paths, which fields, which worked out parameters; and
// where it finds the records in the answer.
#include "source/listing.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const base::Stop kNoStop;

struct Outcome {
  std::vector<std::string> ids;
  bool complete = false;
  base::Error error;
};

Outcome read_all(Session& session, ListingPlan plan) {
  Listing listing(session, std::move(plan));
  Outcome outcome;
  for (;;) {
    auto step = listing.next(kNoStop);
    if (!step.ok()) {
      outcome.error = step.error();
      return outcome;
    }
    if (const Page* page = std::get_if<Page>(&*step)) {
      for (const json::Value& record : page->records) {
        outcome.ids.emplace_back(record.find("id")->text());
      }
    } else if (std::holds_alternative<Complete>(*step)) {
      outcome.complete = true;
      return outcome;
    }
  }
}

catalogue::Request plain_request(std::string where = "/users") {
  catalogue::Request request = small_request(std::move(where));
  request.paging = {};
  request.fields_parameter.clear();
  return request;
}

constexpr const char* kTwo = R"({"value":[{"id":"a"},{"id":"b"}]})";

// Knows the paths that end so; every other answers with `missing`.
FakeClient::Handler source_with(std::string_view known, int missing) {
  return [known, missing](const net::Request& request) {
    const std::string_view url = request.url;
    const bool is_known = url.substr(0, url.find('?')).ends_with(known);
    return is_known ? answer(200, kTwo) : answer(missing, "<html>No.</html>");
  };
}

TEST(ListingComplaint, NamesWhatOfTheRequestItIsAboutAndNothingElse) {
  const auto told = [](const std::string& complaint, const std::string& filter) {
    Rig rig([&](const net::Request&) {
      return answer(400, R"({"error":{"code":"BadRequest","message":")" + complaint + "\"}}");
    });
    const catalogue::Request request = plain_request();
    catalogue::Filter by;
    by.parameter = "filter";
    const Outcome outcome = read_all(rig.open(), {.request = &request,
                                                  .name = "users",
                                                  .fields = {"id", "mail", "badgeNumber"},
                                                  .filter = &by,
                                                  .filter_text = filter});
    EXPECT_EQ(outcome.error.reason, "source_protocol");
    EXPECT_EQ(outcome.error.where, "users");
    return outcome.error.message;
  };
  EXPECT_THAT(told("Could not find a property named 'badgeNumber' on type 'user'.", ""),
              HasSubstr(" It is about: badgeNumber."));
  EXPECT_THAT(told("The id of badgeNumbers of Anna Schmidt is no mail.", ""),
              testing::AllOf(HasSubstr(" It is about: mail."), testing::Not(HasSubstr("Anna"))));
  EXPECT_THAT(
      told("Invalid filter clause: 'departmnt' near 'Sales'.", "departmnt eq 'Sales'"),
      testing::AllOf(HasSubstr(" It is about: departmnt."), testing::Not(HasSubstr("Sales"))));
  EXPECT_THAT(told("Unsupported Query.", "x ne 'y'"),
              HasSubstr(" It was asked with the importer's filter."));
  EXPECT_THAT(told("Unsupported Query.", ""), testing::Not(HasSubstr("It is about")));
}

TEST(ListingPaths, TheNewestPathThatTheSourceHasIsFoundOnceForTheSession) {
  for (const int missing : {404, 405}) {
    Rig rig(source_with("/v2/users", missing));
    catalogue::Request request = plain_request("/v4/users");
    request.older_paths = {"/v3/users", "/v2/users", "/v1/users"};
    Session& session = rig.open();
    for (int reading = 0; reading < 2; ++reading) {
      const Outcome outcome = read_all(session, {.request = &request, .name = "users"});
      EXPECT_TRUE(outcome.complete) << outcome.error.text();
      EXPECT_THAT(outcome.ids, ElementsAre("a", "b"));
    }
    EXPECT_THAT(rig.client.urls(),
                ElementsAre("https://api.test/v1/v4/users", "https://api.test/v1/v3/users",
                            "https://api.test/v1/v2/users", "https://api.test/v1/v2/users"));
  }
}

TEST(ListingPaths, NoOtherRefusalLeadsToAnOlderPath) {
  for (const int status : {400, 401, 403, 500}) {
    Rig rig(source_with("/v1/users", status));
    rig.retry.attempts = 1;
    catalogue::Request request = plain_request("/v2/users");
    request.older_paths = {"/v1/users"};
    EXPECT_FALSE(read_all(rig.open(), {.request = &request, .name = "users"}).complete) << status;
    EXPECT_THAT(rig.client.urls().back(), HasSubstr("/v2/users")) << status;
  }
}

TEST(ListingPaths, ALaterPageThatIsMissingIsNoOlderPath) {
  Rig rig([](const net::Request& request) {
    if (request.url.find("skip") != std::string::npos) return refusal(404, "None");
    return answer(200, R"({"value":[{"id":"a"}],"@odata.nextLink":"/v1/v2/users?skip=1"})");
  });
  catalogue::Request request = small_request("/v2/users");
  request.older_paths = {"/v1/users"};
  EXPECT_FALSE(read_all(rig.open(), {.request = &request, .name = "users"}).complete);
  EXPECT_THAT(rig.client.requests(), SizeIs(2));
}

TEST(ListingPaths, WhenTheSourceHasNoneTheOldestSaysSo) {
  Rig rig(source_with("/never", 404));
  catalogue::Request request = plain_request("/v2/users");
  request.older_paths = {"/v1/users"};
  const Outcome outcome = read_all(rig.open(), {.request = &request, .name = "users"});
  EXPECT_EQ(outcome.error.reason, "source_protocol");
  EXPECT_THAT(rig.client.requests(), SizeIs(2));
}

TEST(ListingFields, AreSeparatedByCommasOrRepeated) {
  Rig rig([](const net::Request&) { return answer(200, kTwo); });
  catalogue::Request request = plain_request();
  request.fields_parameter = "section";
  request.fields_always = {"GENERAL"};
  Session& session = rig.open();
  const std::vector<std::string> fields = {"HARDWARE", "GENERAL"};
  read_all(session, {.request = &request, .name = "users", .fields = fields});
  request.repeats_fields = true;
  read_all(session, {.request = &request, .name = "users", .fields = fields});
  request.fields_always.clear();
  read_all(session, {.request = &request, .name = "users"});
  EXPECT_THAT(rig.client.urls(),
              ElementsAre("https://api.test/v1/users?section=GENERAL,HARDWARE",
                          "https://api.test/v1/users?section=GENERAL&section=HARDWARE",
                          "https://api.test/v1/users"));
}

TEST(ListingParameters, AreWorkedOutFromTheConnectionAndStayTheSameForTheSession) {
  Rig rig([](const net::Request& request) {
    return answer(200, parameter(request.url, "at") == "2" ? R"({"value":[]})" : kTwo);
  });
  rig.client.latency = 90s;
  rig.source.connection.push_back({.name = "tenant"});
  rig.source.connection.push_back(
      {.name = "window", .type = catalogue::ConnectionField::Type::kDuration, .fallback = "24h"});
  rig.values.values["tenant"] = "a&b";
  catalogue::Request request = plain_request();
  request.parameters = {{"from", "{ago:window}"}, {"tenant", "x-{tenant}"}};
  request.paging = {
      .strategy = catalogue::Paging::Strategy::kOffset, .page_size = 2, .position_parameter = "at"};
  const auto began = std::chrono::floor<std::chrono::seconds>(rig.scheduler->wall_now());
  EXPECT_TRUE(read_all(rig.open(), {.request = &request, .name = "users"}).complete);
  const auto from = (began - std::chrono::hours(24)).time_since_epoch().count();
  EXPECT_THAT(
      rig.client.urls(),
      ElementsAre(fmt::format("https://api.test/v1/users?at=0&from={}&tenant=x-a%26b", from),
                  fmt::format("https://api.test/v1/users?at=2&from={}&tenant=x-a%26b", from)));
}

TEST(ListingParameters, AFieldThatIsNotFilledInIsASettingsError) {
  Rig rig([](const net::Request&) { return answer(200, kTwo); });
  rig.source.connection.push_back({.name = "tenant"});
  catalogue::Request request = plain_request();
  request.parameters = {{"tenant", "{tenant}"}};
  const Outcome outcome = read_all(rig.open(), {.request = &request, .name = "users"});
  EXPECT_EQ(outcome.error.kind, base::ErrorKind::kSettings);
  EXPECT_THAT(rig.client.requests(), SizeIs(0));
}

bool is_empty_list(const catalogue::Request& request, const char* body) {
  Rig rig([&](const net::Request&) { return answer(200, body); });
  const Outcome outcome = read_all(rig.open(), {.request = &request, .name = "users"});
  EXPECT_TRUE(outcome.complete || outcome.error.reason == "source_protocol") << body;
  return outcome.complete && outcome.ids.empty();
}

TEST(ListingRecords, AbsentOnesAreNoneOnlyWhereTheCatalogueSaysSo) {
  catalogue::Request request = plain_request();
  for (const char* body : {R"({})", R"({"value":null})", R"({"value":{}})",
                           R"({"value":{"size":0}})", R"({"value":{"size":"0"}})"}) {
    request.absent_is_empty = false;
    EXPECT_FALSE(is_empty_list(request, body)) << body;
    request.absent_is_empty = true;
    EXPECT_TRUE(is_empty_list(request, body)) << body;
  }
  for (const char* body : {R"({"value":{"size":1}})", R"({"value":{"user":{"id":"a"}}})",
                           R"({"value":"x"})", R"({"value":0})", R"({"value":false})"}) {
    EXPECT_FALSE(is_empty_list(request, body)) << body;
  }
}

TEST(ListingRecords, AnyMeansTheOnlyArrayOfTheAnswer) {
  catalogue::Request request = plain_request();
  request.records = {};
  request.any_records = true;
  Rig rig([](const net::Request&) {
    return answer(200, R"({"size":1,"note":null,"groups":[{"id":"a"}]})");
  });
  const Outcome outcome = read_all(rig.open(), {.request = &request, .name = "users"});
  EXPECT_THAT(outcome.ids, ElementsAre("a")) << outcome.error.text();
  EXPECT_TRUE(is_empty_list(request, R"({"groups":[]})"));
  const std::vector<const char*> nothing = {R"({})", R"({"groups":{}})", R"({"groups":{"size":0}})",
                                            R"({"size":0})", "null"};
  for (const char* body : nothing) EXPECT_FALSE(is_empty_list(request, body)) << body;
  request.absent_is_empty = true;
  for (const char* body : nothing) EXPECT_TRUE(is_empty_list(request, body)) << body;
  for (const char* body : {R"({"groups":[],"others":[]})", R"({"error":"down"})", R"({"size":3})",
                           R"({"error":{"code":"x"},"size":0})", R"([])", R"("x")"}) {
    EXPECT_FALSE(is_empty_list(request, body)) << body;
  }
}

}  // namespace
}  // namespace muster::source::test
