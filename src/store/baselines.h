// The rows of what is remembered between runs (BaselineRow, BookRow): written inside a transaction
// of the caller, who holds the connection. Internal to the room.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/db.h"
#include "store/store.h"

namespace muster::store {

base::Status write_baseline(Db& db, std::string_view site, std::string_view importer,
                            const BaselineRow& baseline);
// See Store::baseline().
base::Result<std::optional<BaselineRow>> read_baseline(Db& db, std::string_view site,
                                                       std::string_view importer,
                                                       std::string_view target);
base::Result<std::vector<BookRow>> read_books(Db& db, std::string_view site,
                                              std::string_view identity, std::string_view place);

}  // namespace muster::store
