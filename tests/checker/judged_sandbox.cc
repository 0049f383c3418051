// muster-sandbox with the checker beside it: sees every request and answer, is told of the runs of
// the real program, and judges them. The same flags; sources by --sources, no TLS.
//
//   POST /_judge/begin    {"importer":"entra","plan_only":false,"limit":0,"confirm_partial":false,
//                          "approval_of":"","says_ignore":true} -> {"run":3}
//   POST /_judge/end      {"report":{...},"final_states":["completed"],"texts":["..."]}; of a
//   process
//                         that died {"died":true,"texts":["..."]}, and later, when the next start
//                         has seen it, POST /_judge/settle {"run":3,"final_states":["abandoned"]},
//                         with a report where its end was on record
//   POST /_judge/forget   it was no run: it ended before it began one
//   GET  /_judge/verdict  {"violations":["I7: run 3 ..."],"timeline":"..."}
//
// One run at a time. Which data sets were selected is taken from the report, and a run into files
// is said to be `plan_only`: of Assets it wants nothing either.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "json/value.h"
#include "json/writer.h"
#include "sandbox/importer_file.h"
#include "sandbox/options.h"
#include "sandbox/sandbox.h"
#include "tests/checker/checker.h"
#include "tests/checker/entra.h"
#include "tests/checker/observer.h"

namespace muster::checker {
namespace {

using json::Value;

std::string text_of(const Value& body, std::string_view key) {
  const Value* value = body.find(key);
  return value == nullptr ? std::string() : std::string(value->text());
}

bool flag_of(const Value& body, std::string_view key) {
  const Value* value = body.find(key);
  return value != nullptr && value->boolean();
}

Values texts_of(const Value& body, std::string_view key) {
  Values texts;
  const Value* list = body.find(key);
  if (list == nullptr) return texts;
  for (const Value& one : list->items()) texts.emplace_back(one.text());
  return texts;
}

class Judge {
 public:
  Judge(sandbox::Sandbox& sandbox, std::vector<std::string> sources, base::Scheduler& scheduler)
      : sandbox_(sandbox),
        sources_(std::move(sources)),
        monitor_(scheduler),
        observer_(history_, scheduler) {}

  // Before the first request.
  void know(const std::string& origin, const sandbox::Connection& connection) {
    origin_ = origin;
    observer_.know_source_secret(connection.client_secret);
    observer_.know_destination_token(connection.assets_token);
    for (const auto& further : connection.further) {
      observer_.know_destination_token(further.assets_token);
    }
    observer_.look_at_source(sandbox_);
  }

  net::ServerResponse handle(net::ServerRequest&& request) {
    if (request.target.starts_with("/_judge/")) return control(request);
    if (request.target.starts_with("/_sandbox/")) return change(std::move(request));
    const net::Request seen = as_sent(request);
    std::size_t call = 0;
    {
      base::Monitor::Lock lock(monitor_);
      call = observer_.sent(label_, seen);
    }
    sandbox::JournalEntry entry;
    net::ServerResponse answer = sandbox_.handle(std::move(request), &entry);
    base::Monitor::Lock lock(monitor_);
    observer_.answered(call, seen, as_received(answer), &entry);
    return answer;
  }

 private:
  net::Request as_sent(const net::ServerRequest& request) const {
    net::Request seen;
    seen.method = request.method;
    seen.url = origin_ + request.target;
    seen.body = request.body;
    constexpr std::string_view kBearer = "Bearer ";
    const std::string* authorization = net::find_header(request.headers, "Authorization");
    if (authorization != nullptr && authorization->starts_with(kBearer)) {
      seen.bearer = base::Secret(authorization->substr(kBearer.size()));
    }
    return seen;
  }

  static base::Result<net::Response> as_received(const net::ServerResponse& answer) {
    const std::string& body = answer.shared_body ? *answer.shared_body : answer.body;
    if (answer.reset ||
        (answer.cut_after >= 0 && static_cast<std::size_t>(answer.cut_after) < body.size())) {
      return base::Error{base::ErrorKind::kUnavailable, "source_unavailable", "It broke off."};
    }
    net::Response response;
    response.status = answer.status;
    response.headers = answer.headers;
    response.body = body;
    return response;
  }

  // The source as it is after an edit.
  net::ServerResponse change(net::ServerRequest&& request) {
    const bool is_edit = request.method != "GET" && request.target.starts_with("/_sandbox/edits");
    net::ServerResponse answer = sandbox_.handle(std::move(request));
    if (!is_edit) return answer;
    base::Monitor::Lock lock(monitor_);
    observer_.look_at_source(sandbox_);
    return answer;
  }

  net::ServerResponse control(const net::ServerRequest& request) {
    base::Monitor::Lock lock(monitor_);
    const std::string_view what = std::string_view(request.target).substr(8);
    if (what == "verdict") return {.body = verdict()};
    auto body = json::Document::parse(request.body);
    if (!body.ok()) return {.status = 400, .body = body.error().text()};
    if (what == "begin") {
      begin(body->root());
      return {.body = fmt::format(R"({{"run":{}}})", history_.runs.size())};
    } else if (what == "end") {
      end(body->root());
    } else if (what == "settle") {
      settle(body->root());
    } else if (what == "forget") {
      history_.runs.pop_back();
      label_.clear();
    } else {
      return {.status = 404};
    }
    return {.body = "{}"};
  }

