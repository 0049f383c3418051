#include "web/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/sha256.h"
#include "crypto/token.h"
#include "json/writer.h"
#include "web/answer.h"
#include "web/cookies.h"
#include "web/openapi.h"
#include "web/target.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using net::ServerRequest;
using net::ServerResponse;
using service::Role;

constexpr std::size_t kMostBody = std::size_t{1} << 20;
constexpr std::size_t kLongestKey = 200;

Error not_found() {
  return {ErrorKind::kMissing, "not_found", "There is nothing at this address."};
}

Error malformed(std::string_view why) {
  return {ErrorKind::kMalformed, "request", std::string(why)};
}

bool only_reads(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool is_json(const ServerRequest& request) {
  const std::string* type = net::find_header(request.headers, "Content-Type");
  return type != nullptr &&
         base::equals_ignoring_case(base::trim(std::string_view(*type).substr(0, type->find(';'))),
                                    "application/json");
}

Result<json::Document> read_body(const ServerRequest& request) {
  // A form of another site cannot send this type without asking first.
  if (!is_json(request)) return malformed("Send JSON, with Content-Type: application/json.");
  if (request.body.size() > kMostBody) return malformed("The body is larger than 1 MiB.");
  Result<json::Document> body = json::Document::parse(request.body);
  if (!body.ok() || !body->root().is_object()) return malformed("The body is no JSON object.");
  return body;
}

// Neither this machine's log nor whoever asks learns what the server of another region says.
Error told_elsewhere(const Error& error, ApiTools& tools) {
  if (error.kind == ErrorKind::kBug) {
    tools.logger.error("{}", error.text());
    return {ErrorKind::kBug, "internal", "A fault while a site of another region was used."};
  }
  if (error.reason != "store_unavailable") return error;
  return {ErrorKind::kUnavailable, "region_unavailable",
          "The database of the region did not answer. Try again in a moment."};
}

}  // namespace

std::vector<Route> every_route() {
  std::vector<Route> all;
  for (const auto& routes :
       {access_routes(), site_routes(), importer_routes(), version_routes(), preview_routes(),
        overview_routes(), run_routes(), job_routes(), secret_routes(), notice_routes(),
        installation_routes(), region_routes(), restore_routes()}) {
    all.insert(all.end(), routes.begin(), routes.end());
  }
  return all;
}

Api::Api(ApiTools tools)
    : tools_(std::move(tools)), routes_(every_route()), document_(openapi_document(routes_)) {}

Result<service::Caller> Api::who(const ServerRequest& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string* authorization = net::find_header(request.headers, "Authorization");
  if (authorization != nullptr) {
    if (!base::equals_ignoring_case(std::string_view(*authorization).substr(0, kBearer.size()),
                                    kBearer)) {
      return Error{ErrorKind::kDenied, "token", "Authorization has to be: Bearer TOKEN."};
    }
    return tools_.access.by_token(std::string_view(*authorization).substr(kBearer.size()),
                                  request.peer);
  }
  return tools_.access.by_session(base::Secret(cookie_of(request, kCookie)), request.peer);
}

// Where the data of the site is that the path names. Who has no role at it does not learn that
// there is one.
Result<std::unique_ptr<Places::Visit>> Api::visit(const service::Caller& caller,
                                                  const Parts& path) {
  const auto site = path.find("site");
  if (site == path.end() || !caller.may(Role::kAuditor, site->second)) return nullptr;
  return tools_.places.of_site(site->second);
}

Status Api::check(const Route& route, const Request& request) {
  const service::Caller& caller = request.caller;
  const bool is_of_site = route.needs == Needs::kAuditor || route.needs == Needs::kAdmin;
  if (is_of_site && !caller.may(Role::kAuditor, request.at("site"))) return not_found();
  // An operator has a role wherever there is a site; one that was removed is there for him alone.
  if (is_of_site) {
    const std::optional<store::Site> site = TRY(request.tools.sites.find(request.at("site")));
    if (!site || (site->kept_until && !caller.is_operator)) return not_found();
  }
  if (route.needs == Needs::kAdmin && !caller.may(Role::kAdmin, request.at("site"))) {
    return Error{ErrorKind::kDenied, "forbidden", "You may look at this site, not change it."};
  }
  if (route.needs == Needs::kOperator && !caller.is_operator) {
    return Error{ErrorKind::kDenied, "forbidden", "Only an operator may do this."};
  }
  if (only_reads(route.method) || route.only_looks) return {};
  if (!caller.may_write) {
    return Error{ErrorKind::kDenied, "forbidden", "This token only reads."};
  }
  if (caller.session.empty()) return {};
  const std::string* csrf = net::find_header(request.http.headers, "X-CSRF-Token");
  if (csrf != nullptr && crypto::csrf_token_fits(caller.session, *csrf)) return {};
  return Error{ErrorKind::kDenied, "forbidden",
               "Send the CSRF token of this session in the header X-CSRF-Token."};
}

// Browsers say which page sent what changes something; programs say nothing.
Status Api::check_origin(const Route& route, const ServerRequest& request) const {
  const std::string* origin = net::find_header(request.headers, "Origin");
  if (origin == nullptr || only_reads(route.method)) return {};
  const std::string* host = net::find_header(request.headers, "Host");
  const std::string_view given = *origin;
  const std::size_t scheme = given.find("://");
  const bool is_ours = !tools_.public_url.empty()
                           ? base::equals_ignoring_case(given, tools_.public_url)
                           : host != nullptr && scheme != std::string_view::npos &&
                                 base::equals_ignoring_case(given.substr(scheme + 3), *host);
  if (is_ours) return {};
  return Error{
      ErrorKind::kDenied, "forbidden",
      "A page of another address sent this. Behind a proxy start muster with --public-url."};
}

