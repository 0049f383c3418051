#include "store/importers.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/audit_chain.h"
#include "store/db.h"
#include "store/importer_ticks.h"
#include "store/known_site.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kImporters =
    "SELECT i.site, i.importer, i.version, v.definition, v.changed, v.changed_by, i.paused, "
    "i.last_tick FROM importers i JOIN importer_versions v ON v.site = i.site AND "
    "v.importer = i.importer AND v.version = i.version";

Importer read_importer(const Statement& row) {
  Importer importer{.site = row.text(0),
                    .importer = row.text(1),
                    .in_force = {.version = row.integer(2),
                                 .definition = row.text(3),
                                 .changed = wall_time(row.integer(4)),
                                 .changed_by = row.text(5)},
                    .is_paused = row.integer(6) != 0,
                    .last_tick = wall_time(row.integer(7))};
  return importer;
}

Result<std::vector<Importer>> read_importers(Result<Statement> query) {
  Statement rows = TRY(std::move(query));
  std::vector<Importer> importers;
  while (TRY(rows.step())) importers.push_back(read_importer(rows));
  return importers;
}

class SqlImporters final : public Importers {
 public:
  explicit SqlImporters(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<Importer> put(std::string_view site, const Change& change, std::string_view changed_by,
                       base::WallTime at, const AuditEntry* entry) override;
  Result<std::vector<Importer>> list(std::string_view site) override;
  Result<std::optional<Importer>> find(std::string_view site, std::string_view importer) override;
  Result<std::vector<ImporterVersion>> versions(std::string_view site,
                                                std::string_view importer) override;
  Status pause(std::string_view site, std::string_view importer, bool is_paused,
               const AuditEntry* entry) override;
  Status remove(std::string_view site, std::string_view importer, const AuditEntry& entry) override;
  Status take_back(std::string_view site, std::string_view importer, base::WallTime to) override;
  Status pass_over(std::string_view site, std::string_view importer, base::WallTime tick) override;

 private:
  Result<std::int64_t> newest_version(std::string_view site, std::string_view importer);
  Status write(std::string_view site, const Change& change, const ImporterVersion& version,
               std::int64_t before);

  const std::unique_ptr<Db> db_;
};

Error outdated(const Change& change) {
  return {ErrorKind::kConflict, "version_conflict",
          fmt::format("The importer {} was changed by somebody else meanwhile. Look at it again.",
                      base::printable(change.importer))};
}

Result<Importer> SqlImporters::put(std::string_view site, const Change& change,
                                   std::string_view changed_by, base::WallTime at,
                                   const AuditEntry* entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  TRY(require_site(*db_, site));
  const std::optional<Importer> before = TRY(find(site, change.importer));
  const std::int64_t version = before ? before->in_force.version : 0;
  if (change.from_version && *change.from_version != version) return outdated(change);
  if (!before || before->in_force.definition != change.definition) {
    // What was read of it decides the number: of two changes at the same time both make this one.
    const std::int64_t next = 1 + (before ? version : TRY(newest_version(site, change.importer)));
    const Status written = write(site, change,
                                 {.version = next,
                                  .definition = change.definition,
                                  .changed = at,
                                  .changed_by = std::string(changed_by)},
                                 version);
    if (!written.ok() && written.error().reason == "constraint") return outdated(change);
    TRY(written);
    if (entry != nullptr) TRY(append_audit(*db_, *entry));
  }
  Importer importer = *TRY(find(site, change.importer));
  TRY(transaction.commit());
  return importer;
}

// Also of one that was removed.
Result<std::int64_t> SqlImporters::newest_version(std::string_view site,
                                                  std::string_view importer) {
  Statement row = TRY(db_->query(
      "SELECT coalesce(max(version), 0) FROM importer_versions WHERE site = $1 AND importer = $2",
      site, importer));
  TRY(row.step());
  return row.integer(0);
}

// `before`: the version in force, 0 when there is none.
Status SqlImporters::write(std::string_view site, const Change& change,
                           const ImporterVersion& version, std::int64_t before) {
  TRY(
      db_->run("INSERT INTO importer_versions (site, importer, version, definition, changed, "
               "changed_by) VALUES ($1, $2, $3, $4, $5, $6)",
               site, change.importer, version.version, version.definition, micros(version.changed),
               version.changed_by));
  TRY(
      db_->run("INSERT INTO importers (site, importer, version, paused, last_tick) "
               "VALUES ($1, $2, $3, 0, $4) ON CONFLICT (site, importer) DO UPDATE SET "
               "version = excluded.version, "
               "last_tick = CASE WHEN $5 = 1 THEN excluded.last_tick ELSE importers.last_tick END "
               "WHERE importers.version = $6",
               site, change.importer, version.version, micros(version.changed),
               std::int64_t{change.has_new_schedule}, before));
  return db_->changed_rows() == 1 ? Status() : outdated(change);
}

Result<std::vector<Importer>> SqlImporters::list(std::string_view site) {
  const Db::Hold hold(*db_, site.empty() ? of_installation() : of_site(site));
  return read_importers(db_->query(
      fmt::format("{} WHERE $1 = '' OR i.site = $1 ORDER BY i.site, i.importer", kImporters),
      site));
}

Result<std::optional<Importer>> SqlImporters::find(std::string_view site,
                                                   std::string_view importer) {
  const Db::Hold hold(*db_, of_site(site));
  std::vector<Importer> found = TRY(read_importers(db_->query(
      fmt::format("{} WHERE i.site = $1 AND i.importer = $2", kImporters), site, importer)));
  if (found.empty()) return std::optional<Importer>();
  return std::optional(std::move(found.front()));
}

Result<std::vector<ImporterVersion>> SqlImporters::versions(std::string_view site,
                                                            std::string_view importer) {
  const Db::Hold hold(*db_, of_site(site));
  Statement rows =
      TRY(db_->query("SELECT version, definition, changed, changed_by FROM importer_versions "
                     "WHERE site = $1 AND importer = $2 ORDER BY version DESC",
                     site, importer));
  std::vector<ImporterVersion> versions;
  while (TRY(rows.step())) {
    versions.push_back({rows.integer(0), rows.text(1), wall_time(rows.integer(2)), rows.text(3)});
  }
  return versions;
}

Status SqlImporters::pause(std::string_view site, std::string_view importer, bool is_paused,
                           const AuditEntry* entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  TRY(db_->run("UPDATE importers SET paused = $1 WHERE site = $2 AND importer = $3",
               std::int64_t{is_paused}, site, importer));
  if (db_->changed_rows() != 1) {
    return Error{ErrorKind::kMissing, "no_such_importer",
                 fmt::format("There is no importer {}.", base::printable(importer))};
  }
  if (entry != nullptr) TRY(append_audit(*db_, *entry));
  return transaction.commit();
}

Status SqlImporters::remove(std::string_view site, std::string_view importer,
                            const AuditEntry& entry) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(site)));
  TRY(db_->run("DELETE FROM importers WHERE site = $1 AND importer = $2", site, importer));
  if (db_->changed_rows() != 1) {
    return Error{ErrorKind::kMissing, "no_such_importer",
                 fmt::format("There is no importer {}.", base::printable(importer))};
  }
  // What is under way ends by itself.
  TRY(
      db_->run("UPDATE jobs SET state = 'over' WHERE site = $1 AND importer = $2 AND "
               "state = 'waiting'",
               site, importer));
  TRY(append_audit(*db_, entry));
  return transaction.commit();
}

Status SqlImporters::take_back(std::string_view site, std::string_view importer,
                               base::WallTime to) {
  const Db::Hold hold(*db_, of_site(site));
  return db_->run(
      "UPDATE importers SET last_tick = $1 WHERE site = $2 AND importer = $3 AND "
      "last_tick > $1",
      micros(to), site, importer);
}

Status SqlImporters::pass_over(std::string_view site, std::string_view importer,
                               base::WallTime tick) {
  const Db::Hold hold(*db_, of_site(site));
  return note_tick(*db_, site, importer, tick);
}

}  // namespace

Result<std::unique_ptr<Importers>> open_importers(std::string_view url) {
  return std::unique_ptr<Importers>(std::make_unique<SqlImporters>(TRY(open_db(url))));
}

}  // namespace muster::store
