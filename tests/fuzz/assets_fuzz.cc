// What Assets answers, from its links to its report. Its gateways answer in forms of their own.
#include <algorithm>

#include "assets/execution_report.h"
#include "assets/explain.h"
#include "assets/jsm_assets.h"
#include "assets/people.h"
#include "assets/test_support.h"
#include "net/url.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;

constexpr const char* kApi = "https://api.test";

void check_texts(const std::vector<std::string>& texts) {
  require(texts.size() <= 5);
  for (const std::string& text : texts) {
    require(!text.empty() && text.size() <= 200);
    fuzz::require_printable(text);
  }
}

void check_error(const base::Error& error) {
  require(!error.reason.empty() && !error.message.empty());
  fuzz::require_printable(error.message);
}

void check_outcome(const assets::Outcome& outcome) {
  check_texts(outcome.errors);
  for (const auto& [name, type] : outcome.types) check_texts(type.errors);
  fuzz::require_printable(outcome.unconfirmed);
  fuzz::require_printable(outcome.refusal);
  fuzz::require_printable(outcome.result);
}

// Few, short, printable texts out of whatever a refusal is; what differs is told in such, too.
void try_texts(Input& input) {
  static const catalogue::ObjectSchema kSchema = assets::test::identity_schema();
  const std::string body = input.rest();
  const base::Error refused = assets::refused("sending objects", assets::test::answer(400, body));
  check_error(refused);
  fuzz::require_printable(refused.heard);
  check_error(assets::with_words(refused));
  const auto document = json::Document::parse(body);
  if (!document.ok()) return;
  const auto differences = assets::frozen_differences(kSchema, document->root());
  for (const std::string& difference : differences) fuzz::require_printable(difference);
  if (!differences.empty()) check_error(assets::schema_frozen(differences));
}

void try_report(Input& input) {
  const auto document = json::Document::parse(input.rest());
  if (!document.ok()) return;
  check_outcome(assets::read_execution_report(document->root()));
}

// Gives the answers of the script in turn, then the last one again, and stops whoever asks on and
// on. The token must never be asked for at another origin.
class ScriptedAssets final : public net::HttpClient {
 public:
  ScriptedAssets(base::Scheduler& scheduler, std::vector<net::Response> answers,
                 std::stop_source& stop)
      : scheduler_(scheduler), answers_(std::move(answers)), stop_(stop) {}

  base::Result<net::Response> send(const net::Request& request, const base::Stop&) override {
    require(net::check_same_origin(kApi, request.url).ok());
    require(request.bearer.reveal() == "token" || request.secret_headers.size() == 1);
    base::sleep_for(scheduler_, std::chrono::milliseconds(50), {});
    if (asked_ > 300) stop_.request_stop();
    require(asked_ < 2'000);
    return answers_[std::min(asked_++, answers_.size() - 1)];
  }

 private:
  base::Scheduler& scheduler_;
  const std::vector<net::Response> answers_;
  std::stop_source& stop_;
  std::size_t asked_ = 0;
};

void deliver(assets::Destination& destination, const base::Stop& stop) {
  const auto ready = destination.check(stop);
  if (!ready.ok()) return check_error(ready.error());
  const auto prepared =
      destination.prepare(assets::test::identity_schema(),
                          {.execution_id = "", .started_after = "e0"}, assets::test::kNotes, stop);
  if (!prepared.ok()) return check_error(prepared.error());
  auto delivery =
      destination.start(assets::PassForTests::make(), "run-1", assets::test::kNotes, stop);
  if (!delivery.ok()) return check_error(delivery.error());
  const auto sent = (*delivery)->submit({1, "users", 2, "{\"id\":\"a\"},\n{\"id\":\"b\"}"}, stop);
  if (!sent.ok()) return check_error(sent.error());
  (*delivery)->progress(1, 2, base::Stop());
  const auto outcome = (*delivery)->complete(stop);
  if (!outcome.ok()) return check_error(outcome.error());
  check_outcome(*outcome);
}

// Answers of Jira and Assets about people: bounded, and nobody's address in an error.
void fill_in(assets::People& people, const base::Stop& stop) {
  const auto opened = people.open({.target = "workspace/ws/importsource/s",
                                   .type_id = "401",
                                   .type_name = "User",
                                   .key_attribute = "Key",
                                   .email_attribute = "Mail",
                                   .account_attribute = "Account"},
                                  stop);
  std::vector<std::string> emails = {"ada@b.test"};
  for (int many = 0; many < 2; ++many) {
    const auto found = people.find(
        emails,
        [&](std::span<const assets::FoundAccounts> batch) -> base::Status {
          for (const auto& one : batch) require(one.email < emails.size());
          return {};
        },
        stop);
    if (!found.ok()) check_error(found.error());
    if (!found.ok()) require(found.error().message.find("ada") == std::string::npos);
    for (int i = 0; i < 300; ++i) emails.push_back(std::to_string(i));
  }
  if (!opened.ok()) return check_error(opened.error());
  const auto read = people.read(
      [](const assets::Person& person) {
        require(person.object_id.find_first_not_of("0123456789") == std::string::npos);
      },
      stop);
  if (!read.ok()) check_error(read.error());
  std::vector<assets::Written> written;
  const assets::AccountChange changes[] = {{"1", "a-1"}, {"2", "a-2"}};
  const auto wrote = people.write(changes, written, stop);
  if (!wrote.ok()) check_error(wrote.error());
  require(written.size() == 2);
}

enum class To { kImport, kPeople };

// Whatever is answered, links included: a bounded number of calls, all to Assets itself.
void try_answers(Input& input, To to) {
  constexpr int kStatuses[] = {200, 202, 303, 400, 401, 404, 409, 413, 429, 500};
  std::vector<net::Response> answers;
  while (!input.empty()) {
    const int status = kStatuses[input.choice(10)];
    std::string text = input.part();
    if (status == 303) {
      answers.push_back(assets::test::answer(status, "", {{"Location", std::move(text)}}));
    } else {
      answers.push_back(assets::test::answer(status, std::move(text)));
    }
  }
  if (answers.empty()) return;
  const auto scheduler = base::make_simulated_scheduler(1);
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  std::stop_source stop;
  ScriptedAssets client(*scheduler, std::move(answers), stop);
  if (to == To::kPeople) {
    const auto people = assets::make_people({.site_url = kApi,
                                             .api_url = kApi,
                                             .account = "bot",
                                             .token = base::Secret("token"),
                                             .attempts = 3,
                                             .requests_per_minute = 0},
                                            {*scheduler, client, *random, *logger});
    return fill_in(*people, stop.get_token());
  }
  const auto destination =
      assets::make_jsm_destination({.api_url = kApi, .token = base::Secret("token"), .attempts = 3},
                                   {*scheduler, client, *random, *logger});
  deliver(*destination, stop.get_token());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(4)) {
    case 0: try_texts(input); break;
    case 1: try_report(input); break;
    case 2: try_answers(input, To::kImport); break;
    default: try_answers(input, To::kPeople);
  }
  return 0;
}
