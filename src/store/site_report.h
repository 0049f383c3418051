// How much a database holds of a site, by table, as the database itself lists them (site_tables.h):
// no table can be forgotten. Values are measured, not read out.
//
// Errors: kUnavailable `store_unavailable`; kBug for a table that has no words (table_words.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::store {

struct TableReport {
  std::string table;
  std::string words;  // for people
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  // of the values; what the engine adds is not counted
  std::optional<base::WallTime> oldest;
  std::optional<base::WallTime> newest;
  std::string last_by;  // whose row is the newest
  bool stays = false;   // when what a removed site has is deleted
};

struct DatabaseReport {
  std::string engine;  // SQLite | PostgreSQL
  std::string place;   // the file, or the server and database; never a password
  std::int64_t schema = 0;
  std::vector<TableReport> tables;  // that have rows of the site
};

// As it was at one instant.
base::Result<DatabaseReport> report_of_site(std::string_view url, std::string_view site);

}  // namespace muster::store
