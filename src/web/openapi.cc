#include "web/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "json/writer.h"

namespace muster::web {
namespace {

std::string_view role_of(Needs needs) {
  switch (needs) {
    case Needs::kNothing: return "none";
    case Needs::kSignIn: return "signed-in";
    case Needs::kOperator: return "operator";
    case Needs::kAuditor: return "auditor";
    case Needs::kAdmin: return "admin";
  }
  return "operator";
}

void write_schema(json::Writer& out, std::span<const Field> fields) {
  out.begin_object().key("type").string("object").key("properties").begin_object();
  for (const Field& field : fields) {
    out.key(field.name).begin_object().key("type").string(field.type).end_object();
  }
  out.end_object().key("required").begin_array();
  for (const Field& field : fields) {
    if (field.is_required) out.string(field.name);
  }
  out.end_array().end_object();
}

void write_content(json::Writer& out, std::string_view type, std::span<const Field> fields) {
  out.key("content").begin_object().key(type).begin_object().key("schema");
  write_schema(out, fields);
  out.end_object().end_object();
}

void write_parameters(json::Writer& out, const Route& route) {
  out.key("parameters").begin_array();
  const auto write = [&](std::string_view name, std::string_view in, std::string_view type) {
    out.begin_object().key("name").string(name).key("in").string(in);
    out.key("required").boolean(in == "path");
    out.key("schema").begin_object().key("type").string(type).end_object().end_object();
  };
  for (const std::string_view part : base::split(route.path, '/')) {
    if (part.starts_with('{')) write(part.substr(1, part.size() - 2), "path", "string");
  }
  for (const Field& field : route.query) write(field.name, "query", field.type);
  if (route.is_versioned) write("If-Match", "header", "string");
  if (route.method == "POST" && route.needs != Needs::kNothing && !route.has_secret) {
    write("Idempotency-Key", "header", "string");
  }
  out.end_array();
}

void write_problem(json::Writer& out, std::string_view status, std::string_view description) {
  constexpr Field kProblem[] = {{"type", "string"},
                                {"status", "integer"},
                                {"code", "string"},
                                {"title", "string"},
                                {"detail", "string"}};
  out.key(status).begin_object().key("description").string(description);
  write_content(out, "application/problem+json", kProblem);
  out.end_object();
}

void write_route(json::Writer& out, const Route& route) {
  std::string method(route.method);
  std::ranges::transform(method, method.begin(),
                         [](char c) { return static_cast<char>(c | 0x20); });
  out.key(method).begin_object().key("summary").string(route.summary);
  out.key("x-needs").string(role_of(route.needs));
  if (route.needs == Needs::kNothing) out.key("security").begin_array().end_array();
  write_parameters(out, route);
  if (!route.body.empty()) {
    out.key("requestBody").begin_object().key("required").boolean(true);
    write_content(out, "application/json", route.body);
    out.end_object();
  }
  out.key("responses").begin_object();
  out.key(fmt::to_string(route.status)).begin_object().key("description").string("done");
  if (route.type == "application/json") {
    write_content(out, route.type, route.answers);
  } else {
    out.key("content").begin_object().key(route.type).begin_object().end_object().end_object();
  }
  out.end_object();
  write_problem(out, "4XX", "refused, with what to do");
  write_problem(out, "5XX", "muster or its store cannot do it now");
  out.end_object().end_object();
}

}  // namespace

std::string openapi_document(std::span<const Route> routes) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("openapi").string("3.1.0").key("info").begin_object();
  out.key("title").string("muster").key("version").string(MUSTER_VERSION).end_object();
  out.key("security").begin_array();
  for (const std::string_view scheme : {"session", "token"}) {
    out.begin_object().key(scheme).begin_array().end_array().end_object();
  }
  out.end_array().key("paths").begin_object();
  std::set<std::string_view> written;
  for (const Route& route : routes) {
    if (!written.insert(route.path).second) continue;
    out.key(route.path).begin_object();
    for (const Route& other : routes) {
      if (other.path == route.path) write_route(out, other);
    }
    out.end_object();
  }
  out.end_object().key("components").begin_object().key("securitySchemes").begin_object();
  out.key("session").begin_object().key("type").string("apiKey").key("in").string("cookie");
  out.key("name").string("__Host-muster").end_object();
  out.key("token").begin_object().key("type").string("http").key("scheme").string("bearer");
  out.end_object().end_object().end_object().end_object();
  return text;
}

}  // namespace muster::web
