// Which tables hold what belongs to a site, and to the installation, as the database itself says
// it: a table that a later step of the schema adds is there by itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/db.h"

namespace muster::store {

enum class ColumnType { kText, kInteger, kBytes };
std::string_view to_string(ColumnType type);  // text, integer, bytes

struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool operator==(const Column&) const = default;
};

struct Table {
  std::string name;
  bool has_sites = false;
  std::vector<Column> columns;  // without the site
};

// Those that others refer to come first. Without what says nothing outside of its database: its
// steps, the key that it is under, open sessions, the set-up token and requests to be repeated.
// kBug for a column of a type that no bundle knows.
base::Result<std::vector<Table>> tables_of(Db& db);

// Rows that stay when what a removed site has is deleted.
bool outlives_its_site(std::string_view table);

// In a transaction: deletes all rows of the site, but neither its name with its trial nor its audit
// log.
base::Status delete_rows_of(Db& db, std::string_view site);

}  // namespace muster::store
