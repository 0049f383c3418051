#include "source/relation_reader.h"

#include <set>

#include "base/text.h"
#include "json/writer.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using base::ErrorKind;
using Meaning = catalogue::ErrorRule::Meaning;
using Strategy = catalogue::Relation::Strategy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kBase = "https://api.test/v1";

// What a sink got, as "parent>type:member".
class Pairs final : public PairSink {
 public:
  void add(std::string_view parent, const Members& members) override {
    ++parents[std::string(parent)];
    for (std::size_t i = 0; i < members.size(); ++i) {
      pairs.insert(fmt::format("{}>{}:{}", parent, members.target(i), members.key(i)));
    }
  }
  void restart() override {
    ++restarts;
    parents.clear();
    pairs.clear();
  }

  std::map<std::string, int> parents;
  std::multiset<std::string> pairs;
  int restarts = 0;
};

struct Item {
  int status = 200;
  std::string body;
  std::vector<net::Header> headers;
};

Item refused(int status, std::string_view code, std::vector<net::Header> headers = {}) {
  return {status, refusal(status, code).body, std::move(headers)};
}

// Groups with members behind a listing per group and a batch endpoint.
struct Directory {
  std::map<std::string, std::vector<std::string>> groups;  // members: "user:u1"
  std::size_t page_size = 999;
  // Looks at every item before the directory does.
  std::function<std::optional<Item>(const std::string& url)> before;
  std::function<void(std::vector<std::string>& responses)> shuffle;

  std::vector<std::size_t> batch_sizes;
  std::map<std::string, int> asked;  // per URL

  Item answer_item(const std::string& url) {
    ++asked[url];
    if (before) {
      if (auto item = before(url)) return *item;
    }
    const auto parts = base::split(std::string_view(url).substr(0, url.find('?')), '/');
    const auto group = groups.find(std::string(parts.at(2)));
    if (group == groups.end()) return refused(404, "NotFound");
    const std::string skip = parameter(url, "skip");
    const std::size_t from = skip.empty() ? 0 : std::stoul(skip);
    const std::size_t to = std::min(from + page_size, group->second.size());
    std::string body = "{\"value\":[";
    for (std::size_t i = from; i < to; ++i) {
      const std::string& member = group->second[i];
      const std::size_t colon = member.find(':');
      body += fmt::format(R"({}{{"@type":"{}","id":"{}"}})", i == from ? "" : ",",
                          member.substr(0, colon), member.substr(colon + 1));
    }
    body += "]";
    if (to < group->second.size()) {
      body += fmt::format(R"(,"@odata.nextLink":"{}/groups/{}/members?skip={}")", kBase,
                          group->first, to);
    }
    return {200, body + "}", {}};
  }

  net::Response operator()(const net::Request& request) {
    if (request.method == "GET") {
      const Item item = answer_item(request.url.substr(kBase.size()));
      net::Response response = answer(item.status, item.body);
      response.headers.insert(response.headers.end(), item.headers.begin(), item.headers.end());
      return response;
    }
    const auto document = json::Document::parse(request.body);
    const auto requests = document->root().find("requests")->items();
    batch_sizes.push_back(requests.size());
    std::vector<std::string> responses;
    for (const json::Value& asked_for : requests) {
      const Item item = answer_item(std::string(asked_for.find("url")->text()));
      std::string response;
      json::Writer writer(response);
      writer.begin_object().key("id").value(*asked_for.find("id"));
      writer.key("status").number(std::int64_t{item.status}).key("headers").begin_object();
      for (const net::Header& one : item.headers) writer.key(one.name).string(one.value);
      writer.end_object().key("body").raw(item.body).end_object();
      responses.push_back(std::move(response));
    }
    if (shuffle) shuffle(responses);
    return answer(200, fmt::format("{{\"responses\":[{}]}}", fmt::join(responses, ",")));
  }
};

catalogue::Relation members_of_groups(Strategy strategy = Strategy::kBatch) {
  catalogue::Relation relation;
  relation.name = "members";
  relation.parent = "groups";
  relation.strategy = strategy;
  relation.request = small_request("/groups/{key}/members");
  relation.request.units = 2;
  relation.member_key = path("id");
  relation.member_type = path("\"@type\"");
  relation.targets = {{"device", "devices"}, {"user", "users"}};
  relation.batch_path = "/$batch";
  return relation;
}

// One reading of a relation from a directory.
struct Reader {
  explicit Reader(std::uint64_t seed = 1, std::unique_ptr<base::Scheduler> scheduler = nullptr)
      : rig([this](const net::Request& request) { return directory(request); }, seed,
            std::move(scheduler)),
        parents(*rig.scheduler, 1'000) {
    rig.source.errors = {{.status = 400, .code = "ExpiredToken", .meaning = Meaning::kRestart},
                         {.status = 400, .code = "InvalidSearch", .meaning = Meaning::kEndOfList},
                         {.status = 400, .code = "NoLicence", .meaning = Meaning::kNotAvailable}};
  }

