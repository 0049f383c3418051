// One live run per importer on this machine: a lock on a file beside the database. The kernel lets
// go of it when its process ends, however it ends.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/store.h"

namespace muster::store {

// kConflict `already_running`, naming the process.
base::Result<std::unique_ptr<Store::Lock>> take_importer_lock(const std::string& database_path,
                                                              std::string_view site,
                                                              std::string_view importer);

// The same for all machines that use the PostgreSQL database at this URL; gone with its connection.
base::Result<std::unique_ptr<Store::Lock>> take_database_lock(const std::string& url,
                                                              std::string_view site,
                                                              std::string_view importer);

}  // namespace muster::store
