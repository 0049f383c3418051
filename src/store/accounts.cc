#include "store/accounts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/audit_chain.h"
#include "store/db.h"
#include "store/known_site.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

Error missing(std::string_view reason, std::string_view what, std::string_view name) {
  return {ErrorKind::kMissing, std::string(reason),
          fmt::format("There is no {} {}.", what, base::printable(name))};
}

Admin read_admin(const Statement& row) {
  Admin admin{.admin = row.text(0),
              .is_operator = row.integer(2) != 0,
              .is_disabled = row.integer(3) != 0,
              .created = wall_time(row.integer(4))};
  if (!row.is_null(1)) admin.password = row.text(1);
  if (!row.is_null(8)) admin.identity = OpenIdentity{row.text(7), row.text(8)};
  return admin;
}

constexpr std::string_view kAdmins =
    "SELECT a.admin, a.password, a.is_operator, a.is_disabled, a.created, r.site, r.role, "
    "a.issuer, a.subject FROM admins a LEFT JOIN admin_roles r ON r.admin = a.admin";

Result<std::vector<Admin>> read_admins(Result<Statement> query) {
  Statement rows = TRY(std::move(query));
  std::vector<Admin> admins;
  while (TRY(rows.step())) {
    if (admins.empty() || admins.back().admin != rows.text(0)) admins.push_back(read_admin(rows));
    if (!rows.is_null(5)) admins.back().roles[rows.text(5)] = rows.text(6);
  }
  return admins;
}

constexpr std::string_view kSessions =
    "SELECT token_hash, session, admin, origin, created, last_seen, ends FROM sessions";

Result<std::vector<Session>> read_sessions(Result<Statement> query) {
  Statement rows = TRY(std::move(query));
  std::vector<Session> sessions;
  while (TRY(rows.step())) {
    sessions.push_back({.token_hash = rows.text(0),
                        .session = rows.text(1),
                        .admin = rows.text(2),
                        .origin = rows.text(3),
                        .created = wall_time(rows.integer(4)),
                        .last_seen = wall_time(rows.integer(5)),
                        .ends = wall_time(rows.integer(6))});
  }
  return sessions;
}

constexpr std::string_view kTokens =
    "SELECT token_hash, token, admin, name, scope, created, ends FROM api_tokens";

Result<std::vector<ApiToken>> read_tokens(Result<Statement> query) {
  Statement rows = TRY(std::move(query));
  std::vector<ApiToken> tokens;
  while (TRY(rows.step())) {
    tokens.push_back({.token_hash = rows.text(0),
                      .token = rows.text(1),
                      .admin = rows.text(2),
                      .name = rows.text(3),
                      .scope = rows.text(4),
                      .created = wall_time(rows.integer(5)),
                      .ends = wall_time(rows.integer(6))});
  }
  return tokens;
}

template <typename Row>
std::optional<Row> first_of(std::vector<Row> rows) {
  return rows.empty() ? std::nullopt : std::optional<Row>(std::move(rows.front()));
}

