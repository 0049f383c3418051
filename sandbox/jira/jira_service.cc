#include "sandbox/jira/jira_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"

namespace muster::sandbox::jira {
namespace {

using net::ServerResponse;

constexpr std::uint64_t kMostResults = 1000;
constexpr std::uint64_t kDefaultResults = 50;
// A search looks no further than this.
constexpr std::uint64_t kSearchDepth = 1000;

ServerResponse error_answer(int status, std::string_view message) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("errorMessages").begin_array().string(message).end_array();
  writer.key("errors").begin_object().end_object().end_object();
  return json_response(status, std::move(body));
}

ServerResponse unauthorized() {
  ServerResponse response = json_response(
      401,
      R"({"message":"Client must be authenticated to access this resource.","status-code":401})");
  response.headers.push_back({"WWW-Authenticate", "OAuth realm=\"https%3A%2F%2Fsandbox\""});
  return response;
}

std::optional<std::uint64_t> number(const Call& call, std::string_view name,
                                    std::uint64_t fallback) {
  const auto text = call.parameter(name);
  if (!text) return fallback;
  const auto value = base::parse_int(*text);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view part) {
  return text.size() >= part.size() &&
         base::equals_ignoring_case(text.substr(0, part.size()), part);
}

// Of a hidden address only the whole is found.
bool is_found_by(const Account& account, std::string_view query) {
  if (starts_with_ignoring_case(account.display_name, query)) return true;
  return account.hides_email ? base::equals_ignoring_case(account.email, query)
                             : starts_with_ignoring_case(account.email, query);
}

// A hidden address is left out, null or empty: all of them were seen.
void write_email(json::Writer& writer, const Account& account) {
  if (!account.hides_email) {
    writer.key("emailAddress").string(account.email);
  } else if (account.id.back() % 3 == 0) {
    writer.key("emailAddress").null();
  } else if (account.id.back() % 3 == 1) {
    writer.key("emailAddress").string("");
  }
}

void write_user(json::Writer& writer, const Call& call, const Account& account) {
  writer.begin_object().key("self").string(
      fmt::format("{}{}/rest/api/3/user?accountId={}", call.origin, call.prefix, account.id));
  writer.key("accountId").string(account.id).key("accountType").string(account.type);
  write_email(writer, account);
  writer.key("avatarUrls").begin_object().end_object();
  writer.key("displayName").string(account.display_name);
  writer.key("active").boolean(account.active).key("locale").string("en_US").end_object();
}

ServerResponse users(const Call& call, const std::vector<const Account*>& found) {
  std::string body;
  json::Writer writer(body);
  writer.begin_array();
  for (const Account* account : found) write_user(writer, call, *account);
  writer.end_array();
  return json_response(200, std::move(body));
}

std::string guid(std::uint64_t bits) {
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", bits >> 32, bits >> 16 & 0xFFFF,
                     bits & 0xFFF, bits >> 40 & 0xFFF, world::mix(bits) >> 16);
}

}  // namespace

JiraService::JiraService(const world::World& world, JiraSettings settings)
    : world_(world),
      settings_(std::move(settings)),
      cloud_id_(guid(world::mix(settings_.seed ^ 0x636C6F7564))) {}

const Accounts& JiraService::accounts() const {
  std::call_once(accounts_made_, [this] {
    accounts_ = std::make_unique<const Accounts>(world_, settings_.seed, settings_.account);
  });
  return *accounts_;
}

JiraService::Caller JiraService::identify(const Call& call) const {
  const std::string* header = call.header("Authorization");
  if (header == nullptr) return Caller::kNobody;
  const auto basic = [](std::string_view account, std::string_view token) {
    return "Basic " + base::base64_encode(fmt::format("{}:{}", account, token));
  };
  if (*header == basic(settings_.account, settings_.api_token)) return Caller::kAdmin;
  if (*header == basic(settings_.reader, settings_.reader_token)) return Caller::kReader;
  return Caller::kNobody;
}

ServerResponse JiraService::handle(const Call& call) {
  // Everybody may ask for this.
  if (call.path == "/_edge/tenant_info" && call.method == "GET") {
    return json_response(200, fmt::format(R"({{"cloudId":"{}"}})", cloud_id_));
  }
  return answer(call, identify(call));
}

ServerResponse JiraService::answer(const Call& call, Caller caller) const {
  if (call.notes != nullptr && caller != Caller::kNobody) {
    call.notes->owner = caller == Caller::kAdmin ? settings_.account : settings_.reader;
  }
  if (call.method == "GET") {
    if (call.path == "/rest/api/3/myself") return myself(call, caller);
    if (call.path == "/rest/api/3/mypermissions") return permissions(call, caller);
    if (call.path == "/rest/api/3/user/search") return search(call, caller);
    if (call.path == "/rest/api/3/users/search") return list(call, caller);
    if (call.path == "/rest/servicedeskapi/assets/workspace") return workspaces(caller);
  }
  return error_answer(404, "null for uri: " + call.path);
}

