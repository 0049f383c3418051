// First start, signing in and out, sessions, personal tokens, admins.
#include <fmt/format.h>

#include "base/text.h"
#include "crypto/token.h"
#include "json/writer.h"
#include "web/api.h"
#include "web/cookies.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Answer signed_in(const service::SignedIn& in) {
  Answer answer;
  json::Writer(answer.body).begin_object().key("csrf_token").string(in.csrf).end_object();
  answer.headers.push_back(set_session(in));
  return answer;
}

Result<service::Credential> credential_of(const Request& request) {
  std::string admin = TRY(text_field(request, "admin"));
  std::string password = TRY(text_field(request, "password"));
  return service::Credential{std::move(admin), base::Secret(std::move(password))};
}

Result<Answer> set_up(Request& request) {
  const std::string token = TRY(text_field(request, "token"));
  const service::Credential first = TRY(credential_of(request));
  return signed_in(TRY(request.tools.access.set_up(token, first, request.caller.origin)));
}

Result<Answer> sign_in(Request& request) {
  const service::Credential credential = TRY(credential_of(request));
  return signed_in(TRY(request.tools.access.sign_in(credential, request.caller.origin)));
}

Result<Answer> change_password(Request& request) {
  const base::Secret before(TRY(text_field(request, "password")));
  const base::Secret after(TRY(text_field(request, "new_password")));
  return signed_in(TRY(request.tools.access.change_password(request.caller, before, after)));
}

Result<Answer> sign_out(Request& request) {
  TRY(request.tools.access.sign_out(request.caller));
  Answer answer{.body = "{}"};
  answer.headers.push_back(web::end_session());
  return answer;
}

std::string_view name_of(service::Role role) {
  return role == service::Role::kAdmin ? "admin" : "auditor";
}

Result<Answer> me(Request& request) {
  const service::Caller& caller = request.caller;
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("admin").string(caller.admin).key("operator").boolean(caller.is_operator);
  out.key("roles").begin_object();
  for (const auto& [site, role] : caller.roles) out.key(site).string(name_of(role));
  out.end_object().key("may_write").boolean(caller.may_write);
  if (!caller.session.empty()) {
    out.key("csrf_token").string(crypto::csrf_token(caller.session));
  }
  out.end_object();
  return answer;
}

