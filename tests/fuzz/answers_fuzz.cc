// What a source answers: refusals, links that come early, tokens, the items of a batch.
#include <map>

#include "json/writer.h"
#include "source/answers.h"
#include "source/paging.h"
#include "source/read_ahead.h"
#include "source/relation_reader.h"
#include "source/test_support.h"
#include "source/token_endpoint.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;
using Meaning = catalogue::ErrorRule::Meaning;

constexpr std::string_view kSecret = "s3cret+of/ours";

int read_status(Input& input) { return 100 + (input.byte() * 256 + input.byte()) % 500; }

std::vector<net::Header> read_headers(Input& input) {
  std::vector<net::Header> headers;
  for (const char* name : {"Content-Type", "Retry-After", "Date", "Location", "request-id"}) {
    std::string value = input.part();
    if (!value.empty()) headers.push_back({name, std::move(value)});
  }
  return headers;
}

std::vector<catalogue::ErrorRule> some_rules() {
  return {{.status = 403, .code = "Denied", .meaning = Meaning::kPermission, .advice = "Grant it."},
          {.status = 400, .code = "ExpiredToken", .meaning = Meaning::kRestart},
          {.status = 0, .code = "7000215", .meaning = Meaning::kSignIn, .advice = "Renew it."},
          {.status = 400, .code = "", .meaning = Meaning::kRetry}};
}

