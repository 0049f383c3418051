// Licences: texts that say until when a site is entitled, signed by whoever the operator trusts
// (docs/how-to/sites.md). Anybody who may change a site may bring one.
//
//   muster-licence-1.BASE64URL(JSON).BASE64URL(Ed25519 signature over all before it)
//
// Errors: kSettings `licence`, kConflict `licence_older`.
#pragma once

#include <string>
#include <string_view>

#include "base/scheduler.h"
#include "crypto/signature.h"
#include "store/sites.h"

namespace muster::service {

struct Licence {
  std::string site;
  base::WallTime until{};
};

std::string issue(const Licence& licence, const crypto::SigningKey& key);
base::Result<Licence> read_licence(std::string_view text, std::string_view public_key);

// Entitles the site it names, which has to be `site`; what it says goes into the entry.
// `public_key`: of whom the installation believes, which the database of a region does not know.
base::Result<Licence> use_licence(store::Sites& sites, std::string_view site, std::string_view text,
                                  std::string_view public_key, store::AuditEntry entry);

}  // namespace muster::service
