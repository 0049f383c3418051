#include "store/persons.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/failpoint.h"
#include "base/random.h"
#include "base/text.h"
#include "store/audit_chain.h"
#include "store/audit_seal.h"
#include "store/person_columns.h"
#include "store/person_names.h"
#include "store/row_values.h"
#include "store/site_moves.h"
#include "store/site_tables.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::size_t kLongestName = 200;
constexpr std::string_view kErasedOrigin = "erased";
constexpr std::string_view kCommandLine = "command line";
// Those that refer to others come first.
constexpr std::array<std::string_view, 5> kAccountTables = {
    "sessions", "api_tokens", "idempotency_keys", "admin_roles", "admins"};

// As to_lower_ascii() does it.
std::string lower(const Db& db, std::string_view text) {
  const bool is_file = db.engine() == Db::Engine::kSqlite;
  return is_file ? fmt::format("lower({})", text) : fmt::format("lower({} COLLATE \"C\")", text);
}

Scope scope_of(std::string_view owner) {
  return owner.empty() ? of_installation() : of_site(owner);
}

Status check_names(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!base::trim(name).empty() && name.size() <= kLongestName && base::printable(name) == name) {
      continue;
    }
    return Error{ErrorKind::kSettings, "person",
                 fmt::format("A name has 1 to {} characters, and is not blank.", kLongestName)};
  }
  return {};
}

std::string new_pseudonym() {
  return fmt::format("person-{:012x}", base::make_system_random()->next() >> 16);
}

Status check_pseudonym(std::string_view pseudonym) {
  constexpr std::string_view kPrefix = "person-";
  const bool fits = pseudonym.starts_with(kPrefix) && pseudonym.size() == kPrefix.size() + 12 &&
                    pseudonym.substr(kPrefix.size()).find_first_not_of("0123456789abcdef") ==
                        std::string_view::npos;
  if (fits) return {};
  return Error{ErrorKind::kSettings, "person",
               "--as: a pseudonym is person- with twelve of 0-9 and a-f, as it was printed."};
}

// ---- the account ------------------------------------------------------------------------------

struct Account {
  std::string admin;
  std::string subject;
  bool may_everything = false;
};

Result<std::vector<Account>> accounts_of(Db& db, const std::vector<std::string>& names) {
  std::vector<Account> accounts;
  for (const std::string& name : names) {
    Statement row =
        TRY(db.query("SELECT admin, COALESCE(subject, ''), CASE WHEN is_operator = 1 AND "
                     "is_disabled = 0 THEN 1 ELSE 0 END FROM admins WHERE admin = $1",
                     base::to_lower_ascii(name)));
    if (TRY(row.step())) accounts.push_back({row.text(0), row.text(1), row.integer(2) == 1});
  }
  return accounts;
}

Result<std::string> pseudonym_under_way(Db& db, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    Statement row = TRY(db.query("SELECT pseudonym FROM person_erasures WHERE person = $1", name));
    if (TRY(row.step())) return row.text(0);
  }
  return std::string();
}

// In a database of a region there are none.
Status remove_accounts(Db& db, const PersonNames& names, Erased& erased) {
  const Db::Hold hold(db, of_installation());
  for (const std::string& name : names.names()) {
    for (const std::string_view table : kAccountTables) {
      TRY(db.run(fmt::format("DELETE FROM {} WHERE admin = $1", table), name));
      if (db.changed_rows() > 0) erased.removed[std::string(table)] += db.changed_rows();
    }
  }
  return db.run("DELETE FROM person_erasures WHERE pseudonym = $1", names.pseudonym());
}

// ---- names in rows ----------------------------------------------------------------------------

class Rows {
 public:
  Rows(Db& db, std::string_view owner, const PersonNames& names, Erased& erased)
      : db_(db), owner_(owner), names_(names), erased_(erased) {}

  Status rename(const PersonColumn& column, bool has_sites) {
    has_sites_ = has_sites;
    switch (column.rule) {
      case PersonRule::kName:
        return replace(column, [&](const std::string& text) {
          return names_.is_one(text) ? names_.pseudonym() : text;
        });
      case PersonRule::kContact:
        return replace(column, [&](const std::string& text) {
          return names_.is_one(text) ? std::string() : text;
        });
      case PersonRule::kSentences:
        return replace(column, [&](const std::string& text) { return names_.in_sentence(text); });
      case PersonRule::kJson:
        return replace(column, [&](const std::string& text) { return names_.in_json(text); });
      case PersonRule::kWrittenByPeople: return look(column);
      default: return {};
    }
  }
  bool has_changed() const { return has_changed_; }

