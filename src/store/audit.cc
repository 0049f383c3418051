#include "store/audit.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/audit_chain.h"
#include "store/audit_seal.h"
#include "store/row_values.h"
#include "store/sites.h"

namespace muster::store {
namespace {

using base::Result;
using base::Status;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

Scope of_chain(std::string_view site) { return site.empty() ? of_installation() : of_site(site); }

class SqlAudit final : public Audit {
 public:
  explicit SqlAudit(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Status append(const AuditEntry& entry) override {
    Transaction transaction = TRY(Transaction::begin(*db_, of_chain(entry.site)));
    TRY(append_audit(*db_, entry));
    return transaction.commit();
  }
  Result<std::vector<AuditEntry>> list(std::string_view site, std::int64_t before,
                                       std::size_t limit) override;
  Result<AuditState> verify(std::string_view site) override;
  Result<std::vector<std::string>> chains() override;

 private:
  const std::unique_ptr<Db> db_;
};

Result<std::vector<AuditEntry>> SqlAudit::list(std::string_view site, std::int64_t before,
                                               std::size_t limit) {
  const Db::Hold hold(*db_, of_chain(site));
  Statement rows =
      TRY(db_->query(fmt::format("SELECT {} FROM audit WHERE site = $1 AND ($2 = 0 OR number < $2) "
                                 "ORDER BY number DESC LIMIT $3",
                                 audit_columns(false)),
                     site, before, static_cast<std::int64_t>(limit)));
  std::vector<AuditEntry> entries;
  while (TRY(rows.step())) {
    entries.push_back(read_sealed(rows, false).entry);
    entries.back().hash = hex(entries.back().hash);
  }
  return entries;
}

// One transaction: nobody adds an entry between the rows and the head.
Result<AuditState> SqlAudit::verify(std::string_view site) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_chain(site)));
  AuditState state;
  std::string head;
  std::int64_t newest = 0;
  {
    Statement row = TRY(db_->query("SELECT number, hash FROM audit_heads WHERE site = $1", site));
    if (TRY(row.step())) {
      newest = row.integer(0);
      head = row.text(1);
    }
  }
  std::string before;
  ErasedSum erased;
  AuditEntry told;  // the newest that tells what was changed of others
  std::int64_t newest_erased = 0;
  const bool with_opening = TRY(has_openings(*db_));
  Statement rows =
      TRY(db_->query(fmt::format("SELECT {} FROM audit WHERE site = $1 ORDER BY number",
                                 audit_columns(with_opening)),
                     site));
  while (TRY(rows.step())) {
    const SealedEntry sealed = read_sealed(rows, with_opening);
    const auto& [entry, opening] = sealed;
    ++state.entries;
    if (entry.number != state.entries) {
      state.mistakes = fmt::format("Entry {} is missing.", state.entries);
      break;
    }
    const std::optional<std::string> hash = audit_hash(before, entry, opening);
    if (hash ? *hash != entry.hash : !is_erased(opening)) {
      state.mistakes = fmt::format("Entry {} or one before it was changed.", entry.number);
      break;
    }
    before = entry.hash;
    if (is_erased(opening)) {
      erased.add(sealed);
      newest_erased = entry.number;
    }
    if (entry.act == kPersonErased) told = entry;
  }
  if (state.mistakes.empty() && erased.count() > 0 &&
      (told.number < newest_erased || told.after != erased.text())) {
    state.mistakes = fmt::format(
        "Names were taken out of {}, and that is not what the newest entry {} tells of.",
        base::count_of(static_cast<std::uint64_t>(erased.count()), "entry", "entries"),
        kPersonErased);
  }
  if (state.mistakes.empty() && (newest != state.entries || head != before)) {
    state.mistakes =
        fmt::format("The newest entry is {}, and {} was noted.", state.entries, newest);
  }
  state.head = hex(before);
  return state;
}

Result<std::vector<std::string>> SqlAudit::chains() {
  const Db::Hold hold(*db_, of_installation());
  Statement rows = TRY(db_->query("SELECT site FROM audit_heads ORDER BY site"));
  std::vector<std::string> sites;
  while (TRY(rows.step())) sites.push_back(rows.text(0));
  return sites;
}

}  // namespace

namespace {

// Nothing of a site changes without an entry, and none while the site is being moved: whoever came
// here before hold_site() (site_moves.h) is waited for there, and whoever comes after sees it.
Status require_in_force(Db& db, std::string_view site, WhileLeaving while_leaving) {
  if (site.empty()) return {};
  // A store is backed up as it is, also one of an older muster, which knew no moves.
  constexpr std::int64_t kRegions = 18;
  Statement step = TRY(db.query("SELECT 1 FROM schema_migrations WHERE number = $1", kRegions));
  if (!TRY(step.step())) return {};
  Statement row = TRY(db.query("SELECT place FROM sites WHERE site = $1", site));
  if (!TRY(row.step()) || row.text(0) == kHere || row.text(0) == kPinned) return {};
  if (row.text(0) == kLeaving && while_leaving == WhileLeaving::kAllowed) return {};
  return base::Error{base::ErrorKind::kConflict, "site_moving",
                     fmt::format("The site {} is being moved to another region. Nothing of it "
                                 "changes until that is done: try again in a moment.",
                                 base::printable(site))};
}

}  // namespace

Status append_audit(Db& db, const AuditEntry& entry, WhileLeaving while_leaving) {
  const Db::Hold hold(db, of_chain(entry.site));
  TRY(
      db.run("INSERT INTO audit_heads (site, number, hash) VALUES ($1, 0, $2) "
             "ON CONFLICT DO NOTHING",
             entry.site, Blob{""}));
  // Locks the head: entries of one chain come one after the other.
  TRY(db.run("UPDATE audit_heads SET number = number + 1 WHERE site = $1", entry.site));
  TRY(require_in_force(db, entry.site, while_leaving));
  AuditEntry next = entry;
  std::string before;
  {
    Statement row =
        TRY(db.query("SELECT number, hash FROM audit_heads WHERE site = $1", entry.site));
    TRY(row.step());
    next.number = row.integer(0);
    before = row.text(1);
  }
  // A store is backed up as it is, also one of an older muster.
  const bool with_opening = TRY(has_openings(db));
  const std::string opening = with_opening ? new_opening() : std::string();
  const std::string hash = audit_hash(before, next, opening).value();
  TRY(db.run("UPDATE audit_heads SET hash = $1 WHERE site = $2", Blob{hash}, entry.site));
  Statement row = TRY(db.query(
      fmt::format("INSERT INTO audit ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10{})",
                  audit_columns(with_opening), with_opening ? ", $11" : ""),
      next.site, next.number, micros(next.at), next.who, next.origin, next.act, next.target,
      next.before, next.after, Blob{hash}));
  if (with_opening) row.bind(Blob{opening});
  TRY(row.step());
  return {};
}

Result<std::unique_ptr<Audit>> open_audit(std::string_view url) {
  return std::unique_ptr<Audit>(std::make_unique<SqlAudit>(TRY(open_db(url))));
}

}  // namespace muster::store