void check_error(const base::Error& error) {
  require(!error.reason.empty() && !error.message.empty());
  require(error.message.size() < 2'000);
  fuzz::require_printable(error.message);
  if (error.retry_after) {
    require(error.retry_after->count() >= 0 && *error.retry_after <= std::chrono::hours(24));
  }
}

// Whatever a refusal holds, it becomes one sentence of bounded length that can be shown.
void try_refusal(Input& input) {
  static const catalogue::Source kSource = [] {
    catalogue::Source source = source::test::small_source();
    source.errors = some_rules();
    return source;
  }();
  const int status = read_status(input);
  const std::vector<net::Header> headers = read_headers(input);
  const std::string body = input.rest();
  const base::WallTime now{std::chrono::seconds(1'790'000'000)};
  const base::Redactor redactor;
  const auto error =
      source::explain_answer(kSource, {status, body, headers}, "users", now, redactor);
  check_error(error);
  fuzz::require_printable(error.heard);
  require(error.where == "users");
  if (const auto document = json::Document::parse(body); document.ok()) {
    for (const auto& code : source::find_codes(document->root(), kSource.error_code)) {
      require(!code.empty());
    }
  }
  const net::Response response = source::test::answer(status, body, headers);
  if (const auto expected = source::expect_json(response); !expected.ok()) {
    check_error(expected.error());
  }
  for (const net::Header& header : headers) {
    const std::string link = source::find_next_link({{"Link", header.value}});
    require(header.value.find('<' + link + '>') != std::string::npos || link.empty());
  }
}

std::size_t count_of(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

// A link that is found before the records is the page's own, unless the page names two.
void try_early_link(Input& input) {
  const std::size_t cut = input.byte() * 8;
  const std::string text = input.rest();
  const auto find = [](std::string_view beginning) {
    return source::find_early_link(beginning, "next", "value");
  };
  const std::string early = find(std::string_view(text).substr(0, cut));
  require(early.empty() || early == find(text));
  const auto page = json::Document::parse(text);
  if (!page.ok()) return;
  const json::Value* next = page->root().find("next");
  const bool is_unique = count_of(text, "\"next\"") == 1 && count_of(text, "\\u") == 0;
  if (!early.empty() && is_unique) require(next != nullptr && next->text() == early);

  // And it is found wherever it stands there, in the form that services send.
  std::string compact;
  json::Writer(compact).value(page->root());
  std::string expected;
  for (const json::Member& member : page->root().members()) {
    if (member.key == "value" && member.value.is_array()) {
      require(&member == page->root().members().data() || find(compact) == expected);
      return;
    }
    if (member.key == "value") return;
    if (member.key == "next" && member.value.is_string()) expected = member.value.text();
    // An array of this name further inside stands before it.
    if (count_of(compact, ",\"value\":[") > 1) return;
  }
}

// A token or a refusal, in which nothing of our secrets comes back.
void try_token(Input& input) {
  const int status = read_status(input);
  const std::vector<net::Header> headers = read_headers(input);
  const std::string body = input.rest();
  const auto scheduler = base::make_simulated_scheduler(1);
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  source::test::FakeClient client(
      *scheduler, [&](const net::Request&) { return source::test::answer(status, body, headers); });
  net::Lane lane({.name = "sign-in", .attempts = 1}, {*scheduler, client, *random, *logger});
  catalogue::SignIn rules;
  rules.code_path = "error_codes[0]";
  rules.errors = some_rules();
  base::Redactor redactor;
  source::TokenEndpoint endpoint(rules, lane, {.attempts = 2}, *scheduler, redactor);
  const auto make = [&](std::size_t) -> base::Result<source::TokenRequest> {
    return source::TokenRequest{{.method = "POST", .url = "https://login.test/token"},
                                {base::Secret{std::string(kSecret)}}};
  };
  const auto token = endpoint.ask(make, {});
  if (!token.ok()) {
    check_error(token.error());
    require(token.error().text().find(kSecret) == std::string::npos);
    return;
  }
  require(status >= 200 && status < 300 && !token->value.empty());
  require(token->lifetime >= base::Duration(0) && token->lifetime <= std::chrono::hours(366 * 24));
  (void)source::read_claim(token->value, "roles");
  // A cache has to be able to count with it.
  net::TokenCache cache(*scheduler, [&](const base::Stop&) { return token; });
  require(cache.get({}).ok());
}

void try_claim(Input& input) {
  const std::string payload = input.rest();
  const auto names =
      source::read_claim(base::Secret("e30." + base::base64url_encode(payload) + ".x"), "roles");
  const auto document = json::Document::parse(payload);
  const bool has_claim = document.ok() && document->root().find("roles") != nullptr;
  require(names.has_value() == has_claim);
  if (names) {
    for (const std::string& name : *names) require(!name.empty());
  }
  (void)source::read_claim(base::Secret(payload), "roles");
}

class CountingSink final : public source::PairSink {
 public:
  void add(std::string_view parent, const source::Members& members) override {
    require(++times[std::string(parent)] == 1);
    pairs += members.size();
  }
  void restart() override { std::abort(); }

  std::map<std::string, int> times;
  std::size_t pairs = 0;
};

// A batch is taken apart completely or refused, after a bounded number of requests; no parent is
// handed over twice, and none is forgotten.
void try_batch(Input& input) {
  std::vector<std::string> bodies;
  while (!input.empty()) bodies.push_back(input.part());
  if (bodies.empty()) return;
  std::size_t requests = 0;
  source::test::Rig rig([&](const net::Request& request) {
    const std::size_t at = std::min(requests, bodies.size() - 1);
    if (++requests > 2'000) std::abort();
    if (request.method == "GET") return source::test::answer(404, "{}");  // is it really gone?
    return source::test::answer(200, bodies[at]);
  });
  rig.client.remembers = false;
  rig.source.errors = some_rules();
  rig.retry.attempts = 3;
  catalogue::Relation relation;
  relation.name = "members";
  relation.parent = "groups";
  relation.strategy = catalogue::Relation::Strategy::kBatch;
  relation.request = source::test::small_request("/groups/{key}/members");
  relation.member_key = source::test::path("id");
  relation.member_type = source::test::path("\"@type\"");
  relation.targets = {{"device", "devices"}, {"user", "users"}};
  relation.batch_path = "/$batch";
  relation.batch_size = 2;

  base::Queue<std::vector<source::Parent>> parents(*rig.scheduler, 10);
  parents.push({{"g1"}, {"g2"}, {"g3", true}}, {});
  parents.close();
  CountingSink sink;
  source::RelationCounters counters;
  source::RelationReader reader(rig.open(), relation, counters);
  const auto complete = reader.read(parents, sink, {});
  if (!complete.ok()) return check_error(complete.error());
  require(counters.parents_done == 3);
  require(counters.pairs == sink.pairs && complete->records() == sink.pairs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(5)) {
    case 0: try_refusal(input); break;
    case 1: try_early_link(input); break;
    case 2: try_token(input); break;
    case 3: try_claim(input); break;
    default: try_batch(input);
  }
  return 0;
}