 private:
  std::string of_owner(std::size_t parameter) const {
    return has_sites_ ? fmt::format(" AND site = ${}", parameter) : std::string();
  }
  // Different values that may have a name in them.
  Result<std::vector<std::string>> found(const PersonColumn& column) {
    std::set<std::string> values;
    for (const std::string& name : names_.names()) {
      Statement rows = TRY(db_.query(
          fmt::format("SELECT DISTINCT {0} FROM {1} WHERE replace({2}, $1, '') <> {2}{3}",
                      column.column, column.table, lower(db_, column.column), of_owner(2)),
          name));
      if (has_sites_) rows.bind(owner_);
      while (TRY(rows.step())) values.insert(rows.text(0));
    }
    return std::vector<std::string>(values.begin(), values.end());
  }
  template <typename Change>
  Status replace(const PersonColumn& column, Change change) {
    for (const std::string& before : TRY(found(column))) {
      const std::string after = change(before);
      if (after == before) continue;
      Statement update = TRY(db_.query(fmt::format("UPDATE {0} SET {1} = $1 WHERE {1} = $2{2}",
                                                   column.table, column.column, of_owner(3)),
                                       after, before));
      if (has_sites_) update.bind(owner_);
      TRY(update.step());
      erased_.renamed[std::string(column.table)] += db_.changed_rows();
      has_changed_ = true;
    }
    return {};
  }
  Status look(const PersonColumn& column) {
    for (const std::string& text : TRY(found(column))) {
      if (!names_.stands_in(text)) continue;
      ++erased_.left[fmt::format("{}.{}{}{}", column.table, column.column,
                                 owner_.empty() ? "" : " of ", owner_)];
    }
    return {};
  }

  Db& db_;
  const std::string_view owner_;
  const PersonNames& names_;
  Erased& erased_;
  bool has_sites_ = false;
  bool has_changed_ = false;
};

// ---- names in the audit log -------------------------------------------------------------------

// What becomes of an entry.
AuditEntry without(const PersonNames& names, const AuditEntry& entry) {
  AuditEntry changed = entry;
  if (names.is_one(entry.who)) {
    changed.who = names.pseudonym();
    if (!entry.origin.empty() && entry.origin != kCommandLine) changed.origin = kErasedOrigin;
  }
  // Importers and sites may be called as somebody is, as long as that is no address.
  const bool is_somebody =
      entry.act.starts_with("admin.") || entry.target.find('@') != std::string::npos;
  if (!names.is_one(entry.target)) {
    changed.target = names.in_sentence(entry.target);
  } else if (is_somebody) {
    changed.target = names.pseudonym();
  }
  // What is said there of roles names nobody, and what vouches for others has to stay.
  if (entry.act != "admin.put") changed.before = names.in_sentence(entry.before);
  if (entry.act != "admin.put" && entry.act != kPersonErased) {
    changed.after = names.in_sentence(entry.after);
  }
  return changed;
}

Result<std::vector<SealedEntry>> entries_with(Db& db, std::string_view owner,
                                              const PersonNames& names) {
  const std::string texts =
      lower(db, "(who || '|' || target || '|' || before_it || '|' || after_it)");
  std::map<std::int64_t, SealedEntry> found;
  for (const std::string& name : names.names()) {
    Statement rows = TRY(db.query(fmt::format("SELECT {0} FROM audit WHERE site = $1 AND "
                                              "replace({1}, $2, '') <> {1} ORDER BY number",
                                              audit_columns(true), texts),
                                  owner, name));
    while (TRY(rows.step())) {
      SealedEntry entry = read_sealed(rows, true);
      found.insert_or_assign(entry.entry.number, std::move(entry));
    }
  }
  std::vector<SealedEntry> entries;
  for (auto& [number, entry] : found) entries.push_back(std::move(entry));
  return entries;
}

Result<bool> rename_audit(Db& db, std::string_view owner, const PersonNames& names,
                          Erased& erased) {
  bool has_changed = false;
  for (const SealedEntry& sealed : TRY(entries_with(db, owner, names))) {
    const AuditEntry after = without(names, sealed.entry);
    ClosedFields fields{};
    for (std::size_t field = 0; field < fields.size(); ++field) {
      fields[field] = after.*kErasableFields[field] != sealed.entry.*kErasableFields[field];
    }
    if (std::ranges::none_of(fields, [](bool is_changed) { return is_changed; })) continue;
    const std::string opening = closed(sealed.entry, sealed.opening, fields);
    TRY(
        db.run("UPDATE audit SET who = $1, origin = $2, target = $3, before_it = $4, "
               "after_it = $5, opening = $6 WHERE site = $7 AND number = $8",
               after.who, after.origin, after.target, after.before, after.after, Blob{opening},
               owner, after.number));
    ++erased.renamed["audit"];
    has_changed = true;
  }
  return has_changed;
}

Result<std::string> erased_sum(Db& db, std::string_view owner) {
  Statement rows = TRY(db.query(
      fmt::format("SELECT {} FROM audit WHERE site = $1 AND length(opening) NOT IN (0, 16) "
                  "ORDER BY number",
                  audit_columns(true)),
      owner));
  ErasedSum sum;
  while (TRY(rows.step())) sum.add(read_sealed(rows, true));
  return sum.text();
}

// ---- a whole database -------------------------------------------------------------------------

