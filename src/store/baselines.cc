#include "store/baselines.h"

#include "store/baseline_parts.h"

namespace muster::store {
namespace {

using base::Result;
using base::Status;

Status write_book(Db& db, std::string_view site, const BookRow& book) {
  if (book.block.empty()) {
    return db.run(
        "DELETE FROM identity_books WHERE site = $1 AND identity = $2 AND importer = $3 AND "
        "data_set = $4 AND place = $5",
        site, book.identity, book.importer, book.data_set, book.place);
  }
  return db.run(
      "INSERT INTO identity_books (site, identity, importer, data_set, place, block) "
      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (site, identity, importer, data_set, place) "
      "DO UPDATE SET block = excluded.block",
      site, book.identity, book.importer, book.data_set, book.place, Blob{book.block});
}

// As noted; else (nothing was noted yet, or the note is damaged, and a person let a run pass all
// the same) what is there.
Result<BaselineParts> known_parts(Db& db, std::string_view site, std::string_view importer,
                                  std::string_view target) {
  {
    Statement row = TRY(
        db.query("SELECT parts FROM baselines WHERE site = $1 AND importer = $2 AND target = $3",
                 site, importer, target));
    if (TRY(row.step())) {
      if (std::optional<BaselineParts> noted = BaselineParts::read(row.text(0))) return *noted;
    }
  }
  BaselineParts parts;
  Statement rows =
      TRY(db.query("SELECT data_set, block FROM baseline_blocks "
                   "WHERE site = $1 AND importer = $2 AND target = $3",
                   site, importer, target));
  while (TRY(rows.step())) parts.set(rows.text(0), rows.text(1));
  return parts;
}

// The memory's name got lost, although a run that completed left one.
Result<std::optional<BaselineRow>> lost_baseline(Db& db, std::string_view site,
                                                 std::string_view importer,
                                                 std::string_view target) {
  Statement run =
      TRY(db.query("SELECT run_id, target FROM runs WHERE site = $1 AND importer = $2 AND "
                   "($3 = '' OR target = $3) AND target <> '' AND destination = 'jsm_assets' AND "
                   "state IN ('completed', 'completed_with_rejects') ORDER BY ordinal DESC LIMIT 1",
                   site, importer, target));
  if (!TRY(run.step())) return std::optional<BaselineRow>();
  return std::optional(
      BaselineRow{.run_id = run.text(0), .target = run.text(1), .is_whole = false});
}

// What is not as it was noted becomes a block that nobody can read.
void compare_with_note(BaselineRow& baseline, const std::string& note) {
  if (note.empty()) return;  // of an older muster
  const std::optional<BaselineParts> parts = BaselineParts::read(note);
  baseline.is_whole = parts.has_value();
  if (!parts) return;
  for (auto& [data_set, block] : baseline.data_sets) {
    if (!parts->is_as_noted(data_set, block)) block.clear();
  }
  for (const auto& [data_set, hash] : parts->hashes()) baseline.data_sets.try_emplace(data_set);
}

}  // namespace

// A data set that is switched off now and on again later is compared with what it was.
Status write_baseline(Db& db, std::string_view site, std::string_view importer,
                      const BaselineRow& baseline) {
  // What an older muster remembered without a target is of this one now.
  TRY(
      db.run("UPDATE baselines SET target = $1 WHERE site = $2 AND importer = $3 AND "
             "target = '' AND NOT EXISTS (SELECT 1 FROM baselines known WHERE "
             "known.site = $2 AND known.importer = $3 AND known.target = $1)",
             baseline.target, site, importer));
  TRY(
      db.run("INSERT INTO baselines (site, importer, target, run_id) VALUES ($1, $2, $3, $4) "
             "ON CONFLICT (site, importer, target) DO UPDATE SET run_id = excluded.run_id",
             site, importer, baseline.target, baseline.run_id));
  BaselineParts parts = TRY(known_parts(db, site, importer, baseline.target));
  for (const std::string& data_set : baseline.forgotten) {
    parts.remove(data_set);
    TRY(
        db.run("DELETE FROM baseline_blocks "
               "WHERE site = $1 AND importer = $2 AND target = $3 AND data_set = $4",
               site, importer, baseline.target, data_set));
  }
  for (const auto& [data_set, block] : baseline.data_sets) {
    parts.set(data_set, block);
    TRY(
        db.run("INSERT INTO baseline_blocks (site, importer, target, data_set, block) "
               "VALUES ($1, $2, $3, $4, $5) "
               "ON CONFLICT (site, importer, target, data_set) "
               "DO UPDATE SET block = excluded.block",
               site, importer, baseline.target, data_set, Blob{block}));
  }
  TRY(db.run("UPDATE baselines SET parts = $1 WHERE site = $2 AND importer = $3 AND target = $4",
             parts.text(), site, importer, baseline.target));
  for (const BookRow& book : baseline.books) TRY(write_book(db, site, book));
  return {};
}

Result<std::optional<BaselineRow>> read_baseline(Db& db, std::string_view site,
                                                 std::string_view importer,
                                                 std::string_view target) {
  // One statement, so that no other process replaces the blocks in between. Run ids begin with
  // their time; every target sorts behind ''.
  Statement rows = TRY(db.query(
      "WITH known AS (SELECT site, importer, target, run_id, parts FROM baselines "
      "WHERE site = $1 AND importer = $2 AND run_id <> ''), "
      "chosen AS (SELECT * FROM known WHERE $3 = '' OR target IN ($3, '') "
      "ORDER BY CASE WHEN $3 = '' THEN run_id ELSE target END DESC LIMIT 1) "
      "SELECT c.run_id, c.target, (SELECT count(*) FROM known), c.parts, k.data_set, k.block "
      "FROM chosen c "
      "LEFT JOIN baseline_blocks k ON k.site = c.site AND k.importer = c.importer "
      "AND k.target = c.target",
      site, importer, target));
  if (!TRY(rows.step())) return lost_baseline(db, site, importer, target);
  BaselineRow baseline{.run_id = rows.text(0), .target = rows.text(1)};
  baseline.targets = static_cast<std::uint64_t>(rows.integer(2));
  const std::string note = rows.text(3);
  do {
    if (!rows.is_null(4)) baseline.data_sets.emplace(rows.text(4), rows.text(5));
  } while (TRY(rows.step()));
  compare_with_note(baseline, note);
  return std::optional(std::move(baseline));
}

Result<std::vector<BookRow>> read_books(Db& db, std::string_view site, std::string_view identity,
                                        std::string_view place) {
  Statement rows = TRY(db.query(
      "SELECT identity, importer, data_set, place, block FROM identity_books WHERE site = $1 AND "
      "identity = $2 AND ($3 = '' OR place = $3) ORDER BY importer, data_set, place",
      site, identity, place));
  std::vector<BookRow> books;
  while (TRY(rows.step())) {
    books.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)});
  }
  return books;
}

}  // namespace muster::store
