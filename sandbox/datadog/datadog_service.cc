#include "sandbox/datadog/datadog_service.h"

#include <fmt/format.h>

#include "base/text.h"
#include "sandbox/datadog/lists.h"
#include "sandbox/datadog/records.h"
#include "sandbox/datadog/truth.h"

namespace muster::sandbox::datadog {
namespace {

constexpr std::string_view kApiKey = "DD-API-KEY";
constexpr std::string_view kApplicationKey = "DD-APPLICATION-KEY";
constexpr std::string_view kId = "{id}";

std::int64_t seconds_now(const base::Scheduler& scheduler) {
  return std::chrono::floor<std::chrono::seconds>(scheduler.wall_now()).time_since_epoch().count();
}

net::ServerResponse to_response(ListAnswer answer) {
  return json_response(answer.status, std::move(answer.body));
}

// Wrong keys are refused before the request gets anywhere.
net::ServerResponse refused_by_proxy() {
  net::ServerResponse response = json_response(
      403,
      R"({"status":"error","code":403,"errors":["Forbidden"],)"
      R"("statuspage":"http://status.datadoghq.com","twitter":"http://twitter.com/datadogops",)"
      R"("email":"support@datadoghq.com"})");
  response.headers.push_back({"Cache-Control", "no-cache"});
  response.headers.push_back({"Via", "haproxy"});
  return response;
}

// What stands for {id}; nullopt: another path.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t hole = pattern.find(kId);
  if (hole == std::string_view::npos) {
    return pattern == path ? std::optional(std::string_view()) : std::nullopt;
  }
  const std::string_view before = pattern.substr(0, hole);
  const std::string_view after = pattern.substr(hole + kId.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
      !path.ends_with(after)) {
    return std::nullopt;
  }
  return path.substr(before.size(), path.size() - before.size() - after.size());
}

}  // namespace

DatadogService::DatadogService(const ImitationTools& tools)
    : edits_(tools.edits),
      scheduler_(tools.scheduler),
      seed_(world::mix(tools.seed ^ 0x646F67)),
      organisation_(tools.world, seed_, seconds_now(tools.scheduler)),
      limits_(tools.scheduler, tools.quota) {}

void DatadogService::reset() { limits_.reset(); }

std::int64_t DatadogService::now() const { return seconds_now(scheduler_); }

std::string DatadogService::api_key() const {
  return fmt::format("{:016x}{:016x}", organisation_.bits('K', 0), organisation_.bits('K', 1));
}

std::string DatadogService::application_key() const {
  return fmt::format("{:016x}{:016x}{:08x}", organisation_.bits('K', 2), organisation_.bits('K', 3),
                     organisation_.bits('K', 4) >> 32);
}

std::vector<ConnectionValue> DatadogService::connection(std::string_view base) const {
  return {{"site", "custom"},
          {"api_url", std::string(base)},
          {"api_key", api_key(), true},
          {"application_key", application_key(), true}};
}

bool DatadogService::may_read(std::string_view key, std::string_view permission) const {
  const std::string all = application_key();
  if (key == all || permission.empty()) return true;
  for (const std::string_view scope : base::split(key.substr(all.size()), '.')) {
    if (scope == permission) return true;
  }
  return false;
}

net::ServerResponse DatadogService::validate(const Call& call) const {
  const std::string* key = call.header(kApiKey);
  if (key == nullptr || key->empty()) return to_response(refused(403, "API key required"));
  if (*key != api_key()) return to_response(refused(403, "Forbidden"));
  return json_response(200, R"({"valid":true})");
}

net::ServerResponse DatadogService::handle(const Call& call) {
  if (call.parameter("api_key") || call.parameter("application_key")) {
    return to_response(refused(403, "Keys are taken from headers only."));
  }
  if (call.path == "/api/v1/validate" && call.method == "GET") return validate(call);
  const std::string* api = call.header(kApiKey);
  const std::string* application = call.header(kApplicationKey);
  const std::string known = application_key();
  if (api == nullptr || *api != api_key() || application == nullptr ||
      !(*application == known || application->starts_with(known + "."))) {
    return refused_by_proxy();
  }
  if (call.notes != nullptr) call.notes->owner = "datadog";
  for (const Route& route : routes()) {
    const auto id = match(route.path, call.path);
    if (!id) continue;
    if (call.method != "GET") return to_response(refused(405, "Method not allowed"));
    if (!may_read(*application, route.permission)) return to_response(refused(403, "Forbidden"));
    RateLimits::Verdict verdict = limits_.charge(route.limit);
    const std::shared_ptr<const world::Edits> edits = edits_.current();
    net::ServerResponse response = to_response(
        verdict.refused
            ? refused(429, fmt::format("Rate limit of {} requests in {} seconds reached. Please "
                                       "try again later.",
                                       route.limit.requests, route.limit.period))
            : route.list({call, organisation_, *edits, now(), ++calls_, readings_, *id}));
    if (route.vendor_type && response.status == 200) {
      response.headers.front().value = "application/vnd.api+json";
    }
    for (net::Header& header : verdict.headers) response.headers.push_back(std::move(header));
    return response;
  }
  return to_response(refused(404, "Not found"));
}

std::string DatadogService::truth_summary() const {
  return datadog::truth_summary(organisation_, *edits_.current(), now());
}

std::optional<std::string> DatadogService::truth_page(std::string_view data_set,
                                                      std::uint64_t offset,
                                                      std::uint64_t limit) const {
  return datadog::truth_page(organisation_, *edits_.current(), now(), data_set, offset, limit);
}

}  // namespace muster::sandbox::datadog