  // All groups of the directory, `bunch` at a time.
  void push_groups(std::size_t bunch = 999) {
    std::vector<Parent> some;
    for (const auto& [key, members] : directory.groups) {
      some.push_back({key, key.starts_with("hidden")});
      if (some.size() == bunch) parents.push(std::exchange(some, {}), {});
    }
    if (!some.empty()) parents.push(std::move(some), {});
    parents.close();
  }

  base::Result<Complete> read(const base::Stop& stop = {}) {
    RelationReader reader(rig.open(), relation, counters);
    return reader.read(parents, pairs, stop);
  }

  Directory directory;
  Rig rig;
  catalogue::Relation relation = members_of_groups();
  RelationCounters counters;
  Pairs pairs;
  base::Queue<std::vector<Parent>> parents;
};

void add_groups(Directory& directory, std::size_t count, std::size_t members = 1) {
  for (std::size_t g = 0; g < count; ++g) {
    auto& group = directory.groups[fmt::format("g{:05}", g)];
    for (std::size_t m = 0; m < members; ++m) group.push_back(fmt::format("user:u{}-{}", g, m));
  }
}

TEST(RelationReader, ReadsAllMembersOfAllGroupsWhateverTheOrderOfTheAnswers) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Reader reader(seed);
    reader.directory.groups = {
        {"g1", {"user:u1", "device:d1"}}, {"g2", {}}, {"g3", {"user:u1", "user:u2", "user:u3"}}};
    reader.directory.shuffle = [](auto& responses) {
      std::reverse(responses.begin(), responses.end());
    };
    reader.push_groups(1);
    const auto complete = reader.read();
    ASSERT_TRUE(complete.ok()) << complete.error().text();
    EXPECT_TRUE(complete->is_whole());
    EXPECT_EQ(complete->name(), "members");
    EXPECT_EQ(complete->records(), 5U);
    EXPECT_THAT(reader.pairs.pairs,
                ElementsAre("g1>0:d1", "g1>1:u1", "g3>1:u1", "g3>1:u2", "g3>1:u3"));
    EXPECT_EQ(reader.pairs.parents, (std::map<std::string, int>{{"g1", 1}, {"g2", 1}, {"g3", 1}}));
    EXPECT_EQ(reader.counters.parents_done, 3U);
    EXPECT_EQ(reader.counters.pairs, 5U);
  }
}

TEST(RelationReader, SendsRelativeUrlsWithTheFieldsAndHeadersOfTheRequest) {
  Reader reader;
  reader.directory.groups = {{"g 1", {"user:u1"}}};
  reader.relation.request.headers = {{"ConsistencyLevel", "eventual"}};
  reader.push_groups();
  reader.directory.before = [](const std::string&) { return Item{200, R"({"value":[]})", {}}; };
  ASSERT_TRUE(reader.read().ok());
  const net::Request& sent = reader.rig.client.requests().at(0);
  EXPECT_EQ(sent.url, "https://api.test/v1/$batch");
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(header(sent, "Content-Type"), "application/json");
  EXPECT_EQ(sent.body,
            R"({"requests":[{"id":"1","method":"GET","url":"/groups/g%201/members?$top=999&)"
            R"($select=id","headers":{"ConsistencyLevel":"eventual"}}]})");
}

