#include "web/openid_pages.h"

#include <fmt/format.h>

#include "web/answer.h"
#include "web/cookies.h"
#include "web/target.h"

namespace muster::web {
namespace {

using base::Result;
using net::ServerRequest;
using net::ServerResponse;
using service::OpenId;

constexpr std::string_view kBegin = "/sign-in/oidc";
constexpr std::string_view kPolicy =
    "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  }
  return html;
}

ServerResponse page(int status, std::string_view head, std::string_view body) {
  ServerResponse response = json_answer(
      status,
      fmt::format("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                  "<title>muster: sign in</title>{}</head>\n<body>\n{}\n</body>\n</html>\n",
                  head, body),
      "text/html; charset=utf-8");
  for (net::Header& header : response.headers) {
    if (header.name == "Content-Security-Policy") header.value = kPolicy;
  }
  // The address holds the code.
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  return response;
}

ServerResponse refused(const base::Error& error) {
  const ServerResponse problem = problem_of(error);
  const bool is_fault = problem.status == 500;
  ServerResponse response =
      page(problem.status, "",
           fmt::format("<h1>You are not signed in</h1>\n<p>{}</p>\n<p><a href=\"{}\">Sign in once "
                       "more</a>, or <a href=\"/sign-in\">with a password</a></p>",
                       escaped(is_fault ? "A fault of muster. Its log says more." : error.message),
                       kBegin));
  // What is under way stays: this callback may be somebody else's.
  if (error.reason != "sign_in_over") response.headers.push_back(end_sign_in());
  return response;
}

std::string value_of(const Parts& query, std::string_view name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

ServerResponse begin(OpenId& openid, const Parts& query) {
  const Result<OpenId::Beginning> begun = openid.begin(value_of(query, "to"));
  if (!begun.ok()) return refused(begun.error());
  ServerResponse response = page(302, "", "");
  response.headers.push_back({"Location", begun->url});
  response.headers.push_back(set_sign_in(begun->cookie.reveal(), service::kSignInWithin));
  return response;
}

ServerResponse finish(OpenId& openid, const ServerRequest& request, const Parts& query) {
  const Result<OpenId::Finished> done = openid.finish({.cookie = cookie_of(request, kSignInCookie),
                                                       .state = value_of(query, "state"),
                                                       .code = value_of(query, "code"),
                                                       .error = value_of(query, "error"),
                                                       .issuer = value_of(query, "iss")},
                                                      request.peer);
  if (!done.ok()) return refused(done.error());
  // A page and no redirect: the session's cookie is strict, and a chain of redirects that another
  // host began does not carry it.
  const std::string back = escaped(done->back);
  ServerResponse response =
      page(200, fmt::format("<meta http-equiv=\"refresh\" content=\"0;url={}\">", back),
           fmt::format("<p><a href=\"{}\">You are signed in.</a></p>", back));
  response.headers.push_back(set_session(done->in));
  response.headers.push_back(end_sign_in());
  return response;
}

}  // namespace

std::optional<ServerResponse> openid_page(OpenId* openid, const ServerRequest& request) {
  const std::string_view path = path_of(request.target);
  const bool is_callback = path == service::kOpenIdCallback;
  if (openid == nullptr || (path != kBegin && !is_callback)) return std::nullopt;
  if (request.method != "GET") {
    ServerResponse wrong =
        problem(405, "method_not_allowed", "Method not allowed", "Only GET is answered here.");
    wrong.headers.push_back({"Allow", "GET"});
    return wrong;
  }
  const Result<Parts> query = read_query(request.target);
  if (!query.ok()) return problem_of(query.error());
  return is_callback ? finish(*openid, request, *query) : begin(*openid, *query);
}

}  // namespace muster::web
