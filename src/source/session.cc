#include "source/session.h"

#include <fmt/ranges.h>

#include "base/check.h"
#include "base/id.h"
#include "base/text.h"
#include "crypto/keyed_hash.h"
#include "net/throttle.h"
#include "net/url.h"
#include "source/addresses.h"
#include "source/answers.h"
#include "source/grants.h"
#include "source/sign_in.h"
#include "source/token_endpoint.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::uint32_t kNotAvailableIsBelieved = 3;
constexpr std::string_view kAgo = "ago:";

// A name that begins so belongs to us: we make a fresh id for every request, and the service's
// support finds it in its logs. Any other name is the service's own and only read.
constexpr std::string_view kOwnRequestId = "client-";

net::LaneSettings lane_settings(const catalogue::LaneRule& rule, const RetrySettings& retry) {
  net::LaneSettings settings;
  settings.name = rule.name;
  settings.units = rule.units;
  settings.window = rule.window;
  settings.initial_in_flight = rule.initial_in_flight;
  settings.max_in_flight = rule.max_in_flight;
  settings.attempts = retry.attempts;
  settings.max_wait = retry.max_wait;
  settings.cost_header = rule.cost_header;
  settings.pressure_header = rule.pressure_header;
  settings.told = {.remaining_header = rule.remaining_header,
                   .limit_header = rule.limit_header,
                   .reset_header = rule.reset_header,
                   .reset_is_unix_time = rule.reset_is_unix_time,
                   .period_header = rule.period_header,
                   .share = rule.share,
                   .zero_limit_is_concurrency = rule.zero_limit_is_concurrency};
  return settings;
}

// A source counts by account, so importers with the same connection share its limits.
std::string throttle_name(const catalogue::Source& source, const catalogue::LaneRule& rule,
                          const ConnectionValues& values) {
  std::string account = source.name;
  for (const auto& [name, value] : values.values) account += fmt::format("\n{}={}", name, value);
  for (const auto& [name, secret] : values.secrets) {
    account += fmt::format("\n{}={}", name, secret.reveal());
  }
  return fmt::format("{} {}", crypto::to_hex(crypto::public_hash(account)), rule.name);
}

// Token requests are few; each attempt is sent once because it may need a request of its own.
net::LaneSettings sign_in_lane(const RetrySettings& retry) {
  net::LaneSettings settings;
  settings.name = "sign-in";
  settings.initial_in_flight = 1;
  settings.max_in_flight = 1;
  settings.attempts = 1;
  settings.max_wait = retry.max_wait;
  return settings;
}

}  // namespace

struct Session::State {
  State(std::shared_ptr<const catalogue::Source> catalogue_source, ConnectionValues connection,
        RetrySettings retry_settings, Tools session_tools)
      : source(std::move(catalogue_source)),
        values(std::move(connection)),
        retry(retry_settings),
        tools(std::move(session_tools)),
        began(tools.scheduler.wall_now()),
        paths_monitor(tools.scheduler) {
    for (const auto& [name, secret] : values.secrets) redactor.add(secret);
    const net::LaneTools lane_tools{tools.scheduler, tools.client, tools.random, tools.logger,
                                    tools.pause};
    const auto add_lane = [&](const catalogue::LaneRule& rule) {
      net::LaneSettings settings = lane_settings(rule, retry);
      auto shared = tools.throttles == nullptr
                        ? nullptr
                        : tools.throttles->of(throttle_name(*source, rule, values), settings);
      lanes.emplace(rule.name, std::make_unique<net::Lane>(std::move(settings), lane_tools,
                                                           std::move(shared)));
    };
    for (const catalogue::LaneRule& rule : source->lanes) add_lane(rule);
    // Requests of a source without lane rules share one without a budget.
    if (lanes.empty()) add_lane({});
    sign_in_traffic = std::make_unique<net::Lane>(sign_in_lane(retry), lane_tools);
  }

  std::vector<net::Header> headers() const {
    std::vector<net::Header> all{{"Accept", "application/json"}};
    if (source->request_id_header.starts_with(kOwnRequestId)) {
      all.push_back({source->request_id_header, base::make_random_id(tools.random)});
    }
    return all;
  }

  net::Request make(const catalogue::Request& request, const std::string& url) const {
    net::Request made;
    made.url = url;
    made.headers = headers();
    for (const auto& [name, value] : source->headers) made.headers.push_back({name, value});
    for (const auto& [name, value] : request.headers) made.headers.push_back({name, value});
    made.trust = values.trust;
    return made;
  }

  Result<net::Response> exchange(net::Lane& lane, const net::Request& request,
                                 const net::SendOptions& options, const base::Stop& stop,
                                 const PageOptions& page = {});

  // A refusal names the permissions that the request needs and the token does not list.
  Error with_advice(const catalogue::Request& request, Error error) const {
    if (error.reason == "source_permission") error.message += grants().advice(request.permissions);
    return error;
  }
  Grants grants() const { return {*source, granted}; }

