#include "web/console.h"

#include <algorithm>
#include <array>

#include "web/answer.h"
#include "web/target.h"

namespace muster::web {
namespace {

using net::ServerResponse;

// Styles inline: the design system writes style elements at run time (docs/adr/0007-console.md).
// https://www.w3.org/TR/CSP3/
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'";

constexpr std::string_view kNotBuilt = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>muster</title></head>
<body>
<h1>muster runs, without its web console</h1>
<p>This muster was built without npm, so the console is not in it. Build it again where npm is
installed (script/setup installs it), or use the command line and the API (/api/openapi.json).</p>
</body>
</html>
)";

struct Type {
  std::string_view ending, name;
};
constexpr std::array kTypes = {
    Type{".html", "text/html; charset=utf-8"}, Type{".js", "text/javascript; charset=utf-8"},
    Type{".css", "text/css; charset=utf-8"}, Type{".svg", "image/svg+xml"}};

std::string_view type_of(std::string_view name) {
  for (const Type& type : kTypes) {
    if (name.ends_with(type.ending)) return type.name;
  }
  return "application/octet-stream";
}

void set_header(ServerResponse& response, std::string_view name, std::string_view value) {
  for (net::Header& header : response.headers) {
    if (header.name == name) header.value = value;
  }
}

ServerResponse answer_with(std::string_view name, std::string_view text) {
  ServerResponse response = json_answer(200, std::string(text), type_of(name));
  response.gzip = true;
  set_header(response, "Content-Security-Policy", kPolicy);
  // The address of the first start holds a token.
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  if (name.starts_with("assets/")) {
    set_header(response, "Cache-Control", "public, max-age=31536000, immutable");
  }
  return response;
}

// A browser that goes somewhere, and not a script or a program that asks for something.
bool is_navigation(const net::ServerRequest& request, std::string_view path) {
  if (path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos &&
      !path.starts_with("/sites/")) {
    return false;  // a file that is not there; names of importers may have dots
  }
  const std::string* accept = net::find_header(request.headers, "Accept");
  return accept != nullptr && accept->find("text/html") != std::string::npos;
}

}  // namespace

std::optional<ServerResponse> console_answer(std::span<const base::EmbeddedFile> files,
                                             const net::ServerRequest& request) {
  const std::string_view path = path_of(request.target);
  if (!path.starts_with('/')) return std::nullopt;
  const auto named = [&](std::string_view name) {
    return std::ranges::find(files, name, &base::EmbeddedFile::name);
  };
  const auto file = named(path.substr(1));
  if (file != files.end()) return answer_with(file->name, file->text);
  if (!is_navigation(request, path)) return std::nullopt;
  const auto page = named("index.html");
  return page != files.end() ? answer_with(page->name, page->text)
                             : answer_with("index.html", kNotBuilt);
}

}  // namespace muster::web
