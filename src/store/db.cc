#include "store/db.h"

#include <fmt/format.h>

#include <map>

#include "base/failpoint.h"
#include "base/text.h"

namespace muster::store {

using base::Result;
using base::Status;

namespace {

std::map<std::string, OpenDb, std::less<>>& further_engines() {
  static std::map<std::string, OpenDb, std::less<>> engines;
  return engines;
}

}  // namespace

void add_engine(std::string scheme, OpenDb open) {
  further_engines().insert_or_assign(std::move(scheme), std::move(open));
}

Result<std::unique_ptr<Db>> open_db(std::string_view url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return open_sqlite(std::string(url.substr(kSqlite.size())));
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return open_postgres(std::string(url));
  }
  const std::size_t colon = url.find(':');
  const auto further = further_engines().find(url.substr(0, colon));
  if (further != further_engines().end() && colon != std::string_view::npos) {
    return further->second(std::string(url.substr(colon + 1)));
  }
  const bool is_path = colon == std::string_view::npos && url.find_first_of("=@ ") == url.npos;
  if (is_path && !url.empty()) {
    const std::string path = base::printable(url, 500);
    return base::Error{base::ErrorKind::kSettings, "settings",
                       fmt::format("A database is given as a URL, and {0} is a path. Write "
                                   "sqlite:{0} for a file, or postgresql://USER@HOST/DATABASE.",
                                   path)};
  }
  // Not the whole text: it may hold a password.
  const std::string scheme = colon == std::string_view::npos
                                 ? "This"
                                 : fmt::format("'{}'", base::printable(url.substr(0, colon), 60));
  return base::Error{base::ErrorKind::kSettings, "settings",
                     fmt::format("{} begins no database this muster knows. Write sqlite:PATH or "
                                 "postgresql://USER@HOST/DATABASE.",
                                 scheme)};
}

Result<Transaction> Transaction::begin(Db& db, Scope scope) {
  Transaction transaction(db, std::move(scope));
  TRY(db.begin());
  transaction.is_open_ = true;
  return transaction;
}

Result<Transaction> Transaction::begin_reading(Db& db, Scope scope) {
  Transaction transaction(db, std::move(scope));
  TRY(db.begin_reading());
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
