// Which tick of an importer's schedule was dealt with last. Internal to the room.
#pragma once

#include <string_view>

#include "store/db.h"
#include "store/row_values.h"

namespace muster::store {

// Never backwards, whoever comes late.
inline base::Status note_tick(Db& db, std::string_view site, std::string_view importer,
                              base::WallTime tick) {
  return db.run(
      "UPDATE importers SET last_tick = $1 WHERE site = $2 AND importer = $3 AND "
      "last_tick < $1",
      micros(tick), site, importer);
}

}  // namespace muster::store