TEST(RelationReader, FillsItsBatchesAndChargesForEveryItem) {
  Reader reader;
  add_groups(reader.directory, 5'000);
  reader.rig.client.latency = 80ms;
  reader.push_groups();  // as five full pages and a short one of their listing
  ASSERT_TRUE(reader.read().ok());
  EXPECT_EQ(reader.counters.parents_done, 5'000U);
  EXPECT_LE(reader.directory.batch_sizes.size(), 251U);
  EXPECT_EQ(reader.rig.session->traffic().resource_units, 10'000U);
}

TEST(RelationReader, WaitsForAFullBatchWhileOthersAreUnderWay) {
  Reader reader;
  add_groups(reader.directory, 2'000);
  reader.rig.client.latency = 80ms;
  auto producer = reader.rig.scheduler->start("producer", [&] {
    std::vector<Parent> some;  // short pages that come faster than batches are answered
    for (const auto& [key, members] : reader.directory.groups) {
      some.push_back({key});
      if (some.size() < 7) continue;
      reader.parents.push(std::exchange(some, {}), {});
      base::sleep_for(*reader.rig.scheduler, 5ms, {});
    }
    reader.parents.push(std::move(some), {});
    reader.parents.close();
  });
  ASSERT_TRUE(reader.read().ok());
  EXPECT_EQ(reader.counters.parents_done, 2'000U);
  EXPECT_LE(reader.directory.batch_sizes.size(), 102U);  // the first and the last are not full
}

TEST(RelationReader, DoesNotWaitForAFullBatchWhenNobodyIsAtWork) {
  Reader reader;
  add_groups(reader.directory, 3);
  auto producer = reader.rig.scheduler->start("producer", [&] {
    reader.parents.push({{"g00000"}}, {});
    base::sleep_for(*reader.rig.scheduler, 1h, {});  // a slow listing of groups
    EXPECT_EQ(reader.counters.parents_done, 1U);
    reader.parents.push({{"g00001"}, {"g00002"}}, {});
    reader.parents.close();
  });
  ASSERT_TRUE(reader.read().ok());
  EXPECT_EQ(reader.counters.parents_done, 3U);
}

TEST(RelationReader, ReadsAGroupOfManyPagesToItsEnd) {
  Reader reader;
  add_groups(reader.directory, 50, 2);
  auto& large = reader.directory.groups["large"];
  for (int i = 0; i < 9'993; ++i) large.push_back(fmt::format("user:m{}", i));
  reader.push_groups();
  const auto complete = reader.read();
  ASSERT_TRUE(complete.ok()) << complete.error().text();
  EXPECT_EQ(reader.counters.pairs, 9'993U + 100U);
  EXPECT_EQ(complete->pages(), 50U + 11U);
  EXPECT_EQ(reader.directory.asked["/groups/large/members?skip=9990"], 1);
}

TEST(RelationReader, SendsOnlyThrottledItemsAgainAfterTheLongestWaitAskedFor) {
  Reader reader;
  add_groups(reader.directory, 20);
  std::set<std::string> once;
  reader.directory.before = [&](const std::string& url) -> std::optional<Item> {
    const bool third = url.find("g00003") != std::string::npos;
    const bool ninth = url.find("g00009") != std::string::npos;
    if ((!third && !ninth) || !once.insert(url).second) return std::nullopt;
    return refused(429, "TooManyRequests", {{"retry-after", third ? "2.128" : "0.249"}});
  };
  reader.push_groups();
  ASSERT_TRUE(reader.read().ok());
  EXPECT_THAT(reader.directory.batch_sizes, ElementsAre(20U, 2U));
  EXPECT_EQ(reader.counters.parents_done, 20U);
  EXPECT_GE(reader.rig.client.times().at(1) - reader.rig.client.times().at(0), 2'128ms);
  EXPECT_EQ(reader.rig.session->traffic().throttled, 2U) << "every refused item counts";
}

TEST(RelationReader, ShowsNeitherCredentialNorRecordThatAnItemRepeats) {
  Reader reader;
  add_groups(reader.directory, 3);
  reader.directory.before = [](const std::string&) {
    return std::optional<Item>(
        {400,
         R"({"error":{"code":"s3cret-token","message":"Anna sent Bearer s3cret-token"}})",
         {}});
  };
  reader.push_groups();
  const base::Error error = reader.read().error();
  EXPECT_THAT(error.text(), testing::Not(HasSubstr("Anna")));
  EXPECT_THAT(error.text() + error.heard, testing::Not(HasSubstr("s3cret")));
  EXPECT_THAT(error.heard, HasSubstr("Anna sent Bearer [secret]"));
}

TEST(RelationReader, GivesUpOnAnItemAfterItsAttempts) {
  for (const int status : {429, 503, 500}) {
    Reader reader;
    reader.rig.retry.attempts = 3;
    add_groups(reader.directory, 20);
    reader.directory.before = [&](const std::string& url) -> std::optional<Item> {
      if (url.find("g00003") == std::string::npos) return std::nullopt;
      return refused(status, "Busy");
    };
    reader.push_groups();
    const auto complete = reader.read();
    ASSERT_FALSE(complete.ok()) << status;
    EXPECT_EQ(complete.error().reason, status == 429 ? "source_throttled" : "source_unavailable");
    EXPECT_EQ(complete.error().where, "members of g00003");
    EXPECT_THAT(complete.error().message, HasSubstr("gave up after 3 attempts"));
    EXPECT_THAT(reader.directory.batch_sizes, ElementsAre(20U, 1U, 1U)) << status;
  }
}

TEST(RelationReader, DoesNotWaitLongerThanTheSettingsAllow) {
  Reader reader;
  add_groups(reader.directory, 1);
  reader.directory.before = [](const std::string&) {
    return refused(429, "TooManyRequests", {{"Retry-After", "3600"}});
  };
  reader.push_groups();
  EXPECT_EQ(reader.read().error().reason, "source_throttled");
  EXPECT_THAT(reader.directory.batch_sizes, SizeIs(1));
}

TEST(RelationReader, FindsTheHeadersOfAnItemInWhateverLettersTheyCome) {
  for (const char* name : {"retry-after", "RETRY-AFTER", "Retry-after"}) {
    Reader reader;
    add_groups(reader.directory, 1);
    reader.directory.before = [&](const std::string&) {
      return refused(429, "TooManyRequests", {{name, "3600"}});
    };
    reader.push_groups();
    EXPECT_EQ(reader.read().error().reason, "source_throttled") << name;
    EXPECT_THAT(reader.directory.batch_sizes, SizeIs(1)) << "an hour is more than it may wait";
  }
}

TEST(RelationReader, SkipsGroupsThatWereDeletedMeanwhile) {
  for (const Strategy strategy : {Strategy::kBatch, Strategy::kPerParent}) {
    Reader reader;
    reader.relation = members_of_groups(strategy);
    add_groups(reader.directory, 3);
    reader.directory.before = [](const std::string& url) -> std::optional<Item> {
      if (url.find("g00001") != std::string::npos) return refused(404, "NotFound");
      if (url.find("g00002") != std::string::npos) return refused(410, "");
      return std::nullopt;
    };
    reader.push_groups();
    ASSERT_TRUE(reader.read().ok());
    EXPECT_EQ(reader.counters.gone, 2U);
    EXPECT_EQ(reader.counters.parents_done, 3U);
    EXPECT_THAT(reader.pairs.pairs, ElementsAre("g00000>1:u0-0"));
  }
}

TEST(RelationReader, DoesNotBelieveThatManyGroupsWereDeletedMeanwhile) {
  Reader reader;
  add_groups(reader.directory, 40);
  reader.directory.before = [](const std::string& url) -> std::optional<Item> {
    const bool is_answered = url.find("g0000") != std::string::npos;
    return is_answered ? std::nullopt : std::optional(refused(404, "NotFound"));
  };
  reader.push_groups();
  const auto complete = reader.read();
  ASSERT_FALSE(complete.ok());
  EXPECT_EQ(complete.error().reason, "source_incomplete") << complete.error().text();
  EXPECT_THAT(complete.error().message, HasSubstr("404 for 30 of 40 records"));
}

TEST(RelationReader, CountsParentsWhoseMembersMayBeHidden) {
  for (const Strategy strategy : {Strategy::kBatch, Strategy::kPerParent}) {
    Reader reader;
    reader.relation = members_of_groups(strategy);
    reader.directory.groups = {
        {"g1", {}}, {"hidden1", {}}, {"hidden2", {"user:u1"}}, {"hidden3", {"user:u2"}}};
    reader.directory.before = [](const std::string& url) -> std::optional<Item> {
      if (url.find("hidden3") != std::string::npos) return refused(403, "Denied");
      return std::nullopt;
    };
    reader.push_groups();
    ASSERT_TRUE(reader.read().ok());
    EXPECT_EQ(reader.counters.hidden, 2U);
    EXPECT_THAT(reader.pairs.pairs, ElementsAre("hidden2>1:u1"));
  }
}

TEST(RelationReader, ARefusalOfAnOrdinaryParentIsAnError) {
  Reader reader;
  add_groups(reader.directory, 3);
  reader.directory.before = [](const std::string& url) -> std::optional<Item> {
    if (url.find("g00001") != std::string::npos) return refused(403, "Denied");
    return std::nullopt;
  };
  reader.push_groups();
  EXPECT_EQ(reader.read().error().reason, "source_permission");
}

TEST(RelationReader, CountsMembersOfTypesNobodyAskedForAndWithoutKey) {
  Reader reader;
  reader.directory.groups = {{"g1", {"user:u1", "contact:c1", "user:", "group:g2"}}};
  reader.push_groups();
  ASSERT_TRUE(reader.read().ok());
  EXPECT_EQ(reader.counters.unknown_type, 2U);
  EXPECT_EQ(reader.counters.without_key, 1U);
  EXPECT_THAT(reader.pairs.pairs, ElementsAre("g1>1:u1"));
}

TEST(RelationReader, WithoutMemberTypesAllMembersAreOfTheOnlyTarget) {
  Reader reader;
  reader.relation.member_type = {};
  reader.relation.targets = {{"", "users"}};
  reader.directory.groups = {{"g1", {"user:u1"}}};
  reader.push_groups();
  ASSERT_TRUE(reader.read().ok());
  EXPECT_THAT(reader.pairs.pairs, ElementsAre("g1>0:u1"));
}

TEST(RelationReader, AnExpiredPageTokenReadsThatGroupAloneAgain) {
  for (const Strategy strategy : {Strategy::kBatch, Strategy::kPerParent}) {
    Reader reader;
    reader.relation = members_of_groups(strategy);
    reader.directory.page_size = 2;
    reader.directory.groups = {{"g1", {"user:a", "user:b", "user:c"}}, {"g2", {"user:d"}}};
    bool expired = false;
    reader.directory.before = [&](const std::string& url) -> std::optional<Item> {
      if (url.find("skip=2") == std::string::npos || std::exchange(expired, true)) return {};
      reader.directory.groups["g1"] = {"user:x", "user:y", "user:z"};
      return refused(400, "ExpiredToken");
    };
    reader.push_groups();
    const auto complete = reader.read();
    ASSERT_TRUE(complete.ok()) << complete.error().text();
    EXPECT_THAT(reader.pairs.pairs, ElementsAre("g1>1:x", "g1>1:y", "g1>1:z", "g2>1:d"));
    EXPECT_EQ(reader.pairs.parents["g1"], 1);
    EXPECT_EQ(reader.pairs.restarts, 0);
  }
}

TEST(RelationReader, GivesUpOnAGroupWhoseTokenExpiresAgainAndAgain) {
  Reader reader;
  reader.directory.page_size = 2;
  reader.directory.groups = {{"g1", {"user:a", "user:b", "user:c"}}};
  reader.directory.before = [&](const std::string& url) -> std::optional<Item> {
    if (url.find("skip=") == std::string::npos) return std::nullopt;
    return refused(400, "ExpiredToken");
  };
  reader.push_groups();
  EXPECT_EQ(reader.read().error().reason, "source_incomplete");
  EXPECT_EQ(reader.directory.asked["/groups/g1/members?skip=2"], 6);
}

TEST(RelationReader, AnEndOfListItemEndsOnlyAFollowUpPage) {
  Reader reader;
  reader.directory.page_size = 2;
  reader.directory.groups = {{"g1", {"user:a", "user:b", "user:c"}}};
  reader.directory.before = [](const std::string& url) -> std::optional<Item> {
    if (url.find("skip=") == std::string::npos) return std::nullopt;
    return refused(400, "InvalidSearch");
  };
  reader.push_groups();
  ASSERT_TRUE(reader.read().ok());
  EXPECT_THAT(reader.pairs.pairs, ElementsAre("g1>1:a", "g1>1:b"));

  Reader first;
  first.directory.groups = {{"g1", {}}};
  first.directory.before = [](const std::string&) { return refused(400, "InvalidSearch"); };
  first.push_groups();
  EXPECT_EQ(first.read().error().reason, "source_protocol");
}

TEST(RelationReader, NeverFollowsALinkOfAnItemThatLeadsElsewhereOrInACircle) {
  for (const auto& [link, reason] : std::vector<std::pair<std::string, std::string>>{
           {"https://evil.test/v1/groups/g1/members?skip=1", "foreign_link"},
           {"http://api.test/v1/groups/g1/members?skip=1", "foreign_link"},
           {"https://api.test/beta/groups/g1/members?skip=1", "foreign_link"},
           {"https://api.test/v1/groups/g1/members?again", "source_protocol"}}) {
    for (const Strategy strategy : {Strategy::kBatch, Strategy::kPerParent}) {
      Reader reader;
      reader.relation = members_of_groups(strategy);
      reader.directory.groups = {{"g1", {}}};
      reader.directory.before = [&](const std::string&) {
        return Item{200, fmt::format(R"({{"value":[],"@odata.nextLink":"{}"}})", link), {}};
      };
      reader.push_groups();
      EXPECT_EQ(reader.read().error().reason, reason) << link;
    }
  }
}

TEST(RelationReader, AnAnswerMustHoldExactlyTheItemsThatWereAskedFor) {
  const auto reason_of = [](const std::function<void(std::vector<std::string>&)>& change) {
    Reader reader;
    add_groups(reader.directory, 3);
    reader.directory.shuffle = change;
    reader.push_groups();
    return reader.read().error().reason;
  };
  EXPECT_EQ(reason_of([](auto& all) { all.pop_back(); }), "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all[0] = all[1]; }), "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all.push_back(all[0]); }), "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all.push_back(R"({"id":"4","status":200})"); }),
            "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all[0] = R"({"id":"x","status":200})"; }), "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all[0] = R"({"id":"1"})"; }), "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all[0] = R"({"id":"1","status":200})"; }), "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all[0] = R"({"id":"1","status":200,"body":{}})"; }),
            "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all[0] = R"({"id":"1","status":204,"body":null})"; }),
            "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) { all[0] = R"({"id":"1","status":206,"body":{"value":[]}})"; }),
            "source_protocol");
  EXPECT_EQ(reason_of([](auto& all) {
              all[0] = R"({"id":"1","status":200,"body":{"error":{"code":"x"},"value":[]}})";
            }),
            "source_protocol");
}

TEST(RelationReader, AMissingBatchAddressIsNoRecordThatWasDeleted) {
  Reader reader;
  Rig rig([](const net::Request&) { return refusal(404, "NotFound"); });
  rig.source.errors = {{.status = 404, .code = "", .meaning = Meaning::kGone}};
  base::Queue<std::vector<Parent>> parents(*rig.scheduler, 10);
  parents.push({{"g00000"}}, {});
  parents.close();
  RelationReader relations(rig.open(), reader.relation, reader.counters);
  const auto read = relations.read(parents, reader.pairs, {});
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().reason, "source_protocol");
}

TEST(RelationReader, TakesAnOuter424ForWhatItsItemsSay) {
  Reader reader;
  add_groups(reader.directory, 2);
  bool first = true;
  Rig rig([&](const net::Request& request) {
    reader.directory.before = [&](const std::string& url) -> std::optional<Item> {
      if (!first || url.find("g00001") == std::string::npos) return std::nullopt;
      return refused(429, "TooManyRequests", {{"Retry-After", "1"}});
    };
    net::Response response = reader.directory(request);
    response.status = std::exchange(first, false) ? 424 : 200;
    return response;
  });
  base::Queue<std::vector<Parent>> parents(*rig.scheduler, 10);
  parents.push({{"g00000"}, {"g00001"}}, {});
  parents.close();
  RelationReader relations(rig.open(), reader.relation, reader.counters);
  ASSERT_TRUE(relations.read(parents, reader.pairs, {}).ok());
  EXPECT_THAT(reader.directory.batch_sizes, ElementsAre(2U, 1U));
}

TEST(RelationReader, TheFirstErrorStopsAllAndFreesTheProducer) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Reader reader(seed);
    add_groups(reader.directory, 2'000);
    reader.rig.client.latency = 50ms;
    reader.directory.before = [&](const std::string& url) -> std::optional<Item> {
      if (url.find("g00099") == std::string::npos) return std::nullopt;
      return refused(400, "NoLicence");
    };
    base::Queue<std::vector<Parent>> parents(*reader.rig.scheduler, 1);
    bool freed = false;
    auto producer = reader.rig.scheduler->start("producer", [&] {
      for (int round = 0; round < 2'000; ++round) {
        if (!parents.push({{fmt::format("g{:05}", round)}}, {})) break;
        base::sleep_for(*reader.rig.scheduler, 1ms, {});
      }
      freed = true;
    });
    RelationReader relations(reader.rig.open(), reader.relation, reader.counters);
    const auto complete = relations.read(parents, reader.pairs, {});
    EXPECT_EQ(complete.error().reason, "not_available") << seed;
    producer->join();
    EXPECT_TRUE(freed);
    EXPECT_LT(reader.directory.batch_sizes.size(), 60U);
  }
}

