#include "sandbox/graph/graph_service.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "sandbox/decode.h"
#include "sandbox/faults.h"
#include "sandbox/graph/batch.h"
#include "sandbox/graph/values.h"

namespace muster::sandbox::graph {
namespace {

constexpr std::string_view kContentType =
    "application/"
    "json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
constexpr std::string_view kDiagnostic =
    R"({"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"5","ScaleUnit":"004","RoleInstance":"SB1"}})";

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kExportJobs = "/deviceManagement/reports/exportJobs";

// The directory extension of users.cc.
// https://learn.microsoft.com/graph/api/directoryobject-getavailableextensionproperties
constexpr const char* kExtensionProperties =
    R"({"value":[{"name":"extension_c2a6f0de58b34c1d9f7e0b7d1e4a9c33_badgeNumber",)"
    R"("appDisplayName":"muster importer","dataType":"String","isSyncedFromOnPremises":false,)"
    R"("targetObjects":["User"]}]})";

std::string retry_after_seconds(base::Duration wait) {
  const double seconds = std::chrono::duration<double>(wait).count();
  return fmt::format("{}", static_cast<long>(std::max(1.0, std::ceil(seconds))));
}

// Batches say decimals. https://github.com/microsoftgraph/microsoft-graph-docs/issues/3877
std::string retry_after_decimals(base::Duration wait) {
  return fmt::format("{:.3f}", std::chrono::duration<double>(wait).count());
}

std::string_view take_version(std::string_view path) {
  for (const std::string_view version : {std::string_view("/v1.0"), std::string_view("/beta")}) {
    if (path.starts_with(version) && path.substr(version.size()).starts_with('/')) return version;
  }
  return {};
}

}  // namespace

struct GraphService::Ids {
  std::uint64_t number = 0;
  world::Guid request_id;
  std::string client_request_id;
};

GraphService::GraphService(const world::World& world, const world::EditBoard& edits,
                           const login::Tokens& tokens, base::Scheduler& scheduler,
                           const GraphSettings& settings)
    : edits_(edits),
      tokens_(tokens),
      scheduler_(scheduler),
      settings_(settings),
      quota_(scheduler, world.sizes().users, settings.quota),
      reader_(world, quota_, scheduler, settings.reader, settings.seed),
      exports_(world, scheduler, settings.seed) {}

void GraphService::reset() {
  quota_.reset();
  exports_.reset();
}

GraphService::Ids GraphService::make_ids(const Call& call) {
  Ids ids;
  ids.number = ++requests_;
  ids.request_id =
      guid_from(world::mix(settings_.seed ^ ids.number), world::mix(settings_.seed ^ ~ids.number));
  const std::string* sent = call.header("client-request-id");
  ids.client_request_id = sent != nullptr ? *sent : std::string(ids.request_id.view());
  return ids;
}

std::string GraphService::error_body(const Refusal& refusal, const Ids& ids) const {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("error").begin_object();
  writer.key("code").string(refusal.code).key("message").string(refusal.message);
  writer.key("innerError").begin_object();
  writer.key("date").string(base::format_utc(scheduler_.wall_now()).substr(0, 19));
  writer.key("request-id").string(ids.request_id.view());
  writer.key("client-request-id").string(ids.client_request_id);
  writer.end_object().end_object().end_object();
  return body;
}

net::ServerResponse GraphService::refuse(const Refusal& refusal, const Ids& ids) const {
  net::ServerResponse response = json_response(refusal.status, error_body(refusal, ids));
  response.headers.push_back({"request-id", std::string(ids.request_id.view())});
  response.headers.push_back({"client-request-id", ids.client_request_id});
  for (const net::Header& header : refusal.headers) response.headers.push_back(header);
  return response;
}

