// What a run needs to sign in, read from where an importer says it is, and the destination that is
// made with it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "assets/jsm_assets.h"
#include "assets/people.h"
#include "base/secret.h"
#include "run/importer.h"
#include "service/vault.h"
#include "source/session.h"

namespace muster::service {

// The connection's values, and the tokens of the destination when the importer has them to read.
struct Credentials {
  source::ConnectionValues connection;
  base::Secret token;
  base::Secret people_token;
};

// Errors: kSettings, naming the importer's line and what to do.
base::Result<Credentials> read_credentials(const run::Importer& importer, run::Places places,
                                           const run::StoredSecrets& stored = {});
// As above, and takes them out of the environment; one per importer. Before any other thread
// starts.
base::Result<std::vector<Credentials>> take_credentials(std::span<const run::Importer> importers,
                                                        run::Places places);

// The stored secrets of a site; without a vault (null) each is refused with what to do.
run::StoredSecrets secrets_of(Vault* vault, std::string site);

// The importer's destination with its token read. `trust` and all else come from the importer.
std::unique_ptr<assets::Destination> make_destination(const run::Importer& importer,
                                                      base::Secret token,
                                                      const assets::JsmTools& tools);

std::shared_ptr<const net::Trust> trust_of(const run::TrustSettings& trust);

// Who fills in Jira accounts after the import; null when the importer does not want that.
std::unique_ptr<assets::People> make_people(const run::Importer& importer, base::Secret token,
                                            const assets::JsmTools& tools);

}  // namespace muster::service
