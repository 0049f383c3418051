#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <cstring>

#include "base/text.h"
#include "store/db.h"
#include "store/regions.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// src/include/catalog/pg_type.dat of PostgreSQL; fixed numbers of its protocol.
constexpr Oid kBytea = 17;
constexpr Oid kBigint = 20;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

std::string sentence(const char* message) {
  std::string text(base::trim(message ? message : ""));
  if (const std::size_t end = text.find('\n'); end != std::string::npos) text.resize(end);
  if (!text.empty() && text.back() != '.') text += '.';
  return base::printable(text, 300);
}

class PostgresDb final : public Db {
 public:
  PostgresDb(std::string name, PGconn* connection) : Db(std::move(name)), connection_(connection) {}

  Status run_script(std::string_view sql) override {
    const Hold hold(*this);
    TRY(revive());
    const Answer answer(PQexec(connection_.get(), std::string(sql).c_str()));
    return judge(answer.get());
  }
  std::int64_t changed_rows() const override { return changed_rows_; }
  Engine engine() const override { return Engine::kPostgres; }

  Result<std::vector<std::string>> tables() override {
    Statement rows = TRY(
        query("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"));
    std::vector<std::string> names;
    while (TRY(rows.step())) names.push_back(rows.text(0));
    return names;
  }

  Status check() const;
  // A connection that broke is made anew; not in a transaction, whose beginning broke with it.
  Status revive();
  Status judge(const PGresult* answer);

  struct Query {
    const std::string& sql;
    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
  };
  // With the scope that is in force now.
  Result<Answer> send(const Query& query);

 private:
  Result<Answer> send_with_scope(const Query& query);
  Status apply_scope();
  std::string quoted(const std::string& text) const;
  Result<Statement> prepare(std::string_view sql) override;
  Status begin() override { return begin("BEGIN"); }
  // Between two statements the one who copies waits for his disk.
  // https://www.postgresql.org/docs/15/transaction-iso.html#XACT-REPEATABLE-READ
  Status begin_reading() override {
    return begin(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
        "SET LOCAL idle_in_transaction_session_timeout = 0");
  }
  // SET LOCAL, because behind PgBouncer another session may be ours at the next transaction.
  Status begin(std::string_view how) {
    TRY(
        run_script(fmt::format("{}; SET LOCAL lock_timeout = '15s'; "
                               "SET LOCAL statement_timeout = '60s'; SET LOCAL muster.site = {}",
                               how, quoted(scope().setting()))));
    applied_ = scope();
    is_in_transaction_ = true;
    return {};
  }
  Status commit() override;
  void roll_back() override {
    is_in_transaction_ = false;
    const Answer answer(PQexec(connection_.get(), "ROLLBACK"));  // a lost one is rolled back
  }
  Error unreachable() const {
    return {ErrorKind::kUnavailable, "store_unavailable",
            fmt::format("The database {} cannot be used: {} Check that it runs, and user, password "
                        "and address in its URL.",
                        name(), sentence(PQerrorMessage(connection_.get())))};
  }

  const std::unique_ptr<PGconn, Clear> connection_;
  std::int64_t changed_rows_ = 0;
  bool is_in_transaction_ = false;
  Scope applied_;  // to the transaction under way
};

class PostgresWork final : public Statement::Work {
 public:
  PostgresWork(PostgresDb& db, std::string_view sql) : db_(db), sql_(sql) {}

  void bind_text(std::string_view text) override { add(0, 0, std::string(text)); }
  void bind_integer(std::int64_t number) override { add(kBigint, 0, std::to_string(number)); }
  void bind_null() override { parameters_.push_back({.is_null = true}); }
  void bind_blob(std::string_view bytes) override {
    parameters_.push_back({.type = kBytea, .format = 1, .borrowed = bytes});
  }

  Result<bool> step() override {
    if (!answer_) TRY(send());
    return ++row_ < PQntuples(answer_.get());
  }

  std::string text(int column) const override {
    const char* value = PQgetvalue(answer_.get(), row_, column);
    if (PQftype(answer_.get(), column) != kBytea) return value;
    std::size_t size = 0;
    const std::unique_ptr<unsigned char, decltype(&PQfreemem)> bytes(
        PQunescapeBytea(reinterpret_cast<const unsigned char*>(value), &size), &PQfreemem);
    return bytes ? std::string(reinterpret_cast<const char*>(bytes.get()), size) : std::string();
  }
  std::int64_t integer(int column) const override {
    return base::parse_int(PQgetvalue(answer_.get(), row_, column)).value_or(0);
  }
  bool is_null(int column) const override { return PQgetisnull(answer_.get(), row_, column) != 0; }

