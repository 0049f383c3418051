#include "service/credentials.h"

#include "assets/files.h"

namespace muster::service {

base::Result<Credentials> read_credentials(const run::Importer& importer, run::Places places,
                                           const run::StoredSecrets& stored) {
  Credentials credentials{.connection = TRY(run::resolve_connection(importer, stored)),
                          .token = {}};
  if (places == run::Places::kSourceAndDestination &&
      importer.destination.type == run::DestinationSettings::Type::kJsmAssets) {
    credentials.token =
        TRY(run::resolve_secret(importer.destination.token, importer.file, "token", stored));
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
  settings.trust =
      std::make_shared<net::Trust>(net::Trust{to.trust.allow_private_address, to.trust.ca_file});
  settings.attempts = importer.retry.attempts;
  settings.max_wait = importer.retry.max_wait;
  return assets::make_jsm_destination(std::move(settings), tools);
}

}  // namespace muster::service