class SqlAccounts final : public Accounts {
 public:
  explicit SqlAccounts(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<std::vector<Admin>> admins() override {
    const Db::Hold hold(*db_, of_installation());
    return read_admins(db_->query(fmt::format("{} ORDER BY a.admin, r.site", kAdmins)));
  }
  Result<std::optional<Admin>> admin(std::string_view name) override {
    const Db::Hold hold(*db_, of_installation());
    return first_of(TRY(read_admins(
        db_->query(fmt::format("{} WHERE a.admin = $1 ORDER BY r.site", kAdmins), name))));
  }
  Result<std::optional<Admin>> admin_of(const OpenIdentity& identity) override {
    const Db::Hold hold(*db_, of_installation());
    return first_of(TRY(read_admins(db_->query(
        fmt::format("{} WHERE a.issuer = $1 AND a.subject = $2 ORDER BY r.site", kAdmins),
        identity.issuer, identity.subject))));
  }
  Result<bool> link_admin(std::string_view name, const OpenIdentity& identity,
                          const AuditEntry& entry) override;
  Status put_admin(const Admin& admin, const AuditEntry& entry) override;
  Status remove_admin(std::string_view name, const AuditEntry& entry) override;

  Status add_session(const Session& session, const AuditEntry& entry) override;
  Result<std::optional<Session>> session(std::string_view token_hash) override {
    const Db::Hold hold(*db_, Scope());
    return first_of(TRY(read_sessions(
        db_->query(fmt::format("{} WHERE token_hash = $1", kSessions), Blob{token_hash}))));
  }
  Status touch_session(std::string_view token_hash, base::WallTime seen) override;
  Result<std::vector<Session>> sessions(std::string_view admin) override {
    const Db::Hold hold(*db_, Scope());
    return read_sessions(db_->query(
        fmt::format("{} WHERE admin = $1 ORDER BY created DESC, session", kSessions), admin));
  }
  Status end_session(std::string_view admin, std::string_view session,
                     const AuditEntry& entry) override;
  Result<std::int64_t> forget_ended(base::WallTime now, base::Duration idle) override;

  Status add_token(const ApiToken& token, const AuditEntry& entry) override;
  Result<std::optional<ApiToken>> token(std::string_view token_hash) override {
    const Db::Hold hold(*db_, Scope());
    return first_of(TRY(read_tokens(
        db_->query(fmt::format("{} WHERE token_hash = $1", kTokens), Blob{token_hash}))));
  }
  Result<std::vector<ApiToken>> tokens(std::string_view admin) override {
    const Db::Hold hold(*db_, Scope());
    return read_tokens(db_->query(
        fmt::format("{} WHERE admin = $1 ORDER BY created DESC, token", kTokens), admin));
  }
  Status remove_token(std::string_view admin, std::string_view token,
                      const AuditEntry& entry) override;

  Status put_set_up_token(std::string_view token_hash, base::WallTime ends) override;
  Result<bool> use_set_up_token(std::string_view token_hash, base::WallTime now, const Admin& first,
                                const AuditEntry& entry) override;

 private:
  Status write_admin(const Admin& admin);
  Status require_free(const OpenIdentity& identity, std::string_view admin);
  Status end_everything_of(std::string_view admin);
  Status require_an_operator();
  // Changes exactly one row, and tells it.
  template <typename... Values>
  Status change_one(Error otherwise, const AuditEntry& entry, std::string_view sql,
                    const Values&... values);

  const std::unique_ptr<Db> db_;
};

Status SqlAccounts::write_admin(const Admin& admin) {
  const std::optional<std::string>& password = admin.password;
  std::optional<std::string> issuer, subject;
  if (admin.identity) {
    issuer = admin.identity->issuer;
    subject = admin.identity->subject;
    TRY(require_free(*admin.identity, admin.admin));
  }
  TRY(
      db_->run("INSERT INTO admins (admin, password, is_operator, is_disabled, created, issuer, "
               "subject) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (admin) DO UPDATE SET "
               "password = excluded.password, is_operator = excluded.is_operator, "
               "is_disabled = excluded.is_disabled, issuer = excluded.issuer, "
               "subject = excluded.subject",
               admin.admin, NullableText{password}, std::int64_t{admin.is_operator},
               std::int64_t{admin.is_disabled}, micros(admin.created), NullableText{issuer},
               NullableText{subject}));
  TRY(db_->run("DELETE FROM admin_roles WHERE admin = $1", admin.admin));
  for (const auto& [site, role] : admin.roles) {
    TRY(require_site(*db_, site));
    TRY(db_->run("INSERT INTO admin_roles (site, admin, role) VALUES ($1, $2, $3)", site,
                 admin.admin, role));
  }
  return {};
}

Status SqlAccounts::require_free(const OpenIdentity& identity, std::string_view admin) {
  Statement row =
      TRY(db_->query("SELECT admin FROM admins WHERE issuer = $1 AND subject = $2 AND admin <> $3",
                     identity.issuer, identity.subject, admin));
  if (!TRY(row.step())) return {};
  return Error{ErrorKind::kConflict, "identity_taken",
               fmt::format("{} has this identity already.", base::printable(row.text(0)))};
}

Status SqlAccounts::end_everything_of(std::string_view admin) {
  TRY(db_->run("DELETE FROM sessions WHERE admin = $1", admin));
  return db_->run("DELETE FROM api_tokens WHERE admin = $1", admin);
}

// After the audit entry: one change of admins comes after the other then, and of two operators who
// remove each other at the same time one stays.
Status SqlAccounts::require_an_operator() {
  Statement row =
      TRY(db_->query("SELECT 1 FROM admins WHERE is_operator = 1 AND is_disabled = 0 LIMIT 1"));
  if (TRY(row.step())) return {};
  return Error{ErrorKind::kConflict, "last_operator",
               "Nobody would be left who may do everything. Make somebody else operator first."};
}

Status SqlAccounts::put_admin(const Admin& admin, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  const std::optional<Admin> before = TRY(this->admin(admin.admin));
  TRY(write_admin(admin));
  if (before && (before->password != admin.password || before->identity != admin.identity)) {
    TRY(db_->run("DELETE FROM sessions WHERE admin = $1", admin.admin));
  }
  if (admin.is_disabled) TRY(end_everything_of(admin.admin));
  TRY(append_audit(*db_, entry));
  TRY(require_an_operator());
  return transaction.commit();
}

Result<bool> SqlAccounts::link_admin(std::string_view name, const OpenIdentity& identity,
                                     const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  TRY(require_free(identity, name));
  TRY(
      db_->run("UPDATE admins SET issuer = $1, subject = $2 WHERE admin = $3 AND issuer IS NULL "
               "AND is_disabled = 0",
               identity.issuer, identity.subject, name));
  if (db_->changed_rows() != 1) return false;
  TRY(append_audit(*db_, entry));
  TRY(transaction.commit());
  return true;
}

Status SqlAccounts::remove_admin(std::string_view name, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  TRY(end_everything_of(name));
  TRY(db_->run("DELETE FROM admin_roles WHERE admin = $1", name));
  TRY(db_->run("DELETE FROM admins WHERE admin = $1", name));
  if (db_->changed_rows() != 1) return missing("no_such_admin", "admin", name);
  TRY(append_audit(*db_, entry));
  TRY(require_an_operator());
  return transaction.commit();
}

Status SqlAccounts::add_session(const Session& session, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, Scope()));
  TRY(db_->run(
      "INSERT INTO sessions (token_hash, session, admin, origin, created, last_seen, ends) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      Blob{session.token_hash}, session.session, session.admin, session.origin,
      micros(session.created), micros(session.last_seen), micros(session.ends)));
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Status SqlAccounts::touch_session(std::string_view token_hash, base::WallTime seen) {
  const Db::Hold hold(*db_, Scope());
  return db_->run("UPDATE sessions SET last_seen = $1 WHERE token_hash = $2 AND last_seen < $1",
                  micros(seen), Blob{token_hash});
}