 private:
  struct Parameter {
    Oid type = 0;
    int format = 0;
    std::string owned{};
    std::string_view borrowed{};
    bool is_null = false;
  };

  void add(Oid type, int format, std::string value) {
    parameters_.push_back({.type = type, .format = format, .owned = std::move(value)});
  }

  Status send() {
    const Db::Hold hold(db_);
    PostgresDb::Query query{.sql = sql_, .types = {}, .values = {}, .lengths = {}, .formats = {}};
    for (const Parameter& parameter : parameters_) {
      if (parameter.format == 0 && parameter.owned.find('\0') != std::string::npos) {
        return Error{ErrorKind::kBug, "internal", "A text for the database holds a zero byte."};
      }
      const std::string_view bytes =
          parameter.format == 1 ? parameter.borrowed : std::string_view(parameter.owned);
      query.types.push_back(parameter.type);
      query.values.push_back(parameter.is_null ? nullptr : bytes.empty() ? "" : bytes.data());
      query.lengths.push_back(static_cast<int>(bytes.size()));
      query.formats.push_back(parameter.format);
    }
    answer_ = TRY(db_.send(query));
    return {};
  }

  PostgresDb& db_;
  const std::string sql_;
  std::vector<Parameter> parameters_;
  Answer answer_;
  int row_ = -1;
};

Result<Statement> PostgresDb::prepare(std::string_view sql) {
  return Statement(std::make_unique<PostgresWork>(*this, sql));
}

Result<Answer> PostgresDb::send(const Query& query) {
  TRY(revive());
  if (is_in_transaction_) TRY(apply_scope());
  if (!is_in_transaction_ && scope() != Scope()) return send_with_scope(query);
  // The unnamed statement: named ones do not survive PgBouncer's transaction pooling.
  Answer answer(PQexecParams(connection_.get(), query.sql.c_str(),
                             static_cast<int>(query.types.size()), query.types.data(),
                             query.values.data(), query.lengths.data(), query.formats.data(), 0));
  TRY(judge(answer.get()));
  return answer;
}

// The setting and the statement travel together and are one transaction, because nothing but the
// Sync at their end ends it; true makes the setting local to that:
// https://www.postgresql.org/docs/15/libpq-pipeline-mode.html
// https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-ADMIN-SET
Result<Answer> PostgresDb::send_with_scope(const Query& query) {
  PGconn* const connection = connection_.get();
  const char* const site[] = {scope().setting().c_str()};
  const bool is_sent =
      PQenterPipelineMode(connection) == 1 &&
      PQsendQueryParams(connection, "SELECT set_config('muster.site', $1, true)", 1, nullptr, site,
                        nullptr, nullptr, 0) == 1 &&
      PQsendQueryParams(connection, query.sql.c_str(), static_cast<int>(query.types.size()),
                        query.types.data(), query.values.data(), query.lengths.data(),
                        query.formats.data(), 0) == 1 &&
      PQpipelineSync(connection) == 1;
  // Each statement's answers end with a null; what failed first counts, the rest was left out.
  Answer answer;
  for (int statement = 0; is_sent && statement < 2; ++statement) {
    while (PGresult* const next = PQgetResult(connection)) {
      Answer current(next);
      if (PQresultStatus(next) != PGRES_PIPELINE_ABORTED) answer = std::move(current);
    }
  }
  if (is_sent) const Answer sync(PQgetResult(connection));
  if (PQexitPipelineMode(connection) != 1) {
    PQreset(connection);  // half an answer may be under way
    return check().ok() ? Error{ErrorKind::kUnavailable, "store_unavailable",
                                fmt::format("The connection to the database {} broke.", name())}
                        : unreachable();
  }
  TRY(judge(answer.get()));
  return answer;
}

// Something else than what the transaction began with: an entry of another chain, for example.
Status PostgresDb::apply_scope() {
  if (applied_ == scope()) return {};
  const std::string set = "SET LOCAL muster.site = " + quoted(scope().setting());
  const Answer answer(PQexec(connection_.get(), set.c_str()));
  TRY(judge(answer.get()));
  applied_ = scope();
  return {};
}

std::string PostgresDb::quoted(const std::string& text) const {
  char* const literal = PQescapeLiteral(connection_.get(), text.c_str(), text.size());
  std::string copy(literal ? literal : "''");
  PQfreemem(literal);
  return copy;
}

