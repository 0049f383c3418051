// The rows of a site, or of the installation, out of a store and into one: what backups are made of
// (service/site_bundle.h). Values go as they lie there: secrets sealed, tokens and passwords
// hashed.
//
//   const auto copy = TRY(SiteSnapshot::open(url));
//   for (const Table& table : copy->tables("acme")) TRY(copy->read("acme", table, take));
//
//   const auto into = TRY(SiteWriter::open(other_url));
//   TRY(into->begin("acme", {}));
//   ... TRY(into->begin_table(table)); TRY(into->add(row)); ...
//   TRY(into->end()); TRY(into->commit());
//
// "" is the installation: what has no site. One thread at a time. Errors: kUnavailable
// `store_unavailable`; below, others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/site_tables.h"
#include "store/store.h"

namespace muster::store {

struct Cell {
  bool is_null = true;
  std::int64_t number = 0;
  std::string bytes;  // of texts too
  bool operator==(const Cell&) const = default;
};
using Row = std::vector<Cell>;

struct SiteName {
  std::string site;
  std::string kind;  // production | sandbox
};

// Everything as it was at one instant, whoever writes meanwhile.
class SiteSnapshot {
 public:
  // Of a database of any step of the schema.
  static base::Result<std::unique_ptr<SiteSnapshot>> open(std::string_view url);

  int schema() const { return schema_; }
  const std::string& key_id() const { return key_id_; }  // that its data keys are under; "": none
  std::vector<Table> tables(std::string_view owner) const;
  base::Result<std::vector<SiteName>> sites();  // removed ones too; production sites first
  base::Result<std::uint64_t> count(std::string_view owner, const Table& table);
  using Take = std::function<base::Status(const Row&)>;
  base::Status read(std::string_view owner, const Table& table, const Take& take);

 private:
  SiteSnapshot(std::unique_ptr<Db> db, Transaction transaction)
      : db_(std::move(db)), transaction_(std::move(transaction)) {}
  base::Status look();

  const std::unique_ptr<Db> db_;
  const Transaction transaction_;
  int schema_ = 0;
  std::string key_id_;
  std::vector<Table> tables_;
};

struct WriterSettings {
  bool replaces = false;  // what is there of the site goes first
  bool adopts = false;    // a site of another region becomes one of this database's
  // ... when it is settled there (site_moves.h). In the directory's database its own row stays away
  // until then, and who has a role there stays.
  bool arrives = false;
  // A database of its own to look into: everything as it was, references into the installation too.
  bool is_throw_away = false;
};

// Several sites in one transaction, all of them or none. While it is open nobody else writes into
// SQLite.
class SiteWriter {
 public:
  // The database must be up to date, or be a throw-away one of the step that the rows are of.
  static base::Result<std::unique_ptr<SiteWriter>> open(std::string_view url,
                                                        const WriterSettings& settings);

  int schema() const { return schema_; }
  // kConflict `store_not_empty`: there are admins, sites with anything in them, or an audit log.
  base::Status require_empty();
  // Names the key that the store's data keys are under, unless it has one: that one.
  base::Result<std::string> use_key(std::string_view key_id);
  // kConflict `site_exists`: there is something of it already, and it is not to be replaced.
  base::Status begin(std::string_view owner);
  // kMalformed `bundle`: no such table or column here.
  base::Status begin_table(const Table& table);
  // Values in the order of the table's columns.
  // kConflict `other_region`: the site belongs to another one than this database. kConflict
  // `other_history`: the audit log here and the one that comes are none of the other's
  // continuation. kConflict `constraint`.
  base::Status add(Row row);
  base::Status end();

  // Of the site: those still "running".
  base::Result<std::vector<RunRow>> unfinished();
  base::Status abandon(const RunRow& run);
  base::Status note(const AuditEntry& entry);
  base::Status commit();

  std::uint64_t skipped_roles() const { return skipped_roles_; }  // of admins who are not here

 private:
  struct Before {
    bool has_row = false;
    bool is_untouched = true;  // as the schema makes the first site, or never there
    std::map<std::string_view, std::optional<std::int64_t>> times;  // columns that are settled
  };
  SiteWriter(std::unique_ptr<Db> db, Transaction transaction, const WriterSettings& settings)
      : db_(std::move(db)), transaction_(std::move(transaction)), settings_(settings) {}
  base::Status look();
  base::Result<bool> has_rows(std::string_view site);
  base::Status flush();
  base::Status begin_arriving();
  base::Status end_table();
  base::Status settle(const Row& row);
  base::Status settle_place(Row& row);
  base::Status take_erasure(const Row& row);
  base::Status settle_site();
  base::Status check_references();
  base::Status check_last_entry();
  base::Result<bool> knows_admin(const Row& row);
  base::Result<std::string> entry_hash(std::int64_t number);
  std::size_t place_of(std::string_view column) const;

  const std::unique_ptr<Db> db_;
  Transaction transaction_;
  const WriterSettings settings_;
  int schema_ = 0;
  std::string region_;  // that this database is of
  std::vector<Table> tables_;
  std::string owner_;
  Before before_;
  std::int64_t head_ = 0;  // of the audit log that is here
  std::int64_t last_entry_ = 0;
  std::string last_hash_;
  std::optional<Table> table_;
  std::vector<Row> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool is_elsewhere_ = false;  // only its name is here
  std::uint64_t skipped_roles_ = 0;
};

}  // namespace muster::store