template <typename... Values>
Status SqlAccounts::change_one(Error otherwise, const AuditEntry& entry, std::string_view sql,
                               const Values&... values) {
  Transaction transaction = TRY(Transaction::begin(*db_, Scope()));
  TRY(db_->run(sql, values...));
  if (db_->changed_rows() != 1) return otherwise;
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Status SqlAccounts::end_session(std::string_view admin, std::string_view session,
                                const AuditEntry& entry) {
  return change_one(missing("no_such_session", "session", session), entry,
                    "DELETE FROM sessions WHERE admin = $1 AND session = $2", admin, session);
}

Result<std::int64_t> SqlAccounts::forget_ended(base::WallTime now, base::Duration idle) {
  const Db::Hold hold(*db_, Scope());
  const auto longest = std::chrono::duration_cast<std::chrono::microseconds>(idle).count();
  TRY(db_->run("DELETE FROM sessions WHERE ends <= $1 OR last_seen <= $2", micros(now),
               micros(now) - longest));
  return db_->changed_rows();
}

Status SqlAccounts::add_token(const ApiToken& token, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, Scope()));
  TRY(
      db_->run("INSERT INTO api_tokens (token_hash, token, admin, name, scope, created, ends) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7)",
               Blob{token.token_hash}, token.token, token.admin, token.name, token.scope,
               micros(token.created), micros(token.ends)));
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Status SqlAccounts::remove_token(std::string_view admin, std::string_view token,
                                 const AuditEntry& entry) {
  return change_one(missing("no_such_token", "token", token), entry,
                    "DELETE FROM api_tokens WHERE admin = $1 AND token = $2", admin, token);
}

Status SqlAccounts::put_set_up_token(std::string_view token_hash, base::WallTime ends) {
  const Db::Hold hold(*db_, Scope());
  return db_->run(
      "INSERT INTO set_up_token (only_one, token_hash, ends) VALUES (1, $1, $2) "
      "ON CONFLICT (only_one) DO UPDATE SET token_hash = excluded.token_hash, ends = excluded.ends",
      Blob{token_hash}, micros(ends));
}

Result<bool> SqlAccounts::use_set_up_token(std::string_view token_hash, base::WallTime now,
                                           const Admin& first, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_installation()));
  TRY(
      db_->run("DELETE FROM set_up_token WHERE token_hash = $1 AND ends > $2 AND "
               "NOT EXISTS (SELECT 1 FROM admins)",
               Blob{token_hash}, micros(now)));
  if (db_->changed_rows() != 1) return false;
  TRY(write_admin(first));
  TRY(append_audit(*db_, entry));
  TRY(transaction.commit());
  return true;
}

}  // namespace

Result<std::unique_ptr<Accounts>> open_accounts(std::string_view url) {
  return std::unique_ptr<Accounts>(std::make_unique<SqlAccounts>(TRY(open_db(url))));
}

}  // namespace muster::store
