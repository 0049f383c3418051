#include "web/answer.h"

#include <fmt/format.h>

#include "json/writer.h"

namespace muster::web {
namespace {

using base::ErrorKind;
using net::ServerResponse;

struct Kind {
  int status;
  std::string_view title;
};

Kind kind_of(const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::kDenied:
      if (error.reason == "forbidden") return {403, "Forbidden"};
      return {401, "Not signed in"};
    case ErrorKind::kMissing: return {404, "Not found"};
    case ErrorKind::kConflict:
      if (error.reason == "version_conflict") return {412, "Changed meanwhile"};
      return {409, "Conflict"};
    case ErrorKind::kSettings: return {422, "Cannot be used"};
    case ErrorKind::kMalformed: return {400, "Malformed"};
    case ErrorKind::kLimit:
    case ErrorKind::kThrottled: return {429, "Too many requests"};
    case ErrorKind::kUnavailable: return {503, "Unavailable"};
    case ErrorKind::kCancelled:
    case ErrorKind::kBug: break;
  }
  return {500, "Internal error"};
}

}  // namespace

// https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html
ServerResponse json_answer(int status, std::string body, std::string_view type) {
  ServerResponse response{.status = status, .body = std::move(body)};
  response.headers = {{"Content-Type", std::string(type)},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}};
  return response;
}

ServerResponse problem(int status, std::string_view code, std::string_view title,
                       std::string_view detail) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("type").string("about:blank");
  out.key("status").number(std::int64_t{status}).key("code").string(code);
  out.key("title").string(title).key("detail").string(detail).end_object();
  return json_answer(status, body + "\n", "application/problem+json");
}

ServerResponse problem_of(const base::Error& error) {
  const Kind kind = kind_of(error);
  if (kind.status == 500) {
    return problem(500, "internal", kind.title, "A fault of muster. Its log says more.");
  }
  ServerResponse response = problem(kind.status, error.reason, kind.title, error.message);
  if (error.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
    response.headers.push_back({"Retry-After", fmt::to_string(seconds)});
  }
  return response;
}

}  // namespace muster::web
