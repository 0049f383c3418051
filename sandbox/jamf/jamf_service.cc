#include "sandbox/jamf/jamf_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/jamf/classic.h"

namespace muster::sandbox::jamf {
namespace {

// https://developer.jamf.com/jamf-pro/docs/jamf-pro-api-scalability-best-practices
constexpr std::size_t kMostAtOnce = 5;
constexpr std::string_view kClassic = "/JSSResource";
constexpr std::chrono::seconds kClientLifetime{60};
constexpr std::chrono::minutes kUserLifetime{30};

std::string secret_of(std::uint64_t seed) {
  return fmt::format("jamf~{:016x}{:016x}", world::mix(seed ^ 0x6a73), world::mix(seed + 9));
}

std::vector<Account> accounts(const JamfSettings& settings) {
  const auto or_else = [&](base::Duration usual) {
    return settings.token_lifetime.count() > 0 ? settings.token_lifetime : usual;
  };
  std::vector<std::string> all;
  for (const std::string_view privilege : all_privileges()) all.emplace_back(privilege);
  const std::string secret = secret_of(settings.seed);
  return {{.id = std::string(kClientId),
           .secret = secret,
           .privileges = all,
           .lifetime = or_else(kClientLifetime)},
          {.id = std::string(kComputersOnlyId),
           .secret = secret,
           .role = "api-role:2",
           .privileges = {"Read Computers"},
           .lifetime = or_else(kClientLifetime)},
          {.id = std::string(kUserName),
           .secret = secret,
           .is_user = true,
           .privileges = all,
           .lifetime = or_else(kUserLifetime)}};
}

bool allows_all(const login::Grant& grant, const std::vector<std::string_view>& privileges) {
  return std::all_of(privileges.begin(), privileges.end(),
                     [&](std::string_view privilege) { return grant.allows(privilege); });
}

}  // namespace

net::ServerResponse refuse(const Refusal& refusal) {
  std::string body;
  json::Writer writer(body);
  Fields fields(writer);
  fields.begin().number("httpStatus", refusal.status).list("errors", [&](Fields& items) {
    if (refusal.code.empty()) return;
    items.begin().text("code", refusal.code).text("description", refusal.description);
    items.id("id", 0).text_or_null("field", refusal.field).end();
  });
  fields.end();
  return json_response(refusal.status, std::move(body));
}

net::ServerResponse refuse_classic(int status) {
  const std::string_view word = status == 401   ? "Unauthorized"
                                : status == 403 ? "Forbidden"
                                : status == 404 ? "Not Found"
                                                : "Error";
  net::ServerResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "text/html;charset=UTF-8"}};
  response.body = fmt::format(
      "<html>\n<head>\n   <title>Status "
      "page</title>\n</head>\n<body>\n<p>{}</p>\n</body>\n</html>\n",
      word);
  return response;
}

JamfService::JamfService(const world::World& world, const world::EditBoard& edits,
                         base::Scheduler& scheduler, const JamfSettings& settings)
    : edits_(edits),
      scheduler_(scheduler),
      settings_(settings),
      estate_(world),
      sign_in_(scheduler, settings.seed, settings.server, accounts(settings)),
      monitor_(scheduler) {}

JamfService::JamfService(const ImitationTools& tools)
    : JamfService(
          tools.world, tools.edits, tools.scheduler,
          {.seed = tools.seed, .quota = tools.quota, .token_lifetime = tools.token_lifetime}) {}

std::vector<ConnectionValue> JamfService::connection(std::string_view base) const {
  return {{"url", std::string(base)},
          {"client_id", std::string(kClientId)},
          {"client_secret", secret_of(settings_.seed), true}};
}

bool JamfService::is_overloaded(base::Duration duration) {
  if (!settings_.quota) return false;
  const base::Instant now = scheduler_.now();
  base::Monitor::Lock lock(monitor_);
  std::erase_if(busy_until_, [&](base::Instant end) { return end <= now; });
  if (busy_until_.size() >= kMostAtOnce) return true;
  busy_until_.push_back(now + duration);
  return false;
}