net::ServerResponse GraphService::handle(const Call& call) {
  const Ids ids = make_ids(call);
  const auto unauthorised = [&](std::string_view message) {
    Refusal refusal{401, "InvalidAuthenticationToken", std::string(message)};
    refusal.headers.push_back(
        {"WWW-Authenticate",
         fmt::format("Bearer realm=\"\", authorization_uri=\"{}/login/common/oauth2/"
                     "authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
                     call.origin)});
    return refuse(refusal, ids);
  };
  if (call.path.starts_with("/export/")) return exports_.download(call, *edits_.current());
  const std::string* authorization = call.header("Authorization");
  if (authorization == nullptr || !authorization->starts_with(kBearer)) {
    return unauthorised("Access token is empty.");
  }
  const auto answer = tokens_.look_up(std::string_view(*authorization).substr(kBearer.size()));
  if (answer.verdict == login::Tokens::Verdict::kExpired) {
    return unauthorised("Lifetime validation failed, the token is expired.");
  }
  if (answer.verdict == login::Tokens::Verdict::kUnknown) {
    return unauthorised("CompactToken validation failed with reason code: 80049228.");
  }
  if (call.notes != nullptr) call.notes->owner = answer.grant->client_id;
  const std::shared_ptr<const world::Edits> edits = edits_.current();
  return authorised(call, {*answer.grant, *edits, call.path.starts_with("/beta/")}, ids);
}

