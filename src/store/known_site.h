// Rows of a site that nobody made are refused by the database; this says why. Internal to the room.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"
#include "store/db.h"

namespace muster::store {

// kMissing `no_such_site`.
inline base::Status require_site(Db& db, std::string_view site) {
  Statement row = TRY(db.query("SELECT 1 FROM sites WHERE site = $1", site));
  if (TRY(row.step())) return {};
  return base::Error{base::ErrorKind::kMissing, "no_such_site",
                     fmt::format("There is no site {} in this store.", base::printable(site))};
}

// Whether it is in this database, and is not being moved to or from it.
inline base::Result<bool> is_in_force(Db& db, std::string_view site) {
  Statement row =
      TRY(db.query("SELECT 1 FROM sites WHERE site = $1 AND place IN ('', 'pinned')", site));
  return row.step();
}

}  // namespace muster::store
