#include "store/db.h"

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/text.h"

namespace muster::store {

using base::Result;
using base::Status;

Result<std::unique_ptr<Db>> open_db(std::string_view url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return open_sqlite(std::string(url.substr(kSqlite.size())));
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return open_postgres(std::string(url));
  }
  // Not the whole text: it may hold a password.
  return base::Error{base::ErrorKind::kSettings, "settings",
                     fmt::format("'{}' begins no database this muster knows. Write sqlite:PATH or "
                                 "postgresql://USER@HOST/DATABASE.",
                                 base::printable(url.substr(0, url.find(':')), 60))};
}

Result<Transaction> Transaction::begin(Db& db, Scope scope) {
  Transaction transaction(db, std::move(scope));
  TRY(db.begin());
  transaction.is_open_ = true;
  return transaction;
}

Transaction::~Transaction() {
  if (is_open_) db_->roll_back();
}

Status Transaction::commit() {
  TRY(MUSTER_FAILPOINT("store.committing"));
  TRY(db_->commit());
  is_open_ = false;
  return MUSTER_FAILPOINT("store.committed");
}

}  // namespace muster::store
