// What the commands that administer a store share.
#pragma once

#include <string>

#include "base/result.h"
#include "base/scheduler.h"
#include "cli/console.h"

namespace muster::cli {

// The URL, after the database was brought up to date.
base::Result<std::string> ready_store(const std::string& database);

// The exit code, after an error was told.
int told(const base::Status& status, Console& console);

// "2026-11-23T03:00:00Z"
std::string second_of(base::WallTime at);

}  // namespace muster::cli