ServerResponse JiraService::myself(const Call& call, Caller caller) const {
  if (caller == Caller::kNobody) return unauthorized();
  Account account = accounts().admin();
  if (caller == Caller::kReader) account.email = settings_.reader;
  std::string body;
  json::Writer writer(body);
  write_user(writer, call, account);
  return json_response(200, std::move(body));
}

ServerResponse JiraService::permissions(const Call& call, Caller caller) const {
  if (call.parameter("permissions") != "USER_PICKER") {
    return error_answer(400, "The 'permissions' query parameter is required: USER_PICKER is known");
  }
  return json_response(
      200, fmt::format(R"({{"permissions":{{"USER_PICKER":{{"id":"27","key":"USER_PICKER",)"
                       R"("name":"Browse users and groups","type":"GLOBAL",)"
                       R"("havePermission":{}}}}}}})",
                       caller == Caller::kAdmin));
}

ServerResponse JiraService::search(const Call& call, Caller caller) const {
  if (call.parameter("username")) {
    return error_answer(400,
                        "The query parameter 'username' is not supported in GDPR strict mode.");
  }
  const auto query = call.parameter("query");
  const auto start = number(call, "startAt", 0);
  const auto size = number(call, "maxResults", kDefaultResults);
  if (!query || query->empty()) return error_answer(400, "A query is required");
  if (!start || !size) return error_answer(400, "startAt and maxResults are whole numbers");
  std::vector<const Account*> found;
  if (caller != Caller::kAdmin) return users(call, found);
  const std::uint64_t end = std::min(*start + std::min(*size, kMostResults), kSearchDepth);
  std::uint64_t place = 0;
  for (const Account& account : accounts().all()) {
    if (account.deleted || !account.active || !is_found_by(account, *query)) continue;
    if (place >= *start && place < end) found.push_back(&account);
    ++place;
  }
  return users(call, found);
}

// All places count, those that are not shown too: a page may hold fewer than was asked for.
ServerResponse JiraService::list(const Call& call, Caller caller) const {
  const auto start = number(call, "startAt", 0);
  const auto size = number(call, "maxResults", kDefaultResults);
  if (!start || !size) return error_answer(400, "startAt and maxResults are whole numbers");
  std::vector<const Account*> found;
  if (caller != Caller::kAdmin) return users(call, found);
  const std::vector<Account>& all = accounts().all();
  const std::uint64_t begin = std::min<std::uint64_t>(*start, all.size());
  const std::uint64_t end = std::min(begin + std::min(*size, kMostResults), all.size());
  for (std::uint64_t i = begin; i < end; ++i) {
    if (!all[i].deleted) found.push_back(&all[i]);
  }
  return users(call, found);
}

ServerResponse JiraService::workspaces(Caller caller) const {
  if (caller == Caller::kNobody) return unauthorized();
  return json_response(200, fmt::format(R"({{"size":1,"start":0,"limit":50,"isLastPage":true,)"
                                        R"("_links":{{}},"values":[{{"workspaceId":"{}"}}]}})",
                                        settings_.workspace_id));
}

std::string JiraService::truth_page(std::uint64_t offset, std::uint64_t limit) const {
  std::string body;
  json::Writer writer(body);
  const std::vector<Account>& all = accounts().all();
  const std::uint64_t begin = std::min<std::uint64_t>(offset, all.size());
  const std::uint64_t end = std::min<std::uint64_t>(begin + limit, all.size());
  writer.begin_object().key("data_set").string("jira.accounts");
  writer.key("count").number(std::uint64_t{all.size()}).key("value").begin_array();
  for (std::uint64_t i = begin; i < end; ++i) {
    writer.begin_object().key("id").string(all[i].id).key("type").string(all[i].type);
    writer.key("email").string(all[i].email).key("display_name").string(all[i].display_name);
    writer.key("hides_email").boolean(all[i].hides_email).key("active").boolean(all[i].active);
    writer.key("deleted").boolean(all[i].deleted).end_object();
  }
  writer.end_array();
  if (end < all.size()) writer.key("next").number(end);
  writer.end_object();
  return body;
}

ServerResponse Gateway::handle(const Call& call) {
  const std::string* header = call.header("Authorization");
  if (header == nullptr || *header != "Bearer " + jira_.settings().bearer_token) {
    return json_response(401, R"({"code":401,"message":"Unauthorized"})");
  }
  const std::string site = '/' + jira_.cloud_id();
  if (!call.path.starts_with(site + '/')) return json_response(404, R"({"code":404})");
  Call inner = call;
  inner.prefix += site;
  inner.path.erase(0, site.size());
  inner.raw_path.erase(0, site.size());
  if (!inner.path.starts_with("/jsm/assets/")) {
    return jira_.answer(inner, JiraService::Caller::kAdmin);
  }
  // Assets knows whom the token belongs to.
  std::vector<net::Header> headers = *call.headers;
  for (net::Header& one : headers) {
    if (!base::equals_ignoring_case(one.name, "Authorization")) continue;
    one.value = "Basic " + base::base64_encode(fmt::format("{}:{}", jira_.settings().account,
                                                           jira_.settings().api_token));
  }
  inner.headers = &headers;
  return assets_.handle(inner);
}

}  // namespace muster::sandbox::jira
