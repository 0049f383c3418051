#include "cli/openid_settings.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"
#include "cli/secret_input.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

constexpr std::string_view kFile = "file:";
constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kStored = "stored:";

Error wrong(std::string_view why) {
  return {ErrorKind::kSettings, "openid_settings", std::string(why)};
}

Result<Secret> from_environment(const std::string& name) {
  char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return wrong(fmt::format("--oidc-secret: the environment variable {} is not set.",
                             base::printable(name)));
  }
  Secret secret{std::string(value)};
  ::unsetenv(name.c_str());
  return secret;
}

Result<Secret> secret_at(const std::string& where, Console& console) {
  if (where.empty() || where.starts_with(kStored)) return Secret();
  if (where.starts_with(kFile) && where.size() > kFile.size()) {
    return read_secret(where.substr(kFile.size()), "", console);
  }
  if (where.starts_with(kEnvironment)) return from_environment(where.substr(kEnvironment.size()));
  return wrong("--oidc-secret: write file:PATH, env:NAME or stored:SITE/NAME.");
}

}  // namespace

Result<std::optional<service::OpenIdSettings>> openid_settings(const ServeArguments& arguments,
                                                               Console& console) {
  const OpenIdArguments& openid = arguments.openid;
  if (!arguments.public_url.empty()) TRY(service::check_public_url(arguments.public_url));
  if (openid.issuer.empty()) return std::optional<service::OpenIdSettings>();
  base::Secret client_secret = TRY(secret_at(openid.secret, console));
  service::OpenIdSettings settings{
      .issuer = openid.issuer,
      .client_id = openid.client_id,
      .client_secret = std::move(client_secret),
      .public_url = arguments.public_url,
      .trust = {openid.allow_private_address, openid.ca_file},
      .link_by_email = openid.link_by_email,
      .required_group = openid.group,
  };
  if (!openid.groups_claim.empty()) settings.groups_claim = openid.groups_claim;
  if (!openid.scopes.empty()) settings.scopes = openid.scopes;
  if (!openid.algorithms.empty()) settings.algorithms.clear();
  for (const std::string& name : openid.algorithms) {
    const auto algorithm = service::algorithm_named(name);
    if (!algorithm) return wrong("--oidc-algorithm: RS256, PS256 and ES256 can be checked.");
    settings.algorithms.push_back(*algorithm);
  }
  TRY(service::check_settings(settings));
  return std::optional(std::move(settings));
}

base::Status read_stored_secret(const OpenIdArguments& arguments, service::Vault* vault,
                                service::OpenIdSettings& settings) {
  if (!arguments.secret.starts_with(kStored)) return {};
  const std::string_view place = std::string_view(arguments.secret).substr(kStored.size());
  const std::size_t slash = place.find('/');
  if (slash == std::string_view::npos) return wrong("--oidc-secret: write stored:SITE/NAME.");
  if (vault == nullptr) {
    return wrong("--oidc-secret: stored secrets need the key; start with --key-file.");
  }
  settings.client_secret =
      TRY(vault->get(place.substr(0, slash), std::string(place.substr(slash + 1))));
  return {};
}

}  // namespace muster::cli