Status PostgresDb::check() const {
  return PQstatus(connection_.get()) == CONNECTION_OK ? Status() : Status(unreachable());
}

Status PostgresDb::revive() {
  // A server that was restarted has said so on every connection, and hung up: the message is read
  // first, then the end. Else the next statement of each would fail once.
  for (int read = 0; read < 2 && !is_in_transaction_; ++read) {
    if (PQstatus(connection_.get()) == CONNECTION_OK) PQconsumeInput(connection_.get());
  }
  if (PQstatus(connection_.get()) == CONNECTION_OK || is_in_transaction_) return check();
  PQreset(connection_.get());
  return check();
}

// Classes of codes: https://www.postgresql.org/docs/15/errcodes-appendix.html
Status PostgresDb::judge(const PGresult* answer) {
  const ExecStatusType status = PQresultStatus(answer);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    changed_rows_ = base::parse_int(PQcmdTuples(const_cast<PGresult*>(answer))).value_or(0);
    return {};
  }
  const char* code = answer ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
  if (code == nullptr) return unreachable();
  const std::string why = sentence(PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY));
  const std::string_view kind = std::string_view(code).substr(0, 2);
  if (kind == "23") return Error{ErrorKind::kConflict, "constraint", why};
  if (kind == "42" || kind == "22" || kind == "0A") {
    if (std::string_view(code) == "42501") {  // insufficient_privilege
      return Error{ErrorKind::kUnavailable, "store_unavailable",
                   fmt::format("The database {} does not let this user do it: {} Grant it, or "
                               "connect as another user.",
                               name(), why)};
    }
    return Error{ErrorKind::kBug, "internal",
                 fmt::format("The database {} refused a statement: {}", name(), why)};
  }
  return Error{ErrorKind::kUnavailable, "store_unavailable",
               fmt::format("The database {} could not do it: {} ({})", name(), why, code)};
}

Status PostgresDb::commit() {
  const Hold hold(*this);
  // A transaction that was lost with its connection must not be taken for one that is done.
  TRY(check());
  const Answer answer(PQexec(connection_.get(), "COMMIT"));
  is_in_transaction_ = false;
  TRY(judge(answer.get()));
  // What failed inside makes COMMIT answer ROLLBACK, without an error.
  if (std::strcmp(PQcmdStatus(answer.get()), "COMMIT") == 0) return {};
  return Error{ErrorKind::kBug, "internal", "A transaction went on after a statement had failed."};
}

// What messages may say of a URL: it can hold a password.
std::string name_of(PGconn* connection) {
  const auto or_default = [](const char* text, const char* otherwise) {
    return base::printable(text && *text ? text : otherwise, 100);
  };
  return fmt::format("postgresql://{}/{}", or_default(PQhost(connection), "localhost"),
                     or_default(PQdb(connection), "?"));
}

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown host";
}

}  // namespace

bool holds_password(const std::string& url) {
  PQconninfoOption* const options = PQconninfoParse(url.c_str(), nullptr);
  bool is_held = false;
  for (const PQconninfoOption* option = options; option && option->keyword; ++option) {
    const std::string_view word = option->keyword;
    const bool is_secret = word == "password" || word == "sslpassword";
    is_held = is_held || (is_secret && option->val != nullptr && *option->val != '\0');
  }
  PQconninfoFree(options);
  return is_held;
}

Result<std::unique_ptr<Db>> open_postgres(const std::string& url) {
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &problem);
  PQconninfoFree(options);
  if (options == nullptr) {
    PQfreemem(problem);  // may quote the URL with its password
    return Error{ErrorKind::kSettings, "settings",
                 "The database URL is not understood. Write postgresql://USER@HOST:PORT/DATABASE."};
  }
  // A peer that vanished is noticed; what the URL itself says wins, because it comes last.
  constexpr const char* kNames[] = {"connect_timeout",     "tcp_user_timeout", "keepalives_idle",
                                    "keepalives_interval", "keepalives_count", "application_name",
                                    "client_encoding",     "dbname",           nullptr};
  const std::string self = fmt::format("process {} on {}", ::getpid(), host_name());
  const char* values[] = {"10",         "30000", "30",        "10",   "3",
                          self.c_str(), "UTF8",  url.c_str(), nullptr};
  PGconn* connection = PQconnectdbParams(kNames, values, 1);
  auto db = std::make_unique<PostgresDb>(name_of(connection), connection);
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);  // they would go to stderr
  TRY(db->check());
  return std::unique_ptr<Db>(std::move(db));
}

}  // namespace muster::store
