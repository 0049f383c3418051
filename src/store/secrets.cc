#include "store/secrets.h"

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

Error other_key(std::string_view key_id) {
  return {ErrorKind::kConflict, "wrong_key",
          key_id.empty() ? "The secrets of this store have no key yet."
                         : fmt::format("The secrets of this store are under the key {}.", key_id)};
}

class SqlSecrets final : public Secrets {
 public:
  explicit SqlSecrets(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<std::string> key_id() override;
  Status change_key(std::string_view from, std::string_view to) override;
  Result<std::vector<WrappedKey>> data_keys() override;
  Result<std::optional<std::string>> data_key(std::string_view site) override;
  Result<std::string> add_data_key(const WrappedKey& key, std::string_view key_id) override;
  Status replace_data_key(const WrappedKey& key, std::string_view before) override;
  Status put(std::string_view site, const SecretRow& secret, std::string_view sealed,
             const AuditEntry& entry) override;
  Result<std::optional<std::string>> find(std::string_view site, std::string_view name) override;
  Result<std::vector<SecretRow>> list(std::string_view site) override;
  Status remove(std::string_view site, std::string_view name, const AuditEntry& entry) override;

 private:
  const std::unique_ptr<Db> db_;
};

Result<std::string> SqlSecrets::key_id() {
  const Db::Hold hold(*db_, Scope());
  Statement row = TRY(db_->query("SELECT key_id FROM encryption_key"));
  return TRY(row.step()) ? row.text(0) : std::string();
}

Status SqlSecrets::change_key(std::string_view from, std::string_view to) {
  Transaction transaction = TRY(Transaction::begin(*db_, Scope()));
  if (from.empty()) {
    TRY(
        db_->run("INSERT INTO encryption_key (only_one, key_id) VALUES (1, $1) "
                 "ON CONFLICT DO NOTHING",
                 to));
  }
  TRY(db_->run("UPDATE encryption_key SET key_id = $1 WHERE key_id IN ($1, $2)", to, from));
  if (db_->changed_rows() != 1) return other_key(TRY(key_id()));
  return transaction.commit();
}

Result<std::vector<WrappedKey>> SqlSecrets::data_keys() {
  const Db::Hold hold(*db_, of_installation());
  Statement rows = TRY(db_->query("SELECT site, wrapped FROM data_keys ORDER BY site"));
  std::vector<WrappedKey> keys;
  while (TRY(rows.step())) keys.push_back({rows.text(0), rows.text(1)});
  return keys;
}

Result<std::optional<std::string>> SqlSecrets::data_key(std::string_view site) {
  const Db::Hold hold(*db_, of_site(site));
  Statement row = TRY(db_->query("SELECT wrapped FROM data_keys WHERE site = $1", site));
  return TRY(row.step()) ? std::optional(row.text(0)) : std::nullopt;
}

Result<std::string> SqlSecrets::add_data_key(const WrappedKey& key, std::string_view key_id) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(key.site)));
  TRY(require_site(*db_, key.site));
  // Locks the row, so that no rotation begins in between.
  TRY(db_->run("UPDATE encryption_key SET key_id = key_id WHERE key_id = $1", key_id));
  if (db_->changed_rows() != 1) return other_key(TRY(this->key_id()));
  TRY(db_->run("INSERT INTO data_keys (site, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING",
               key.site, Blob{key.wrapped}));
  std::string kept = *TRY(data_key(key.site));
  TRY(transaction.commit());
  return kept;
}

Status SqlSecrets::replace_data_key(const WrappedKey& key, std::string_view before) {
  const Db::Hold hold(*db_, of_site(key.site));
  TRY(db_->run("UPDATE data_keys SET wrapped = $1 WHERE site = $2 AND wrapped = $3",
               Blob{key.wrapped}, key.site, Blob{before}));
  if (db_->changed_rows() == 1) return {};
  return Error{ErrorKind::kConflict, "version_conflict",
               fmt::format("The key of site {} was changed by somebody else meanwhile.",
                           base::printable(key.site))};
}

Status SqlSecrets::put(std::string_view site, const SecretRow& secret, std::string_view sealed,
                       const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  TRY(
      db_->run("INSERT INTO secrets (site, name, sealed, changed, changed_by) "
               "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (site, name) DO UPDATE SET "
               "sealed = excluded.sealed, changed = excluded.changed, "
               "changed_by = excluded.changed_by",
               site, secret.name, Blob{sealed}, micros(secret.changed), secret.changed_by));
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Result<std::optional<std::string>> SqlSecrets::find(std::string_view site, std::string_view name) {
  const Db::Hold hold(*db_, of_site(site));
  Statement row =
      TRY(db_->query("SELECT sealed FROM secrets WHERE site = $1 AND name = $2", site, name));
  return TRY(row.step()) ? std::optional(row.text(0)) : std::nullopt;
}

Result<std::vector<SecretRow>> SqlSecrets::list(std::string_view site) {
  const Db::Hold hold(*db_, of_site(site));
  Statement rows = TRY(db_->query(
      "SELECT name, changed, changed_by FROM secrets WHERE site = $1 ORDER BY name", site));
  std::vector<SecretRow> secrets;
  while (TRY(rows.step())) {
    secrets.push_back({rows.text(0), wall_time(rows.integer(1)), rows.text(2)});
  }
  return secrets;
}

Status SqlSecrets::remove(std::string_view site, std::string_view name, const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  TRY(db_->run("DELETE FROM secrets WHERE site = $1 AND name = $2", site, name));
  if (db_->changed_rows() != 1) {
    return Error{
        ErrorKind::kMissing, "no_such_secret",
        fmt::format("The site {} has no secret {}.", base::printable(site), base::printable(name))};
  }
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

}  // namespace

Result<std::unique_ptr<Secrets>> open_secrets(std::string_view url) {
  return std::unique_ptr<Secrets>(std::make_unique<SqlSecrets>(TRY(open_db(url))));
}

}  // namespace muster::store
