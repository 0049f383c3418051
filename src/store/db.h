// A database behind a few words: rows, bound parameters, transactions, and errors that name the
// database and say what to do. Two engines speak it, SQLite and PostgreSQL; each is known by one
// file (sqlite_db.cc, postgres_db.cc), and the statements are the same text on both.
//
//   std::unique_ptr<Db> db = TRY(open_db("sqlite:/var/lib/muster/muster.db"));
//   Transaction transaction = TRY(Transaction::begin(*db, of_site("default")));
//   TRY(db->run("UPDATE runs SET state = $1 WHERE run_id = $2", state, run_id));
//   Statement rows = TRY(db->query("SELECT run_id FROM runs WHERE importer = $1", importer));
//   while (TRY(rows.step())) use(rows.text(0));
//   TRY(transaction.commit());
//
// One connection. Any thread; whoever does more than one thing holds a Hold or a Transaction
// meanwhile, and says with it whose rows it may meet. What commit() returned ok for survives the
// death of this process and of the machine. Errors: kUnavailable `store_unavailable`; kConflict
// `constraint`; kBug for SQL that is wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace muster::store {

class Db;

// Whose rows statements may see and change. PostgreSQL keeps to it whatever a statement asks for
// (migrations/0011_site_isolation.postgresql.sql, docs/adr/0004-site-isolation.md); without one
// there are no rows of any site. The file of SQLite has one owner, and no such guard.
class Scope {
 public:
  Scope() = default;
  const std::string& setting() const { return setting_; }
  bool operator==(const Scope&) const = default;

 private:
  friend Scope of_site(std::string_view site);
  friend Scope of_installation();
  explicit Scope(std::string_view setting) : setting_(setting) {}

  std::string setting_;
};
// No site is called as the installation is, whoever asks for one that is.
inline Scope of_site(std::string_view site) { return Scope(site == "*" ? "" : site); }
// For the few things that are done for all sites at once; the migration names them, and only those
// tables show more than one site's rows to it.
inline Scope of_installation() { return Scope("*"); }

// Bytes that the caller keeps alive until the statement is done: they may be large.
struct Blob {
  std::string_view bytes;
};

struct NullableText {
  const std::optional<std::string>& text;
};

// A statement with its parameters and rows; lives shorter than its Db.
class Statement {
 public:
  // What an engine has to do.
  class Work {
   public:
    virtual ~Work() = default;
    virtual void bind_text(std::string_view text) = 0;
    virtual void bind_integer(std::int64_t number) = 0;
    virtual void bind_blob(std::string_view bytes) = 0;
    virtual void bind_null() = 0;
    virtual base::Result<bool> step() = 0;
    virtual std::string text(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual bool is_null(int column) const = 0;
  };
  explicit Statement(std::unique_ptr<Work> work) : work_(std::move(work)) {}

  // The next parameter.
  void bind(std::string_view text) { work_->bind_text(text); }
  void bind(std::int64_t number) { work_->bind_integer(number); }
  void bind(Blob blob) { work_->bind_blob(blob.bytes); }
  void bind(std::optional<std::int64_t> number) {
    number ? work_->bind_integer(*number) : work_->bind_null();
  }
  void bind(NullableText nullable) {
    nullable.text ? work_->bind_text(*nullable.text) : work_->bind_null();
  }

  base::Result<bool> step() { return work_->step(); }  // true: there is a row

  std::string text(int column) const { return work_->text(column); }  // also bytes
  std::int64_t integer(int column) const { return work_->integer(column); }
  bool is_null(int column) const { return work_->is_null(column); }

 private:
  std::unique_ptr<Work> work_;
};

class Db {
 public:
  enum class Engine { kSqlite, kPostgres };

  virtual ~Db() = default;
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

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
  virtual base::Status run_script(std::string_view sql) = 0;

  virtual std::int64_t changed_rows() const = 0;                // by the last statement
  virtual base::Result<std::vector<std::string>> tables() = 0;  // names, without the engine's own
  virtual Engine engine() const = 0;
  const std::string& name() const { return name_; }  // for messages; SQLite: the absolute path

  // Keeps other threads of this process away, and narrows what statements meet until it goes.
  class Hold {
   public:
    explicit Hold(Db& db) : lock_(db.mutex_), db_(db), before_(db.scope_) {}
    Hold(Db& db, Scope scope) : Hold(db) { db.scope_ = std::move(scope); }
    ~Hold() { db_.scope_ = before_; }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    std::unique_lock<std::recursive_mutex> lock_;
    Db& db_;
    const Scope before_;
  };

 protected:
  explicit Db(std::string name) : name_(std::move(name)) {}
  const Scope& scope() const { return scope_; }

 private:
  friend class Transaction;
  virtual base::Result<Statement> prepare(std::string_view sql) = 0;
  // With the lock that writing needs, so that nothing read inside can be outdated when it is
  // written; on PostgreSQL rows are locked by whoever reads them to change them.
  virtual base::Status begin() = 0;
  // Of reading alone, which keeps nobody from writing.
  virtual base::Status begin_reading() = 0;
  virtual base::Status commit() = 0;
  virtual void roll_back() = 0;

  const std::string name_;
  std::recursive_mutex mutex_;
  Scope scope_;  // guarded by mutex_
};

// "sqlite:PATH": creates the file (mode 0600) and its directory (0700) when needed.
// "postgresql://...": a libpq connection URI
// (https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING). kSettings for others.
base::Result<std::unique_ptr<Db>> open_db(std::string_view url);
// Another engine for URLs "SCHEME:REST", which is given the rest: a simulation looks over its
// shoulder so. Before any other thread opens a database.
using OpenDb = std::function<base::Result<std::unique_ptr<Db>>(const std::string& rest)>;
void add_engine(std::string scheme, OpenDb open);
base::Result<std::unique_ptr<Db>> open_sqlite(const std::string& path);
base::Result<std::unique_ptr<Db>> open_postgres(const std::string& url);

// Undone when destroyed before commit().
class Transaction {
 public:
  static base::Result<Transaction> begin(Db& db, Scope scope);
  // All its statements see the rows of one instant, and change none. As long as it is open SQLite's
  // write-ahead log only grows, and PostgreSQL keeps the rows that it can see.
  static base::Result<Transaction> begin_reading(Db& db, Scope scope);
  Transaction(Transaction&& other) noexcept
      : hold_(std::move(other.hold_)),
        db_(other.db_),
        is_open_(std::exchange(other.is_open_, false)) {}
  ~Transaction();
  base::Status commit();
  // Lets other threads use the connection inside this transaction, between its statements.
  void share() { hold_.reset(); }

 private:
  Transaction(Db& db, Scope scope)
      : hold_(std::make_unique<Db::Hold>(db, std::move(scope))), db_(&db) {}

  std::unique_ptr<Db::Hold> hold_;
  Db* db_;
  bool is_open_ = false;
};

}  // namespace muster::store