Result<Answer> list_sessions(Request& request) {
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("sessions").begin_array();
  const auto sessions = TRY(request.tools.accounts.sessions(request.caller.admin));
  for (const store::Session& session : sessions) {
    out.begin_object().key("session").string(session.session);
    out.key("origin").string(session.origin);
    out.key("created").string(base::format_utc(session.created));
    out.key("last_seen").string(base::format_utc(session.last_seen));
    out.key("this_one").boolean(session.session == request.caller.session_name).end_object();
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> end_session(Request& request) {
  const std::string& session = request.at("session");
  TRY(request.tools.accounts.end_session(request.caller.admin, session,
                                         request.entry("", "session.ended", session)));
  return Answer{.body = "{}"};
}

void write_token(json::Writer& out, const store::ApiToken& token) {
  out.key("token_id").string(token.token).key("name").string(token.name);
  out.key("scope").string(token.scope).key("created").string(base::format_utc(token.created));
  out.key("ends").string(base::format_utc(token.ends));
}

Result<Answer> list_tokens(Request& request) {
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("tokens").begin_array();
  const auto tokens = TRY(request.tools.accounts.tokens(request.caller.admin));
  for (const store::ApiToken& token : tokens) {
    out.begin_object();
    write_token(out, token);
    out.end_object();
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> make_token(Request& request) {
  const std::string name = TRY(text_field(request, "name"));
  const std::string scope = TRY(text_field(request, "scope", "read"));
  if (scope != "read" && scope != "write") {
    return Error{ErrorKind::kSettings, "body", "\"scope\" has to be read or write."};
  }
  const std::int64_t days = TRY(number_field(request, "days", 90));
  if (days < 1 || days > 366) {
    return Error{ErrorKind::kSettings, "body", "\"days\" has to be 1 to 366."};
  }
  service::Access::NewToken made =
      TRY(request.tools.access.make_token(request.caller, name, scope, std::chrono::days(days)));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("token").string(made.text.reveal());
  write_token(out, made.row);
  out.end_object();
  return answer;
}

Result<Answer> remove_token(Request& request) {
  const std::string& token = request.at("token");
  TRY(request.tools.accounts.remove_token(request.caller.admin, token,
                                          request.entry("", "token.removed", token)));
  return Answer{.body = "{}"};
}

void write_admin(json::Writer& out, const store::Admin& admin) {
  out.begin_object().key("admin").string(admin.admin);
  out.key("operator").boolean(admin.is_operator).key("disabled").boolean(admin.is_disabled);
  out.key("has_password").boolean(admin.password.has_value());
  if (admin.identity) {
    out.key("issuer").string(admin.identity->issuer);
    out.key("subject").string(admin.identity->subject);
  }
  out.key("created").string(base::format_utc(admin.created)).key("roles").begin_object();
  for (const auto& [site, role] : admin.roles) out.key(site).string(role);
  out.end_object().end_object();
}

Result<Answer> list_admins(Request& request) {
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("admins").begin_array();
  const auto admins = TRY(request.tools.accounts.admins());
  for (const store::Admin& admin : admins) write_admin(out, admin);
  out.end_array().end_object();
  return answer;
}

Result<std::map<std::string, std::string>> roles_of(const Request& request) {
  std::map<std::string, std::string> roles;
  const json::Value* given = request.body.find("roles");
  if (given == nullptr) return roles;
  for (const json::Member& member : given->members()) {
    const std::string_view role = member.value.text();
    if (role != "admin" && role != "auditor") {
      return Error{ErrorKind::kSettings, "body", "A role has to be admin or auditor."};
    }
    roles.emplace(member.key, role);
  }
  return roles;
}

// Without secrets.
std::string shown(const store::Admin& admin) {
  std::string text;
  json::Writer out(text);
  write_admin(out, admin);
  return text;
}

// Both empty: none.
Result<std::optional<store::OpenIdentity>> identity_of(const Request& request) {
  store::OpenIdentity identity;
  identity.issuer = TRY(text_field(request, "issuer"));
  identity.subject = TRY(text_field(request, "subject"));
  if (identity.issuer.empty() && identity.subject.empty()) {
    return std::optional<store::OpenIdentity>();
  }
  TRY(service::check_identity(identity));
  return std::optional(std::move(identity));
}

Result<Answer> put_admin(Request& request) {
  const std::string& name = request.at("admin");
  TRY(service::check_admin_name(name));
  const std::optional<store::Admin> before = TRY(request.tools.accounts.admin(name));
  store::Admin admin = before ? *before : store::Admin{.admin = name, .created = request.now()};
  admin.is_operator = TRY(flag_field(request, "operator", admin.is_operator));
  admin.is_disabled = TRY(flag_field(request, "disabled", admin.is_disabled));
  if (request.body.find("roles") != nullptr || !before) admin.roles = TRY(roles_of(request));
  if (request.body.find("password") != nullptr) {
    const base::Secret password(TRY(text_field(request, "password")));
    admin.password = TRY(request.tools.access.hash_password(password));
  }
  if (request.body.find("issuer") != nullptr || request.body.find("subject") != nullptr) {
    admin.identity = TRY(identity_of(request));
  }
  store::AuditEntry entry = request.entry("", "admin.put", name);
  if (before) entry.before = shown(*before);
  entry.after = shown(admin);
  TRY(request.tools.accounts.put_admin(admin, entry));
  return Answer{.body = shown(admin)};
}

Result<Answer> remove_admin(Request& request) {
  const std::string& name = request.at("admin");
  TRY(request.tools.accounts.remove_admin(name, request.entry("", "admin.removed", name)));
  return Answer{.body = "{}"};
}

constexpr Field kCredential[] = {{"admin", "string"}, {"password", "string"}};
constexpr Field kNewPassword[] = {{"password", "string"}, {"new_password", "string"}};
constexpr Field kSetUp[] = {{"token", "string"}, {"admin", "string"}, {"password", "string"}};
constexpr Field kNewToken[] = {
    {"name", "string"}, {"scope", "string", false}, {"days", "integer", false}};
constexpr Field kAdmin[] = {{"operator", "boolean", false}, {"disabled", "boolean", false},
                            {"password", "string", false},  {"roles", "object", false},
                            {"issuer", "string", false},    {"subject", "string", false}};
constexpr Field kCsrf[] = {{"csrf_token", "string"}};
constexpr Field kMe[] = {{"admin", "string"},
                         {"operator", "boolean"},
                         {"roles", "object"},
                         {"may_write", "boolean"},
                         {"csrf_token", "string", false}};
constexpr Field kSessions[] = {{"sessions", "array"}};
constexpr Field kTokens[] = {{"tokens", "array"}};
constexpr Field kToken[] = {{"token", "string"}, {"token_id", "string"}, {"name", "string"},
                            {"scope", "string"}, {"created", "string"},  {"ends", "string"}};
constexpr Field kAdmins[] = {{"admins", "array"}};
constexpr Field kOneAdmin[] = {{"admin", "string"},         {"operator", "boolean"},
                               {"disabled", "boolean"},     {"has_password", "boolean"},
                               {"created", "string"},       {"roles", "object"},
                               {"issuer", "string", false}, {"subject", "string", false}};

constexpr Route kRoutes[] = {
    {.method = "POST",
     .path = "/api/v1/set-up",
     .needs = Needs::kNothing,
     .summary = "the first start: makes the first operator",
     .handler = set_up,
     .body = kSetUp,
     .answers = kCsrf,
     .has_secret = true},
    {.method = "POST",
     .path = "/api/v1/sign-in",
     .needs = Needs::kNothing,
     .summary = "begins a session",
     .handler = sign_in,
     .body = kCredential,
     .answers = kCsrf,
     .has_secret = true},
    {.method = "POST",
     .path = "/api/v1/sign-out",
     .needs = Needs::kSignIn,
     .summary = "ends this session",
     .handler = sign_out},
    {.method = "POST",
     .path = "/api/v1/me/password",
     .needs = Needs::kSignIn,
     .summary = "changes the caller's password; ends his sessions and begins another",
     .handler = change_password,
     .body = kNewPassword,
     .answers = kCsrf,
     .has_secret = true},
    {.method = "GET",
     .path = "/api/v1/me",
     .needs = Needs::kSignIn,
     .summary = "who is signed in",
     .handler = me,
     .answers = kMe},
    {.method = "GET",
     .path = "/api/v1/sessions",
     .needs = Needs::kSignIn,
     .summary = "the caller's sessions",
     .handler = list_sessions,
     .answers = kSessions},
    {.method = "DELETE",
     .path = "/api/v1/sessions/{session}",
     .needs = Needs::kSignIn,
     .summary = "ends a session of the caller",
     .handler = end_session},
    {.method = "GET",
     .path = "/api/v1/tokens",
     .needs = Needs::kSignIn,
     .summary = "the caller's personal tokens",
     .handler = list_tokens,
     .answers = kTokens},
    {.method = "POST",
     .path = "/api/v1/tokens",
     .needs = Needs::kSignIn,
     .summary = "makes a personal token; it is shown only here",
     .handler = make_token,
     .body = kNewToken,
     .answers = kToken,
     .status = 201,
     .has_secret = true},
    {.method = "DELETE",
     .path = "/api/v1/tokens/{token}",
     .needs = Needs::kSignIn,
     .summary = "takes a personal token back",
     .handler = remove_token},
    {.method = "GET",
     .path = "/api/v1/admins",
     .needs = Needs::kOperator,
     .summary = "all admins with their roles",
     .handler = list_admins,
     .answers = kAdmins},
    {.method = "PUT",
     .path = "/api/v1/admins/{admin}",
     .needs = Needs::kOperator,
     .summary = "makes or changes an admin",
     .handler = put_admin,
     .body = kAdmin,
     .answers = kOneAdmin},
    {.method = "DELETE",
     .path = "/api/v1/admins/{admin}",
     .needs = Needs::kOperator,
     .summary = "removes an admin",
     .handler = remove_admin},
};

}  // namespace

std::span<const Route> access_routes() { return kRoutes; }

}  // namespace muster::web