net::ServerResponse GraphService::authorised(const Call& call, const Viewer& viewer,
                                             const Ids& ids) {
  const std::string_view version = take_version(call.path);
  if (version.empty()) return refuse(bad_request("Invalid version."), ids);
  const std::string_view path = std::string_view(call.path).substr(version.size());
  if (path == "/$batch") return batch(call, viewer, version, ids);
  if (path == "/directoryObjects/getAvailableExtensionProperties" && call.method == "POST") {
    return json_response(200, kExtensionProperties);
  }
  if (path.starts_with(kExportJobs)) return export_job(call, viewer, path, ids);
  if (call.method != "GET") {
    return refuse(
        {405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."},
        ids);
  }
  ReadAnswer answer = reader_.get(
      {call, viewer, version, path, std::string_view(call.raw_path).substr(version.size())});
  if (answer.refusal) {
    if (answer.retry_after) {
      answer.refusal->headers.push_back({"Retry-After", retry_after_seconds(*answer.retry_after)});
    }
    return refuse(*answer.refusal, ids);
  }
  net::ServerResponse response;
  response.body = std::move(answer.body);
  response.gzip = settings_.gzip;
  response.headers = std::move(answer.headers);
  response.headers.push_back(
      {"Content-Type", std::string(answer.plain_text ? "text/plain" : kContentType)});
  response.headers.push_back({"request-id", std::string(ids.request_id.view())});
  response.headers.push_back({"client-request-id", ids.client_request_id});
  response.headers.push_back({"OData-Version", "4.0"});
  response.headers.push_back({"Strict-Transport-Security", "max-age=31536000"});
  response.headers.push_back({"x-ms-ags-diagnostic", std::string(kDiagnostic)});
  if (answer.units > 0) {
    response.headers.push_back({"x-ms-resource-unit", fmt::format("{}", answer.units)});
  }
  if (call.notes != nullptr) call.notes->resource_units = answer.units;
  return response;
}

net::ServerResponse GraphService::export_job(const Call& call, const Viewer& viewer,
                                             std::string_view path, const Ids& ids) {
  const std::string_view rest = path.substr(kExportJobs.size());
  const bool is_new = rest.empty() && call.method == "POST";
  const bool is_look = rest.starts_with("('") && rest.ends_with("')") && call.method == "GET";
  if (!is_new && !is_look) return refuse(bad_request("Resource not found for the segment."), ids);
  if (!settings_.reader.intune) {
    return refuse(bad_request("Request not applicable to target tenant."), ids);
  }
  if (!allows_any(viewer.grant, is_new ? Roles(kExportRoles) : Roles(kManagedDeviceRoles))) {
    return refuse({403, "Forbidden", "Application is not authorized to perform this operation."},
                  ids);
  }
  std::string body;
  const auto refusal =
      is_new ? exports_.create(call.body, body)
             : exports_.look(rest.substr(2, rest.size() - 4), call.origin + call.prefix, body);
  if (refusal) return refuse(*refusal, ids);
  net::ServerResponse response = json_response(is_new ? 201 : 200, std::move(body));
  response.headers.push_back({"request-id", std::string(ids.request_id.view())});
  return response;
}

net::ServerResponse GraphService::batch(const Call& call, const Viewer& viewer,
                                        std::string_view version, const Ids& ids) {
  if (call.method != "POST") {
    return refuse(
        {405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."},
        ids);
  }
  const std::string* type = call.header("Content-Type");
  if (type == nullptr || !type->starts_with("application/json")) {
    return refuse({415, "BadRequest",
                   "Write requests (excluding DELETE) must contain the Content-Type "
                   "header declaration."},
                  ids);
  }
  std::vector<BatchRequest> requests;
  if (const auto refusal = parse_batch(std::string(call.body), requests))
    return refuse(*refusal, ids);
  // Answers come in any order; Fisher-Yates with the request's number as the seed.
  std::vector<std::size_t> order(requests.size());
  for (std::size_t at = 0; at < order.size(); ++at) order[at] = at;
  for (std::size_t at = order.size(); at > 1; --at) {
    std::swap(order[at - 1], order[world::mix(settings_.seed ^ ids.number << 8 ^ at) % at]);
  }
  net::ServerResponse response;
  response.gzip = settings_.gzip;
  response.body = "{\"responses\":[";
  for (const std::size_t at : order) {
    if (response.body.back() != '[') response.body += ',';
    append_item(response.body, call, viewer, version, requests[at], ids);
  }
  response.body += "]}";
  response.headers = {{"Content-Type", "application/json"},
                      {"request-id", std::string(ids.request_id.view())},
                      {"client-request-id", ids.client_request_id}};
  return response;
}

void GraphService::append_item(std::string& out, const Call& call, const Viewer& viewer,
                               std::string_view version, const BatchRequest& request,
                               const Ids& ids) {
  const std::string raw = std::string(version) + request.url;
  const Target target = split_target(raw);
  Call item;
  item.method = request.method;
  item.origin = call.origin;
  item.prefix = call.prefix;
  item.headers = &request.headers;
  item.raw_path = std::string(target.path);
  item.raw_query = std::string(target.query);
  const std::shared_ptr<const FaultAction> fault =
      call.faults != nullptr ? call.faults->batch_item_fault(request.method, raw) : nullptr;
  item.fault = fault.get();

  auto path = percent_decode(target.path, false);
  auto query = decode_parameters(target.query);
  ReadAnswer answer;
  if (fault != nullptr && fault->status) {
    answer.status = *fault->status;
    answer.headers = fault->headers;
    const std::string* authorization = call.header("Authorization");
    answer.body = fault_body(*fault, authorization != nullptr ? *authorization : "", call.body);
    if (answer.body.empty()) {
      answer.body = error_body({*fault->status, "UnknownError", ""}, ids);
    }
  } else if (!path || !query) {
    answer.refusal = bad_request("Invalid URL.");
  } else if (request.method != "GET") {
    answer.refusal = Refusal{405, "Request_BadRequest",
                             "Specified HTTP method is not allowed for the request target."};
  } else {
    item.path = std::move(*path);
    item.query = std::move(*query);
    answer = reader_.get({item, viewer, version, std::string_view(item.path).substr(version.size()),
                          std::string_view(item.raw_path).substr(version.size())});
  }
  if (answer.refusal) {
    answer.status = answer.refusal->status;
    answer.body = error_body(*answer.refusal, ids);
    for (const net::Header& header : answer.refusal->headers) answer.headers.push_back(header);
    if (answer.retry_after) {
      answer.headers.push_back({"Retry-After", retry_after_decimals(*answer.retry_after)});
    }
    answer.headers.push_back({"Content-Type", "application/json"});
  } else if (answer.units > 0) {
    answer.headers.push_back({"x-ms-resource-unit", fmt::format("{}", answer.units)});
    answer.headers.push_back({"OData-Version", "4.0"});
    answer.headers.push_back(
        {"Content-Type", std::string(answer.plain_text ? "text/plain" : kContentType)});
  }
  if (call.notes != nullptr) {
    call.notes->resource_units += answer.units;
    call.notes->items.push_back({request.method, call.prefix + raw,
                                 static_cast<std::uint16_t>(answer.status), answer.units});
  }
  append_batch_answer(out, request.id, answer.status, answer.headers, answer.body);
}

}  // namespace muster::sandbox::graph
