#include "sandbox/assets/assets_service.h"

#include "base/text.h"
#include "sandbox/assets/exchange.h"
#include "sandbox/assets/service_state.h"

namespace muster::sandbox {
namespace {

using assets::Exchange;
using net::ServerResponse;

constexpr std::string_view kInfoPath = "/jsm/assets/v1/imports/info";
constexpr std::string_view kImportSource = "/importsource/";

// Takes `prefix` off the front of the text.
bool take_front(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string_view take_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

// Who calls: a container token is bound to its source, the Basic user may do anything.
struct Caller {
  assets::ImportSource* source = nullptr;
  bool basic = false;
};

Caller identify(const Call& call, assets::Site& site) {
  const std::string* header = call.header("Authorization");
  if (header == nullptr) return {};
  std::string_view text = *header;
  if (take_front(text, "Bearer ")) return {.source = site.source_of_token(text)};
  if (!take_front(text, "Basic ")) return {};
  const std::string expected =
      base::base64_encode(site.settings.basic_user + ":" + site.settings.basic_password);
  return {.basic = text == expected};
}

// A body is JSON and says so.
std::optional<ServerResponse> refuse_body(const Call& call,
                                          const base::Result<json::Document>& body) {
  if (call.body.empty()) return std::nullopt;
  const std::string* type = call.header("Content-Type");
  if (type == nullptr || !type->starts_with("application/json"))
    return assets::error_answer(415, "Content-Type must be application/json");
  if (!body.ok()) return assets::error_answer(400, "the body is no JSON: " + body.error().message);
  if (body->repaired() != 0) return assets::error_answer(400, "the body is no UTF-8");
  return std::nullopt;
}

ServerResponse too_many_requests(const assets::Site& site, base::Duration wait) {
  ServerResponse response = assets::error_answer(429, "too many requests in a minute");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  if (site.settings.retry_after)
    response.headers.push_back({"Retry-After", std::to_string(seconds)});
  return response;
}

// The request took effect; does its answer get lost?
bool loses_answer(assets::Site& site, std::string_view operation) {
  const auto lost = site.settings.faults.lost_answers.find(operation);
  if (lost == site.settings.faults.lost_answers.end()) return false;
  if (lost->second.skip > 0) return --lost->second.skip, false;
  if (lost->second.count == 0) return false;
  --lost->second.count;
  return true;
}

std::string_view operation_of(const assets::Route& route, const Exchange& exchange) {
  const json::Value* completed = exchange.body ? exchange.body->find("completed") : nullptr;
  return route.operation == "data" && completed != nullptr && completed->boolean()
             ? "complete"
             : route.operation;
}

ServerResponse run(const assets::Route& route, Exchange& exchange) {
  ServerResponse response = route.handler(exchange);
  if (response.status < 400 && loses_answer(exchange.site, operation_of(route, exchange)))
    response.reset = true;
  return response;
}

constexpr assets::Route kInfoRoute{"GET", kInfoPath, assets::imports_info, "info"};

// A container token is for its import source; what it may read elsewhere is not known.
bool changes_objects(const Call& call) {
  return call.method != "GET" && call.path.find("/object/aql") == std::string::npos;
}

ServerResponse dispatch(Exchange& exchange, const Caller& caller) {
  const Call& call = exchange.call;
  if (caller.source == nullptr && !caller.basic) return assets::unauthorized();
  if (call.path == kInfoPath) {
    if (call.method != "GET") return assets::error_answer(404, "not found");
    if (caller.source == nullptr) return assets::unauthorized();
    exchange.source = caller.source;
    return run(kInfoRoute, exchange);
  }
  std::string_view path = call.path;
  if (!take_front(path, "/jsm/assets/workspace/") && !take_front(path, "/jsm/insight/workspace/"))
    return assets::error_answer(404, "not found");
  if (take_segment(path) != exchange.site.workspace_id || !take_front(path, "/v1"))
    return assets::error_answer(404, "not found");
  std::span<const assets::Route> routes = assets::object_routes();
  if (take_front(path, kImportSource)) {
    exchange.source = exchange.site.find_source(take_segment(path));
    if (!caller.basic && exchange.source != caller.source) return assets::unauthorized();
    if (exchange.source == nullptr) return assets::error_answer(404, "no such import source");
    routes = assets::import_routes();
  } else if (!caller.basic && changes_objects(call)) {
    return assets::unauthorized();
  }
  assets::Routing routing = assets::find_route(routes, call.method, path);
  if (routing.route == nullptr) return assets::error_answer(404, "not found");
  exchange.captures = std::move(routing.captures);
  return run(*routing.route, exchange);
}

}  // namespace

AssetsService::AssetsService(Settings settings, base::Scheduler& scheduler)
    : state_(std::make_unique<State>(std::move(settings), scheduler)) {}

AssetsService::~AssetsService() = default;

void AssetsService::reset() {
  const base::Monitor::Lock lock(state_->monitor);
  state_->site.emplace(state_->initial, state_->clock());
  state_->meter = {};
}

ServerResponse AssetsService::handle(const Call& call) {
  // Parsing is the dear part of a chunk and needs nothing that the lock guards.
  base::Result<json::Document> document =
      json::Document::parse(call.body.empty() ? "null" : std::string(call.body));
  const base::Monitor::Lock lock(state_->monitor);
  assets::Site& site = *state_->site;
  const assets::Clock clock = state_->clock();
  site.settle(clock);
  const std::size_t max_body = site.settings.faults.max_body;
  if (max_body != 0 && call.body.size() > max_body)
    return assets::error_answer(413, "the body is too large");
  if (site.settings.meter) {
    const std::string* credential = call.header("Authorization");
    const bool aql = call.path.find("/object/aql") != std::string::npos;
    if (const auto wait =
            state_->meter.count(credential == nullptr ? "" : *credential, aql, clock.now))
      return too_many_requests(site, *wait);
  }
  const Caller caller = identify(call, site);
  if (caller.source == nullptr && !caller.basic) return assets::unauthorized();
  if (caller.basic && call.notes != nullptr) call.notes->owner = site.settings.basic_user;
  if (auto refusal = refuse_body(call, document)) return *std::move(refusal);
  Exchange exchange{.call = call, .site = site, .clock = clock};
  if (!call.body.empty()) exchange.body = &document->root();
  return dispatch(exchange, caller);
}

}  // namespace muster::sandbox
