// Numbered steps that bring a database up to date. The SQL lies in migrations/NNNN_name.sql and is
// compiled in; a step that was released is never edited, only followed by another. One named
// NNNN_name.postgresql.sql is for that engine alone; on the other it is only noted.
#pragma once

#include <optional>
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
  std::optional<Db::Engine> only_on{};  // absent: on both
};

// In the order of their numbers.
std::span<const Migration> embedded_migrations();

// Applies what is missing, each step in one transaction, so that a kill leaves the state before or
// after a step. Nothing is missing: nothing is touched, and the user needs no right to.
// kUnavailable `store_unavailable` when the database belongs to another program, was written by a
// newer muster, an applied step differs from the one compiled in, or this user may not change the
// tables.
base::Status migrate(Db& db, std::span<const Migration> migrations);

// Whether all are applied; the errors of migrate() about what is there.
base::Result<bool> is_up_to_date(Db& db, std::span<const Migration> migrations);

// Lets a user of the server work with the tables, and no more than that: he owns nothing, cannot
// change entries of the audit log, and stays within sites (store/db.h, Scope). Again after each
// migrate() by itself. PostgreSQL only. kSettings when there is no such user, or when the server
// would let him do everything anyway.
base::Status grant_access(Db& db, std::string_view user);

// Why the guard between sites does not hold for this connection's user; "" when it does. SQLite
// needs none.
base::Result<std::string> missing_guard(Db& db);

}  // namespace muster::store
