// What the commands that administer a store share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/scheduler.h"
#include "cli/console.h"
#include "store/store.h"

namespace muster::cli {

// The URL, after the database was brought up to date. kSettings `wrong_region`: it is that of a
// region, where no installation's own is expected.
base::Result<std::string> ready_store(const std::string& database);
// Of the database that the site's data is in: that one or the one of a region.
base::Result<std::string> ready_store_of(const std::string& database, const std::string& site);
// Of a region, which `database` is itself or knows; "": as ready_store().
base::Result<std::string> ready_region(const std::string& database, const std::string& region);

// Of the site that command-line runs belong to, in the installation's own database.
base::Result<std::unique_ptr<store::Store>> open_own_store(const std::string& database);

// For whoever only looks: creates nothing, where open_store() would make the file and its folders.
// Null: the default store is not there yet, no run was ever made. An older store is brought up to
// date.
base::Result<std::unique_ptr<store::Store>> open_to_look(const std::string& database);

// The exit code, after an error was told.
int told(const base::Status& status, Console& console);

// "2026-11-23T03:00:00Z"
std::string second_of(base::WallTime at);
std::string day_of(const std::optional<base::WallTime>& at);  // UTC; "": never

}  // namespace muster::cli
