#include "cli/openid_settings.h"

#include <fmt/format.h>

#include "cli/secret_place.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr SecretOption kSecret{"--oidc-secret", "openid_settings"};

Error wrong(std::string_view why) {
  return {ErrorKind::kSettings, "openid_settings", std::string(why)};
}

}  // namespace

Result<std::optional<service::OpenIdSettings>> openid_settings(const ServeArguments& arguments,
                                                               Console& console) {
  const OpenIdArguments& openid = arguments.openid;
  if (!arguments.public_url.empty()) TRY(service::check_public_url(arguments.public_url));
  if (openid.issuer.empty()) return std::optional<service::OpenIdSettings>();
  base::Secret client_secret = TRY(secret_at(kSecret, openid.secret, console));
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
  const std::string place = stored_at(arguments.secret);
  if (place.empty()) return {};
  settings.client_secret =
      TRY(service::secret_of_option(vault, place, kSecret.name, kSecret.reason));
  return {};
}

}  // namespace muster::cli