  const std::shared_ptr<const catalogue::Source> source;
  const ConnectionValues values;
  const RetrySettings retry;
  const Tools tools;
  const base::WallTime began;
  base::Redactor redactor;  // knows every credential in use
  Addresses addresses;
  std::map<std::string, std::unique_ptr<net::Lane>, std::less<>> lanes;
  std::unique_ptr<net::Lane> sign_in_traffic;
  std::unique_ptr<SignIn> sign_in;                  // uses what stands above it
  std::optional<std::vector<std::string>> granted;  // as of sign_in(), before any other thread
  mutable base::Monitor paths_monitor;              // guards known_paths
  std::map<std::string, std::string> known_paths;   // address and newest path -> the one there is
};

namespace {

// Whether the answer may be different next time, although no lane repeats its status by itself.
bool may_pass(const Error& error, std::uint32_t attempt, std::uint32_t attempts) {
  if (error.reason == "not_available") return attempt < kNotAvailableIsBelieved;
  return error.reason == "source_unavailable" && attempt < attempts;
}

// 206 and its like: there is more than what was sent, or it is not there yet.
Error partial(const net::Response& response) {
  return {ErrorKind::kMalformed, "source_protocol",
          fmt::format("The source answered with status {}, which is no whole answer.",
                      response.status)};
}

}  // namespace

Result<net::Response> Session::State::exchange(net::Lane& lane, const net::Request& request,
                                               const net::SendOptions& options,
                                               const base::Stop& stop, const PageOptions& page) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    net::Response response = TRY(sign_in->send(lane, request, options, stop));
    const bool success = response.status >= 200 && response.status < 300;
    if (success && request.method == "GET" && response.status != 200) return partial(response);
    if (success || (response.status == 424 && request.method == "POST")) {
      base::Status json = expect_json(response);
      if (json.ok()) return response;
      json.error().message = redactor.cleaned(json.error().message);
      return std::move(json).error();
    }
    if (page.may_be_unknown && (response.status == 404 || response.status == 405)) {
      return Error{ErrorKind::kMissing, "unknown_path", "The source has no such path."};
    }
    const Answer answer{response.status, response.body, response.headers, page.is_first};
    Error error = explain_answer(*source, answer, "", tools.scheduler.wall_now(), redactor);
    if (!may_pass(error, attempt, retry.attempts)) return error;
    const base::Duration wait =
        error.retry_after ? base::Duration(*error.retry_after) : lane.backoff(attempt);
    if (wait > retry.max_wait) return error;
    if (!base::sleep_for(tools.scheduler, wait, stop)) {
      return Error{ErrorKind::kCancelled, "cancelled", "Cancelled while waiting for the source."};
    }
  }
}

Result<std::unique_ptr<Session>> Session::open(std::shared_ptr<const catalogue::Source> source,
                                               ConnectionValues values, RetrySettings retry,
                                               Tools tools,
                                               const std::vector<std::string>& permissions) {
  auto state =
      std::make_unique<State>(std::move(source), std::move(values), retry, std::move(tools));
  State& own = *state;
  own.addresses = TRY(Addresses::resolve(*own.source, own.values.values));
  own.sign_in =
      TRY(SignIn::make({*own.source, own.values, own.addresses, *own.sign_in_traffic, own.retry,
                        own.tools.scheduler, own.tools.random, [&own] { return own.headers(); },
                        own.redactor, fmt::format("{}", fmt::join(permissions, " "))}));
  return std::unique_ptr<Session>(new Session(std::move(state)));
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}

Session::~Session() = default;

base::Status Session::sign_in(const base::Stop& stop) {
  TRY(state_->sign_in->token(stop));
  state_->granted = granted(stop);
  return {};
}

void Session::sign_out(const base::Stop& stop) {
  const base::Status done = state_->sign_in->sign_out(stop);
  if (!done.ok()) {
    state_->tools.logger.info("signing out failed; the token ends by itself: {}",
                              done.error().text());
  }
}

std::optional<std::vector<std::string>> Session::granted(const base::Stop& stop) {
  const auto token = state_->sign_in->token(stop);
  if (!token.ok()) return std::nullopt;
  return read_claim(*token, state_->sign_in->rules().roles_claim);
}

Result<std::string> Session::url(const catalogue::Request& request, const Parameters& parameters,
                                 std::string_view parent_key) const {
  std::string path = TRY(fill_placeholders(request.path, [&](std::string_view name) {
    const std::string value = name == "key"
                                  ? std::string(parent_key)
                                  : field_value(*state_->source, state_->values.values, name);
    return value.empty() ? std::nullopt : std::optional(base::percent_encode(value));
  }));
  return with_parameters(origin(request.address) + path, parameters);
}

Result<std::string> Session::filled(std::string_view text) const {
  const State& own = *state_;
  return fill_placeholders(text, [&](std::string_view name) -> std::optional<std::string> {
    const bool is_ago = name.starts_with(kAgo);
    std::string value =
        field_value(*own.source, own.values.values, is_ago ? name.substr(kAgo.size()) : name);
    if (value.empty()) return std::nullopt;
    if (!is_ago) return value;
    const auto span = base::parse_duration(value);
    if (!span) return std::nullopt;
    const auto time = std::chrono::floor<std::chrono::seconds>(own.began - *span);
    return std::to_string(time.time_since_epoch().count());
  });
}