net::ServerResponse JamfService::handle(const Call& call) {
  net::ServerResponse response = answer(call);
  // Big answers take longer: more records, more sections.
  const std::chrono::milliseconds took{settings_.quota ? 200 + response.body.size() / 20'000 : 0};
  if (is_overloaded(took)) {
    response = {};
    response.status = 503;
    response.headers = {{"Content-Type", "text/html"}};
    response.body = "<html><body><h1>503 Service Unavailable</h1></body></html>";
    return response;
  }
  response.delay += took;
  response.headers.push_back({"Server", "Jamf Cloud Node"});
  response.headers.push_back({"Cache-Control", "no-cache, no-store, must-revalidate"});
  response.headers.push_back({"Set-Cookie", "jpro-ingress=4b1d; Path=/; Secure; HttpOnly"});
  return response;
}

net::ServerResponse JamfService::answer(const Call& call) {
  if (auto response = sign_in_.handle(call)) return std::move(*response);
  const auto grant = sign_in_.grant_of(call);
  if (grant != nullptr && call.notes != nullptr) call.notes->owner = grant->client_id;
  if (call.path.starts_with(kClassic)) return classic(call, grant.get());
  if (grant == nullptr) return refuse({401, "INVALID_TOKEN", "Unauthorized"});
  if (call.method != "GET") return refuse({405, "METHOD_NOT_ALLOWED", "Only reading is possible."});
  if (call.path == "/api/v1/jamf-pro-version") {
    return json_response(200, fmt::format(R"({{"version":"{}.{}.1-t1784555528405"}})",
                                          settings_.server.major, settings_.server.minor));
  }
  const Endpoint* endpoint = find_endpoint(call.path, settings_.server);
  if (endpoint != nullptr) return list(*endpoint, call, *grant);
  if (auto body = single(call.path, *edits_.current())) return json_response(200, std::move(*body));
  return refuse({404, "NOT_FOUND", "Not found"});
}

net::ServerResponse JamfService::list(const Endpoint& endpoint, const Call& call,
                                      const login::Grant& grant) {
  if (!allows_all(grant, endpoint.privileges)) {
    return refuse({403, "INVALID_PRIVILEGE", "Forbidden"});
  }
  const std::shared_ptr<const world::Edits> edits = edits_.current();
  ListAnswer found = read_list(endpoint, call, estate_, *edits,
                               {.largest_page = settings_.largest_page}, ++requests_);
  if (found.refusal) return refuse(*found.refusal);
  net::ServerResponse response = json_response(200, std::move(found.body));
  if (!endpoint.deprecated.empty()) {
    response.headers.push_back({"Deprecation", std::string(endpoint.deprecated)});
  }
  return response;
}

net::ServerResponse JamfService::classic(const Call& call, const login::Grant* grant) {
  if (grant == nullptr) return refuse_classic(401);
  if (call.method != "GET") return refuse_classic(405);
  const std::string_view path = std::string_view(call.path).substr(kClassic.size());
  auto found = read_classic(path, estate_, *edits_.current());
  if (!found) return refuse_classic(404);
  if (!grant->allows(found->privilege)) return refuse_classic(403);
  if (!found->body || !call.query.empty()) return refuse_classic(found->body ? 400 : 404);
  const std::string* accept = call.header("Accept");
  if (accept == nullptr || accept->find("application/json") == std::string::npos) {
    return refuse_classic(406);  // the real one would answer XML
  }
  net::ServerResponse response;
  response.headers = {{"Content-Type", "text/plain;charset=UTF-8"}};
  response.body = std::move(*found->body);
  return response;
}

// Which prestage a serial number belongs to, and the members of a smart group.
std::optional<std::string> JamfService::single(std::string_view path,
                                               const world::Edits& edits) const {
  constexpr std::string_view kMembers = "/api/v3/computer-groups/smart-group-membership/";
  std::string out;
  json::Writer writer(out);
  Fields fields(writer);
  if (path == "/api/v2/computer-prestages/scope") {
    fields.begin().object("serialsByPrestageId", [&](Fields& f) {
      for (const std::uint32_t at : shown_records(computer_kind(), estate_, edits)) {
        if (estate_.computers[at].before_repair) continue;
        const world::Device device(estate_.world, estate_.computers[at].device);
        std::string serial;
        world::Hardware(device).append_serial(serial);
        if (prestage_of(device) != kNone) f.id(serial, prestage_of(device));
      }
    });
    fields.end();
    return out;
  }
  if (!path.starts_with(kMembers) || settings_.server < Version{11, 28}) return std::nullopt;
  const auto id = base::parse_int(path.substr(kMembers.size()));
  for (const Group& group : computer_groups()) {
    if (!id || group.id != *id || !group.smart) continue;
    fields.begin().list("members", [&](Fields& items) {
      for (const std::uint32_t at : shown_records(computer_kind(), estate_, edits)) {
        const world::Device device(estate_.world, estate_.computers[at].device);
        if (group.has(world::Hardware(device))) items.out.number(std::int64_t{at} + 1);
      }
    });
    fields.end();
    return out;
  }
  return std::nullopt;
}

}  // namespace muster::sandbox::jamf