// "" and all that have rows or a chain.
Result<std::vector<std::string>> owners(Db& db) {
  const Db::Hold hold(db, of_installation());
  Statement rows =
      TRY(db.query("SELECT site FROM sites UNION SELECT site FROM audit_heads ORDER BY 1"));
  std::set<std::string> owners = {""};
  while (TRY(rows.step())) owners.insert(rows.text(0));
  return std::vector<std::string>(owners.begin(), owners.end());
}

Status erase_of(Db& db, std::string_view owner, const PersonNames& names, const AuditEntry& told,
                Erased& erased) {
  const Db::Hold hold(db, scope_of(owner));
  Rows rows(db, owner, names, erased);
  const std::vector<Table> tables = TRY(tables_of(db));
  for (const PersonColumn& column : kPersonColumns) {
    const auto table = std::ranges::find(tables, column.table, &Table::name);
    const bool has_sites = table != tables.end() && table->has_sites;
    if (has_sites == owner.empty()) continue;
    TRY(rows.rename(column, has_sites));
  }
  const bool is_renamed = TRY(rename_audit(db, owner, names, erased));
  const bool is_gone = owner.empty() && !erased.removed.empty();
  if (!is_renamed && !rows.has_changed() && !is_gone) return {};
  AuditEntry entry = told;
  entry.site = owner;
  entry.act = kPersonErased;
  entry.target = names.pseudonym();
  entry.after = TRY(erased_sum(db, owner));
  if (names.is_one(entry.who)) entry.who = names.pseudonym();
  return append_audit(db, entry);
}

Status overwrite(Db& db, Erased& erased) {
  if (db.engine() == Db::Engine::kSqlite) {
    // Pages that were rebuilt may hold what their cells held before: the file is made anew.
    TRY(db.run("VACUUM"));
    Statement row = TRY(db.query("PRAGMA wal_checkpoint(TRUNCATE)"));
    erased.is_overwritten = TRY(row.step()) && row.integer(0) == 0;
    return {};
  }
  // With what is noted of frequent values too.
  std::set<std::string> changed;
  for (const auto& [table, rows] : erased.removed) changed.insert(table);
  for (const auto& [table, rows] : erased.renamed) changed.insert(table);
  changed.insert("person_erasures");
  for (const std::string_view table : kAccountTables) changed.insert(std::string(table));
  for (const std::string& table : changed) TRY(db.run_script("VACUUM (FULL, ANALYZE) " + table));
  return {};
}

}  // namespace

Result<Person> begin_erasing(std::string_view directory, const std::vector<std::string>& names,
                             std::string_view pseudonym, base::WallTime now) {
  TRY(check_names(names));
  if (!pseudonym.empty()) TRY(check_pseudonym(pseudonym));
  TRY(require_erasable(directory));
  const std::unique_ptr<Db> db = TRY(open_db(directory));
  Transaction transaction = TRY(Transaction::begin(*db, of_installation()));
  Person person{.names = names, .pseudonym = {}};
  person.pseudonym = TRY(pseudonym_under_way(*db, names));
  if (person.pseudonym.empty()) person.pseudonym = pseudonym;
  if (person.pseudonym.empty()) person.pseudonym = new_pseudonym();
  bool was_operator = false;
  for (const Account& account : TRY(accounts_of(*db, names))) {
    was_operator = was_operator || account.may_everything;
    if (!account.subject.empty()) person.names.push_back(account.subject);
    TRY(db->run("UPDATE admins SET is_disabled = 1 WHERE admin = $1", account.admin));
  }
  if (was_operator) {
    Statement row =
        TRY(db->query("SELECT 1 FROM admins WHERE is_operator = 1 AND is_disabled = 0 LIMIT 1"));
    if (!TRY(row.step())) {
      return Error{ErrorKind::kConflict, "last_operator",
                   "Nobody would be left who may do everything. Make somebody else operator "
                   "first."};
    }
  }
  for (const std::string& name : names) {
    TRY(
        db->run("INSERT INTO person_erasures (person, pseudonym, begun) VALUES ($1, $2, $3) "
                "ON CONFLICT DO NOTHING",
                name, person.pseudonym, micros(now)));
  }
  TRY(transaction.commit());
  return person;
}

Result<Erased> erase_person(std::string_view url, const Person& person, const AuditEntry& entry) {
  TRY(require_erasable(url));
  const std::unique_ptr<Db> db = TRY(open_db(url));
  const PersonNames names(person.names, person.pseudonym);
  Erased erased;
  {
    Transaction transaction = TRY(Transaction::begin(*db, Scope()));
    // As many rows as a store has take their time.
    if (db->engine() == Db::Engine::kPostgres) TRY(db->run("SET LOCAL statement_timeout = 0"));
    TRY(remove_accounts(*db, names, erased));
    for (const std::string& owner : TRY(owners(*db))) {
      TRY(erase_of(*db, owner, names, entry, erased));
    }
    TRY(MUSTER_FAILPOINT("person.erasing"));
    TRY(transaction.commit());
  }
  TRY(overwrite(*db, erased));
  return erased;
}

}  // namespace muster::store