namespace {

std::string name_of_paths(const catalogue::Request& request) {
  return fmt::format("{} {}", request.address, request.path);
}

}  // namespace

std::vector<std::string> Session::paths_of(const catalogue::Request& request) const {
  if (request.older_paths.empty()) return {request.path};
  {
    base::Monitor::Lock lock(state_->paths_monitor);
    const auto known = state_->known_paths.find(name_of_paths(request));
    if (known != state_->known_paths.end()) return {known->second};
  }
  std::vector<std::string> paths = {request.path};
  paths.insert(paths.end(), request.older_paths.begin(), request.older_paths.end());
  return paths;
}

void Session::remember_path(const catalogue::Request& request, const std::string& path) {
  if (request.older_paths.empty()) return;
  base::Monitor::Lock lock(state_->paths_monitor);
  state_->known_paths.emplace(name_of_paths(request), path);
}

const std::string& Session::origin(std::string_view address) const {
  return state_->addresses.base(address);
}

Result<std::string> Session::relative(std::string_view address, std::string_view url) const {
  const std::string& base = origin(address);
  TRY(net::check_same_origin(base, url));
  // Host names compare without case and a default port may be written out, so that the text before
  // the path need not be the same.
  const auto path_of = [](std::string_view text) {
    const std::size_t slash = text.find('/', text.find("://") + 3);
    return slash == std::string_view::npos ? std::string_view() : text.substr(slash);
  };
  return std::string(path_of(url).substr(path_of(base).size()));
}

Result<net::Response> Session::get(const catalogue::Request& request, const std::string& url,
                                   const base::Stop& stop, PageOptions options) {
  net::Request made = state_->make(request, url);
  made.on_beginning = std::move(options.on_beginning);
  const net::SendOptions sending{
      .units = request.units, .in_chain = options.in_chain, .most_failures = options.most_failures};
  auto answer = state_->exchange(lane(request.lane), made, sending, stop, options);
  if (!answer.ok()) return state_->with_advice(request, std::move(answer).error());
  return answer;
}

Result<net::Response> Session::post(const catalogue::Request& request, const std::string& url,
                                    std::string body, double units, const base::Stop& stop) {
  net::Request made = state_->make(request, url);
  made.method = "POST";
  made.headers.push_back({"Content-Type", "application/json"});
  made.body = std::move(body);
  auto answer = state_->exchange(lane(request.lane), made, {.units = units}, stop);
  if (!answer.ok()) return state_->with_advice(request, std::move(answer).error());
  return answer;
}

Result<std::string> Session::download(const catalogue::Request& request, const std::string& url,
                                      const base::Stop& stop) {
  net::Request made;
  made.url = url;
  made.trust = state_->values.trust;
  made.max_body = kMaxDownload;
  made.timeout = std::chrono::minutes(10);
  net::Response response = TRY(lane(request.lane).send(made, {}, stop));
  if (response.status == 200) return std::move(response.body);
  return Error{ErrorKind::kUnavailable, "source_incomplete",
               fmt::format("The file that the source prepared could not be fetched from {}: status "
                           "{}.",
                           net::without_query(url), response.status)};
}

Error Session::explain(const catalogue::Request& request, int status, std::string_view body,
                       const std::vector<net::Header>& headers, std::string_view where,
                       bool is_first) const {
  return state_->with_advice(
      request, explain_answer(*state_->source, {status, body, headers, is_first}, where,
                              state_->tools.scheduler.wall_now(), state_->redactor));
}

net::Lane& Session::lane(std::string_view name) {
  auto found = state_->lanes.find(name);
  if (name.empty()) found = state_->lanes.begin();
  MUSTER_CHECK(found != state_->lanes.end(), "a catalogue names only lanes that it has");
  return *found->second;
}

Traffic Session::traffic() const {
  Traffic sum;
  std::int64_t waited = 0;
  const auto add = [&](const net::LaneCounters& lane) {
    sum.requests += lane.requests;
    sum.bytes += lane.bytes;
    sum.throttled += lane.throttled;
    sum.resource_units += lane.resource_units;
    waited += lane.waited_ns;
  };
  for (const auto& [name, lane] : state_->lanes) add(lane->counters());
  // Its units are nobody's budget: the sign-in service counts for itself.
  const net::LaneCounters& sign_in_counters = state_->sign_in_traffic->counters();
  add(sign_in_counters);
  sum.resource_units -= sign_in_counters.resource_units;

  sum.waited_seconds = std::chrono::duration<double>(base::Duration(waited)).count();
  return sum;
}

const ConnectionValues& Session::values() const { return state_->values; }
const catalogue::Source& Session::source() const { return *state_->source; }

base::Scheduler& Session::scheduler() { return state_->tools.scheduler; }

base::Logger& Session::logger() { return state_->tools.logger; }

}  // namespace muster::source
