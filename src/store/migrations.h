// Numbered steps that bring a database up to date. The SQL lies in migrations/NNNN_name.sql and is
// compiled in; a step that was released is never edited, only followed by another.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "store/db.h"

namespace muster::store {

struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view checksum;  // SHA-256 of the text
  std::string_view sql;
};

// Written by cmake/embed_sql.cmake, in the order of their numbers.
std::span<const Migration> embedded_migrations();

// Applies what is missing, each step in one transaction, so that a kill leaves the state before or
// after a step. kUnavailable `store_unavailable` when the database belongs to another program, was
// written by a newer muster, or an applied step differs from the one compiled in.
base::Status migrate(Db& db, std::span<const Migration> migrations);

}  // namespace muster::store
