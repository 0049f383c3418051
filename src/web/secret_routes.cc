// The stored secrets of a site: their names can be read, their values never.
#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "web/route.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

Result<Answer> list_secrets(Request& request) {
  const auto secrets = TRY(request.tools.secrets.list(request.at("site")));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("secrets").begin_array();
  for (const store::SecretRow& secret : secrets) {
    out.begin_object().key("secret").string(secret.name);
    out.key("changed").string(base::format_utc(secret.changed));
    out.key("changed_by").string(secret.changed_by).end_object();
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> put_secret(Request& request) {
  const std::string& site = request.at("site");
  const std::string& name = request.at("secret");
  const base::Secret value(TRY(text_field(request, "value")));
  if (value.empty()) return Error{ErrorKind::kSettings, "body", "\"value\" is empty."};
  if (request.tools.vault == nullptr) {
    return Error{ErrorKind::kConflict, "no_key",
                 "This service was started without a key for stored secrets. Start it with "
                 "--key-file."};
  }
  TRY(request.tools.vault->put(site, name, value, request.entry(site, "secret.put", name)));
  return Answer{.body = "{}"};
}

Result<Answer> remove_secret(Request& request) {
  const std::string& site = request.at("site");
  const std::string& name = request.at("secret");
  TRY(request.tools.secrets.remove(site, name, request.entry(site, "secret.removed", name)));
  return Answer{.body = "{}"};
}

constexpr Field kSecrets[] = {{"secrets", "array"}};
constexpr Field kValue[] = {{"value", "string"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/sites/{site}/secrets",
     .needs = Needs::kAuditor,
     .summary = "the names of the site's stored secrets",
     .handler = list_secrets,
     .answers = kSecrets},
    {.method = "PUT",
     .path = "/api/v1/sites/{site}/secrets/{secret}",
     .needs = Needs::kAdmin,
     .summary = "stores a secret, sealed; nobody can read it here again",
     .handler = put_secret,
     .body = kValue},
    {.method = "DELETE",
     .path = "/api/v1/sites/{site}/secrets/{secret}",
     .needs = Needs::kAdmin,
     .summary = "removes a stored secret",
     .handler = remove_secret},
};

}  // namespace

std::span<const Route> secret_routes() { return kRoutes; }

}  // namespace muster::web
