#include "service/credentials.h"

#include "assets/files.h"

namespace muster::service {

std::shared_ptr<const net::Trust> trust_of(const run::TrustSettings& trust) {
  return std::make_shared<net::Trust>(net::Trust{trust.allow_private_address, trust.ca_file});
}

base::Result<Credentials> read_credentials(const run::Importer& importer, run::Places places,
                                           const run::StoredSecrets& stored) {
  Credentials credentials{.connection = TRY(run::resolve_connection(importer, stored)),
                          .token = {},
                          .people_token = {}};
  if (places == run::Places::kSourceAndDestination &&
      importer.destination.type == run::DestinationSettings::Type::kJsmAssets) {
    credentials.token =
        TRY(run::resolve_secret(importer.destination.token, importer.file, "token", stored));
    if (const auto& people = importer.destination.people) {
      credentials.people_token =
          TRY(run::resolve_secret(people->token, importer.file, people->token_field(), stored));
    }
  }
  return credentials;
}

base::Result<std::vector<Credentials>> take_credentials(std::span<const run::Importer> importers,
                                                        run::Places places) {
  std::vector<Credentials> all;
  for (const run::Importer& importer : importers) {
    all.push_back(TRY(read_credentials(importer, places)));
  }
  // Only now: importers may share a variable.
  for (const run::Importer& importer : importers) run::wipe_variables(importer);
  return all;
}

run::StoredSecrets secrets_of(Vault* vault, std::string site) {
  return [vault, site = std::move(site)](const std::string& name) -> base::Result<base::Secret> {
    if (vault != nullptr) return vault->get(site, name);
    return base::Error{base::ErrorKind::kSettings, "settings",
                       "this service was started without the key of the stored secrets; give it "
                       "--key-file"};
  };
}

std::unique_ptr<assets::Destination> make_destination(const run::Importer& importer,
                                                      base::Secret token,
                                                      const assets::JsmTools& tools) {
  const run::DestinationSettings& to = importer.destination;
  if (to.type == run::DestinationSettings::Type::kFiles) {
    return assets::make_files_destination(to.directory, tools.scheduler);
  }
  assets::JsmSettings settings;
  settings.api_url = to.api_url;
  settings.token = std::move(token);
  settings.trust = trust_of(to.trust);
  settings.attempts = importer.retry.attempts;
  settings.max_wait = importer.retry.max_wait;
  return assets::make_jsm_destination(std::move(settings), tools);
}

std::unique_ptr<assets::People> make_people(const run::Importer& importer, base::Secret token,
                                            const assets::JsmTools& tools) {
  const run::DestinationSettings& to = importer.destination;
  if (to.type != run::DestinationSettings::Type::kJsmAssets || !to.people) return nullptr;
  return assets::make_people({.site_url = to.people->site_url,
                              .api_url = to.api_url,
                              .account = to.people->account,
                              .token = std::move(token),
                              .trust = trust_of(to.people->trust),
                              .attempts = importer.retry.attempts,
                              .max_wait = importer.retry.max_wait,
                              .requests_per_minute = to.people->requests_per_minute,
                              .match_hidden = to.people->match_hidden},
                             tools);
}

}  // namespace muster::service