TEST(RelationReader, StopsSoonWhenCancelled) {
  for (const Strategy strategy : {Strategy::kBatch, Strategy::kPerParent}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Reader reader(seed);
      reader.relation = members_of_groups(strategy);
      add_groups(reader.directory, 1'000);
      reader.rig.client.latency = 100ms;
      std::stop_source stop;
      auto canceller = reader.rig.scheduler->start("canceller", [&] {
        base::sleep_for(*reader.rig.scheduler, 250ms, {});
        stop.request_stop();
      });
      for (const auto& [key, members] : reader.directory.groups) {
        reader.parents.push({{key}}, {});  // never closed: more could come
      }
      const auto complete = reader.read(stop.get_token());
      ASSERT_FALSE(complete.ok());
      EXPECT_EQ(complete.error().kind, ErrorKind::kCancelled);
      EXPECT_LE(reader.rig.scheduler->now().since_start, 400ms);
    }
  }
}

TEST(RelationReader, AParentThatArrivesAgainIsNotReadAgain) {
  Reader reader;
  add_groups(reader.directory, 2);
  reader.parents.push({{"g00000"}, {"g00001"}}, {});
  reader.parents.push({{"g00000"}, {""}, {".."}, {"g00001"}}, {});  // its listing began again
  reader.parents.close();
  ASSERT_TRUE(reader.read().ok());
  EXPECT_EQ(reader.pairs.parents["g00000"], 1);
  EXPECT_THAT(reader.pairs.pairs, SizeIs(2));
}