  Importer& importer(const std::string& name) {
    const auto found = std::ranges::find(history_.importers, name, &Importer::name);
    if (found != history_.importers.end()) return *found;
    Importer fresh;
    fresh.name = name;
    const auto place = std::ranges::find(sources_, name);
    const std::size_t source = place == sources_.end() ? 0 : place - sources_.begin() + 1;
    fresh.source_id = sandbox_.assets().source_id(source);
    fresh.destination_urls = {origin_ + "/assets/"};
    for (const char* path : {"/login/", "/graph/"}) fresh.source_urls.push_back(origin_ + path);
    fresh.source_urls.push_back(fmt::format("{}/{}/", origin_, name));
    return history_.importers.emplace_back(std::move(fresh));
  }

  void begin(const Value& body) {
    Importer& of = importer(text_of(body, "importer"));
    of.says_ignore = flag_of(body, "says_ignore");
    observer_.look_at_assets(sandbox_, of);
    Run run;
    run.label = label_ = std::to_string(++runs_);
    run.importer = of.name;
    run.begun = observer_.mark();
    run.plan_only = flag_of(body, "plan_only");
    run.confirm_partial = flag_of(body, "confirm_partial");
    run.approval_of = text_of(body, "approval_of");
    if (const Value* limit = body.find("limit")) {
      run.limit = static_cast<std::uint64_t>(limit->integer().value_or(0));
    }
    history_.runs.push_back(std::move(run));
  }

  void end(const Value& body) {
    Run& run = history_.runs.back();
    run.texts = texts_of(body, "texts");
    run.died = flag_of(body, "died");
    take_outcome(run, body);
    observer_.look_at_assets(sandbox_, importer(run.importer));
    run.ended = history_.holdings.back().at;
    label_.clear();
  }

  void settle(const Value& body) {
    const Value* number = body.find("run");
    const auto at = number == nullptr ? std::nullopt : number->integer();
    if (at && *at > 0 && static_cast<std::size_t>(*at) <= history_.runs.size()) {
      take_outcome(history_.runs[static_cast<std::size_t>(*at) - 1], body);
    }
  }

  static void take_outcome(Run& run, const Value& body) {
    run.final_states = texts_of(body, "final_states");
    if (const Value* report = body.find("report")) {
      std::string text;
      json::Writer(text).value(*report);
      auto read = run::read_report(text);
      if (read.ok()) run.report = std::move(*read);
    }
    if (run.report && run.importer == "entra") {
      std::vector<entra::Choice> choices;
      for (const auto& set : run.report->data_sets) choices.push_back({set.name, 0, {}, {}});
      run.selection = entra::select(choices);
    }
  }

  std::string verdict() {
    observer_.look_at_executions(sandbox_);
    const std::vector<Violation> found = check(history_);
    std::string text;
    json::Writer writer(text);
    writer.begin_object().key("runs").number(std::uint64_t{history_.runs.size()});
    writer.key("violations").begin_array();
    for (const Violation& violation : found) writer.string(violation.message());
    writer.end_array().key("timeline").string(found.empty() ? "" : timeline(history_)).end_object();
    return text;
  }

  sandbox::Sandbox& sandbox_;
  const std::vector<std::string> sources_;
  std::string origin_;
  base::Monitor monitor_;  // guards everything below
  History history_;
  Observer observer_;
  std::string label_;  // of the run that lasts
  std::size_t runs_ = 0;
};

base::Status serve(const sandbox::Options& options, const sigset_t& signals) {
  const auto scheduler = base::make_real_scheduler();
  sandbox::Sandbox sandbox(options.sandbox, *scheduler);
  Judge judge(sandbox, options.sandbox.sources, *scheduler);
  net::HttpServer server(
      {.address = options.address, .port = options.port},
      [&](net::ServerRequest&& request) { return judge.handle(std::move(request)); });
  TRY(server.start());
  const std::string origin = fmt::format("http://{}:{}", options.address, server.port());
  const sandbox::Connection connection = sandbox.connection(origin);
  judge.know(origin, connection);
  TRY(sandbox::write_importer_file(
      {.path = options.importers_file, .connection = connection, .ca_file = {}}));
  int signal = 0;
  ::sigwait(&signals, &signal);
  server.stop();
  return {};
}

}  // namespace
}  // namespace muster::checker

int main(int count, char** values) {
  using namespace muster;  // NOLINT
  // Blocked before any thread starts, so that only sigwait() takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto options = sandbox::parse_options({values + 1, values + count});
  base::Status status = options.ok() ? base::Status() : base::Status(options.error());
  if (status.ok()) status = checker::serve(*options, signals);
  if (status.ok()) return 0;
  fmt::print(stderr, "judged-sandbox: {}\n", status.error().text());
  return 2;
}