// Who tries what he may not is in the log, of the installation: the site need not exist.
Error Api::refuse(const Request& request, const Route& route, Error error) {
  store::AuditEntry entry = request.entry("", "access.refused", request.http.target.substr(0, 200));
  entry.after = fmt::format("{} {}", route.method, route.path);
  // An address names things of the site, which are to stay in its region.
  const auto site = request.path.find("site");
  if (site != request.path.end()) {
    const auto region = tools_.regions.region_of(site->second);
    if (!region.ok()) return region.error();
    if (!region->empty()) entry.target = site->second;
  }
  const Status noted = tools_.audit.append(entry);
  return noted.ok() ? error : noted.error();
}

// A request that was sent before with the same key is answered as it was then.
Result<Answer> Api::once(const Route& route, Request& request) {
  const std::string* key = net::find_header(request.http.headers, "Idempotency-Key");
  if (key == nullptr || route.method != "POST" || route.has_secret) return route.handler(request);
  if (key->empty() || key->size() > kLongestKey) {
    return malformed("Idempotency-Key has to have 1 to 200 characters.");
  }
  const crypto::Sha256 hash = crypto::sha256(
      fmt::format("{}\n{}\n{}", route.method, request.http.target, request.http.body));
  const auto site = request.path.find("site");
  const store::KeyedRequest keyed{.admin = request.caller.admin,
                                  .key = *key,
                                  .hash = {hash.begin(), hash.end()},
                                  .about = site == request.path.end() ? "" : site->second};
  store::Idempotency& idempotency = request.tools.idempotency;
  if (auto before = TRY(idempotency.begin(keyed, request.now()))) {
    return Answer{.status = before->status, .body = std::move(before->body)};
  }
  Result<Answer> answer = route.handler(request);
  if (!answer.ok() || answer->status >= 300) {
    TRY(idempotency.given_up(keyed));
    return answer;
  }
  const int status = answer->status == 200 ? route.status : answer->status;
  TRY(idempotency.answered(keyed, {status, answer->body}));
  return answer;
}

Result<Answer> Api::use(const Route& route, const ServerRequest& http, Parts path) {
  TRY(check_origin(route, http));
  service::Caller caller;
  caller.origin = http.peer;
  if (route.needs != Needs::kNothing) caller = TRY(who(http));
  const std::unique_ptr<Places::Visit> elsewhere = TRY(visit(caller, path));
  Request request{.tools = elsewhere ? elsewhere->tools() : tools_,
                  .http = http,
                  .path = std::move(path),
                  .query = {},
                  .caller = std::move(caller)};
  if (route.needs != Needs::kNothing) {
    if (Status may = check(route, request); !may.ok()) {
      return refuse(request, route, std::move(may).error());
    }
  }
  request.query = TRY(read_query(http.target));
  std::optional<json::Document> body;
  if (!route.body.empty()) {
    body = TRY(read_body(http));
    request.body = body->root();
  }
  Result<Answer> made = once(route, request);
  if (!made.ok() && elsewhere) return told_elsewhere(made.error(), elsewhere->tools());
  Answer answer = TRY(std::move(made));
  if (answer.status == 200) {
    answer.status = route.status;
    answer.type = route.type;
  }
  return answer;
}

Result<Answer> Api::dispatch(const ServerRequest& http) {
  const std::string_view path = path_of(http.target);
  const std::string_view method = http.method == "HEAD" ? "GET" : std::string_view(http.method);
  std::string allowed;
  for (const Route& route : routes_) {
    std::optional<Parts> parts = fit(route.path, path);
    if (!parts) continue;
    if (route.method == method) return use(route, http, std::move(*parts));
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  // Whoever is not signed in does not learn which addresses there are.
  TRY(who(http));
  if (path == kOpenApi) {
    if (method == "GET") return Answer{.body = document_};
    allowed = "GET";
  }
  if (allowed.empty()) return not_found();
  return Answer{.status = 405, .body = {}, .headers = {{"Allow", allowed}}};
}

ServerResponse Api::refused(Error error) {
  if (error.kind == ErrorKind::kBug) tools_.logger.error("{}", error.text());
  const bool is_guess = error.reason == "wrong_password";
  // Whoever guesses waits; nothing tells him to come back.
  const auto wait = is_guess ? std::exchange(error.retry_after, std::nullopt) : std::nullopt;
  ServerResponse refused = problem_of(error);
  if (wait) refused.delay = *wait;
  if (refused.status == 401) {
    refused.headers.push_back({"WWW-Authenticate", "Bearer realm=\"muster\""});
  }
  return refused;
}

ServerResponse Api::answer(const ServerRequest& request) {
  Result<Answer> answer = dispatch(request);
  if (!answer.ok()) return refused(std::move(answer).error());
  ServerResponse response =
      answer->status == 405
          ? problem(405, "method_not_allowed", "Method not allowed", "See the header Allow.")
          : json_answer(answer->status, std::move(answer->body), answer->type);
  response.headers.insert(response.headers.end(), answer->headers.begin(), answer->headers.end());
  return response;
}

}  // namespace muster::web