TEST(RelationReader, NoParentsAreNoWork) {
  Reader reader;
  reader.parents.close();
  const auto complete = reader.read();
  ASSERT_TRUE(complete.ok());
  EXPECT_EQ(complete->records(), 0U);
  EXPECT_THAT(reader.rig.client.requests(), IsEmpty());
}

catalogue::Relation owners_inside_devices() {
  catalogue::Relation relation;
  relation.name = "owners";
  relation.parent = "devices";
  relation.strategy = Strategy::kExpand;
  relation.request = small_request("/devices");
  relation.request.parameters = {{"$expand", "owners"}};
  relation.parent_key = path("id");
  relation.members = path("owners");
  relation.member_key = path("id");
  relation.targets = {{"", "users"}};
  relation.expand_cap = 3;
  relation.reread = "/devices/{key}/owners";
  return relation;
}

base::Result<Complete> read_expanded(Rig& rig, const catalogue::Relation& relation, Pairs& pairs,
                                     RelationCounters& counters) {
  base::Queue<std::vector<Parent>> unused(*rig.scheduler, 1);
  RelationReader reader(rig.open(), relation, counters);
  return reader.read(unused, pairs, {});
}

TEST(RelationReader, FindsMembersInsideTheRecordsOfAListing) {
  for (const auto& [members, found] : std::vector<std::pair<const char*, std::size_t>>{
           {"owners", 3}, {"owners[]", 2}}) {  // a path with [] looks only into arrays
    Rig rig([](const net::Request&) {
      return answer(200, R"({"value":[{"id":"d1","owners":[{"id":"u1"},{"id":"u2"}]},{"id":"d2"},)"
                         R"({"id":"d3","owners":null},{"id":"d4","owners":{"id":"u3"}},)"
                         R"({"owners":[{"id":"u4"}]},{"id":"d5","owners":[]},null,)"
                         R"({"id":"d6","owners":[null]}]})");
    });
    catalogue::Relation relation = owners_inside_devices();
    relation.members = path(members);
    Pairs pairs;
    RelationCounters counters;
    const auto complete = read_expanded(rig, relation, pairs, counters);
    ASSERT_TRUE(complete.ok()) << complete.error().text();
    EXPECT_EQ(pairs.pairs.size(), found);
    EXPECT_EQ(pairs.pairs.count("d1>0:u1") + pairs.pairs.count("d1>0:u2"), 2U);
    EXPECT_GE(counters.without_key, 2U) << "of nobody, and no record";
    EXPECT_EQ(complete->records(), found);
  }
}

