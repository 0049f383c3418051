// SQLite behind a few words: rows, bound parameters, transactions, and errors that name the file
// and say what to do. The only file that knows the C interface is db.cc.
//
//   std::unique_ptr<Db> db = TRY(Db::open(path));
//   Transaction transaction = TRY(Transaction::begin(*db));
//   TRY(db->run("UPDATE runs SET state = $1 WHERE run_id = $2", state, run_id));
//   Statement rows = TRY(db->query("SELECT run_id FROM runs WHERE importer = $1", importer));
//   while (TRY(rows.step())) use(rows.text(0));
//   TRY(transaction.commit());
//
// Any thread; whoever does more than one thing holds a Hold or a Transaction meanwhile.
// Errors: kUnavailable `store_unavailable`; kConflict `constraint`; kBug for SQL that is wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace muster::store {

class Db;

// Bytes that the caller keeps alive until the statement is done: they may be large.
struct Blob {
  std::string_view bytes;
};

struct NullableText {
  const std::optional<std::string>& text;
};

// A prepared statement; lives shorter than its Db.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // The next parameter.
  void bind(std::string_view text);
  void bind(std::int64_t number);
  void bind(std::optional<std::int64_t> number);
  void bind(Blob blob);
  void bind(NullableText nullable);

  base::Result<bool> step();  // true: there is a row

  std::string text(int column) const;  // also bytes
  std::int64_t integer(int column) const;
  bool is_null(int column) const;

 private:
  friend class Db;
  Statement(Db& db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}

  Db& db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
  int bind_code_ = 0;  // the first failure, told by step()
};

class Db {
 public:
  // Creates the file (mode 0600) and its directory (0700) when needed.
  static base::Result<std::unique_ptr<Db>> open(const std::string& path);
  ~Db();

  template <typename... Values>
  base::Result<Statement> query(std::string_view sql, const Values&... values) {
    Statement statement = TRY(prepare(sql));
    (statement.bind(values), ...);
    return statement;
  }

  // Rows it may yield are dropped.
  template <typename... Values>
  base::Status run(std::string_view sql, const Values&... values) {
    Statement statement = TRY(query(sql, values...));
    while (TRY(statement.step())) {
    }
    return {};
  }

  // Several statements without parameters.
  base::Status run_script(std::string_view sql);

  std::int64_t changed_rows() const;                 // by the last statement
  const std::string& path() const { return path_; }  // absolute

  // Keeps other threads of this process away.
  class Hold {
   public:
    explicit Hold(Db& db);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Db& db_;
  };

 private:
  friend class Statement;
  Db(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  base::Result<Statement> prepare(std::string_view sql);
  base::Status configure();
  base::Error error(int code) const;

  const std::string path_;
  sqlite3* handle_;
};

// Begins with the write lock, so that nothing read inside can be outdated when it is written.
// Undone when destroyed before commit().
class Transaction {
 public:
  static base::Result<Transaction> begin(Db& db);
  Transaction(Transaction&&) noexcept = default;
  ~Transaction();
  base::Status commit();

 private:
  explicit Transaction(Db& db) : hold_(std::make_unique<Db::Hold>(db)), db_(&db) {}

  std::unique_ptr<Db::Hold> hold_;
  Db* db_;
  bool is_open_ = false;
};

}  // namespace muster::store