TEST(RelationReader, ReadsParentsOnTheirOwnWhenTheirExpandedMembersMayBeCut) {
  catalogue::Relation relation = owners_inside_devices();
  relation.members = path("owners[]");
  Rig rig([](const net::Request& request) {
    if (request.url.find("/devices/d1/owners") != std::string::npos) {
      return answer(200, R"({"value":[{"id":"u1"},{"id":"u2"},{"id":"u3"},{"id":"u4"}]})");
    }
    if (request.url.find("/devices/") != std::string::npos) return refusal(404, "NotFound");
    return answer(200, R"({"value":[{"id":"d1","owners":[{"id":"u1"},{"id":"u2"},{"id":"u3"}]},)"
                       R"({"id":"d2","owners":[{"id":"u1"},{"id":"u2"},{"id":"u3"}]},)"
                       R"({"id":"d3","owners":[{"id":"u9"}]}]})");
  });
  Pairs pairs;
  RelationCounters counters;
  const auto complete = read_expanded(rig, relation, pairs, counters);
  ASSERT_TRUE(complete.ok()) << complete.error().text();
  EXPECT_THAT(pairs.pairs, ElementsAre("d1>0:u1", "d1>0:u2", "d1>0:u3", "d1>0:u4", "d3>0:u9"));
  EXPECT_EQ(counters.gone, 1U);
  EXPECT_EQ(counters.parents_done, 3U);
  EXPECT_THAT(rig.client.urls(),
              ::testing::Contains("https://api.test/v1/devices/d1/owners?$top=999&$select=id"));
}

TEST(RelationReader, ReadsAloneWhatTheListingDidNotShow) {
  catalogue::Relation relation = owners_inside_devices();
  relation.expand_cap = 0;
  relation.reread = "";
  std::string record = R"({"id":"d1","owners":[{"id":"u1"}]})";
  Rig rig([&](const net::Request& request) {
    if (request.url.find("/devices/d1?") != std::string::npos) return answer(200, record);
    if (request.url.find("/devices/d2?") != std::string::npos) return refusal(404, "NotFound");
    return refusal(403, "Forbidden");
  });
  RelationCounters counters;
  Pairs pairs;
  RelationReader reader(rig.open(), relation, counters);
  const base::Status read = reader.read_unseen({{"d1"}, {"d2"}}, pairs, {});
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_THAT(pairs.pairs, ElementsAre("d1>0:u1"));
  EXPECT_EQ(counters.gone, 1U);
  EXPECT_EQ(reader.read_unseen({{"d3"}}, pairs, {}).error().reason, "source_permission");
  record = R"({"id":"d9","owners":[]})";
  EXPECT_EQ(reader.read_unseen({{"d1"}}, pairs, {}).error().reason, "source_protocol");
}

TEST(RelationReader, ARestartOfAnExpandedListingVoidsEverythingAdded) {
  int calls = 0;
  Rig rig([&](const net::Request&) {
    switch (++calls) {
      case 1:
        return answer(200, R"({"value":[{"id":"d1","owners":[{"id":"old"}]}],)"
                           R"("@odata.nextLink":"https://api.test/v1/devices?t=2"})");
      case 2: return refusal(400, "ExpiredToken");
      default: return answer(200, R"({"value":[{"id":"d1","owners":[{"id":"new"}]}]})");
    }
  });
  rig.source.errors = {{.status = 400, .code = "ExpiredToken", .meaning = Meaning::kRestart}};
  Pairs pairs;
  RelationCounters counters;
  ASSERT_TRUE(read_expanded(rig, owners_inside_devices(), pairs, counters).ok());
  EXPECT_EQ(pairs.restarts, 1);
  EXPECT_THAT(pairs.pairs, ElementsAre("d1>0:new"));
  EXPECT_EQ(counters.pairs, 1U);
  EXPECT_EQ(counters.parents_done, 1U);
}

TEST(RelationReader, WhatAVoidReadingWantedToReadAgainIsForgotten) {
  int calls = 0;
  Rig rig([&](const net::Request&) {
    switch (++calls) {
      case 1:
        return answer(200, R"({"value":[{"id":"d1","owners":[{"id":"a"},{"id":"b"},{"id":"c"}]}],)"
                           R"("@odata.nextLink":"https://api.test/v1/devices?t=2"})");
      case 2: return refusal(400, "ExpiredToken");
      default: return answer(200, R"({"value":[{"id":"d1","owners":[{"id":"new"}]}]})");
    }
  });
  rig.source.errors = {{.status = 400, .code = "ExpiredToken", .meaning = Meaning::kRestart}};
  Pairs pairs;
  RelationCounters counters;
  ASSERT_TRUE(read_expanded(rig, owners_inside_devices(), pairs, counters).ok());
  EXPECT_EQ(calls, 3);
  EXPECT_THAT(pairs.pairs, ElementsAre("d1>0:new"));
}

TEST(RelationReader, ReadsAListOfPairs) {
  Rig rig([](const net::Request&) {
    return answer(200, R"({"value":[{"role":"r1","principal":"u1","type":"User"},)"
                       R"({"role":"r1","principal":null,"type":"User"},)"
                       R"({"role":"r2","principal":"g1","type":"Group"}]})");
  });
  catalogue::Relation relation;
  relation.name = "assignments";
  relation.strategy = Strategy::kList;
  relation.request = small_request("/assignments");
  relation.parent_key = path("role");
  relation.member_key = path("principal");
  relation.member_type = path("type");
  relation.targets = {{"Group", "groups"}, {"User", "users"}};
  Pairs pairs;
  RelationCounters counters;
  ASSERT_TRUE(read_expanded(rig, relation, pairs, counters).ok());
  EXPECT_THAT(pairs.pairs, ElementsAre("r1>1:u1", "r2>0:g1"));
  EXPECT_EQ(counters.without_key, 1U);
}

TEST(RelationReader, MakesTheKeysOfPairsOfSeveralValues) {
  Rig rig([](const net::Request&) {
    return answer(200, R"({"value":[{"from":{"kind":"a","name":"x"},"to":{"kind":"b","name":"y"}},)"
                       R"({"from":{"kind":"a","name":"z"},"to":null}]})");
  });
  const auto kind_and_name = [](const std::string& end) {
    return std::vector<catalogue::Piece>{{"", path(end + ".kind")}, {":", path(end + ".name")}};
  };
  catalogue::Relation relation;
  relation.name = "dependencies";
  relation.strategy = Strategy::kList;
  relation.request = small_request("/relations");
  relation.parent_compose = kind_and_name("from");
  relation.member_compose = kind_and_name("to");
  relation.targets = {{"", "things"}};
  Pairs pairs;
  RelationCounters counters;
  ASSERT_TRUE(read_expanded(rig, relation, pairs, counters).ok());
  EXPECT_THAT(pairs.pairs, ElementsAre("a:x>0:b:y"));
  EXPECT_EQ(counters.without_key, 1U);
}

TEST(RelationReader, WorksOnRealThreads) {
  for (const Strategy strategy : {Strategy::kBatch, Strategy::kPerParent}) {
    Reader reader(1, base::make_real_scheduler());
    reader.relation = members_of_groups(strategy);
    reader.directory.page_size = 7;
    add_groups(reader.directory, 300, 20);
    std::set<std::string> once;
    reader.directory.before = [&](const std::string& url) -> std::optional<Item> {
      if (url.find("skip=7") == std::string::npos || !once.insert(url).second) return std::nullopt;
      return url.find("g0001") != std::string::npos ? std::optional(refused(400, "ExpiredToken"))
                                                    : std::nullopt;
    };
    auto producer = reader.rig.scheduler->start("producer", [&] { reader.push_groups(11); });
    const auto complete = reader.read();
    ASSERT_TRUE(complete.ok()) << complete.error().text();
    EXPECT_THAT(reader.pairs.pairs, SizeIs(6'000));
    EXPECT_EQ(reader.counters.parents_done, 300U);
  }
}

}  // namespace
}  // namespace muster::source::test
