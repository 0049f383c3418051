#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "service/backup.h"
#include "service/backup_files.h"
#include "service/run_store_adapter.h"
#include "store/importers.h"
#include "store/migrations.h"
#include "store/store.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using store::Row;
using store::SiteSnapshot;
using store::SiteWriter;
using store::Table;

int newest_step() { return store::embedded_migrations().back().number; }

// A bundle that was renamed would bring one site's rows under the name of another.
Status check_owner(const BackupFile& file, const BundleManifest& manifest) {
  if (manifest.site != file.site) {
    return Error{
        ErrorKind::kMalformed, "bundle",
        fmt::format("It is called as if it were of {}, and is of {}. Give the file its name "
                    "back: {}.",
                    file.site.empty() ? "the installation" : file.site,
                    manifest.site.empty() ? "the installation" : manifest.site,
                    file_of(manifest.site))};
  }
  if (manifest.schema <= newest_step()) return {};
  return Error{
      ErrorKind::kMalformed, "bundle_newer",
      fmt::format("It was made by a newer muster ({}, step {} of the store; this one knows "
                  "{}). Use that one.",
                  base::printable(manifest.muster), manifest.schema, newest_step())};
}

// A store that nobody else knows, beside the backup: what is in it must not lie anywhere else.
struct ThrowAway {
  FreshFolder folder;
  std::string url;
  Bundle bundle;
};

Status build(const std::string& url, int step) {
  const auto steps = store::embedded_migrations();
  const auto end = std::ranges::find_if(
      steps, [&](const store::Migration& migration) { return migration.number > step; });
  const std::unique_ptr<store::Db> db = TRY(store::open_db(url));
  return store::migrate(*db, steps.first(static_cast<std::size_t>(end - steps.begin())));
}

// As many as were told, where they lie now.
Status check_counts(const std::string& url, const Bundle& bundle) {
  const auto snapshot = TRY(SiteSnapshot::open(url));
  for (std::size_t part = 0; part < bundle.rows.size(); ++part) {
    const Table& table = bundle.manifest.tables[part];
    std::uint64_t rows = 0;
    Table counted = table;
    const auto known = snapshot->tables(bundle.manifest.site);
    const auto here = std::ranges::find(known, table.name, &Table::name);
    if (here != known.end()) counted.has_sites = here->has_sites;
    const auto count = [&](const Row&) -> Status { return ++rows, Status(); };
    TRY(snapshot->read(bundle.manifest.site, counted, count));
    if (rows == bundle.rows[part]) continue;
    return Error{
        ErrorKind::kMalformed, "bundle",
        fmt::format("Of {} rows of {} {} came back.", bundle.rows[part], table.name, rows)};
  }
  return {};
}

// kSettings: what is in a bucket has no folder beside it.
Result<std::filesystem::path> work_place(const BackupFile& file, const ReadTools& tools) {
  if (!tools.work_folder.empty()) return std::filesystem::path(tools.work_folder);
  if (!is_bucket(file.path)) return std::filesystem::path(file.path).parent_path();
  return Error{ErrorKind::kSettings, "backup",
               "Name a folder for a throw-away store with --work-folder: where what is in the "
               "backup may lie."};
}

Result<ThrowAway> throw_away(const BackupFile& file, const crypto::KeyEncryptionKey& key,
                             const ReadTools& tools) {
  const std::filesystem::path place = TRY(work_place(file, tools));
  ThrowAway made{
      .folder = TRY(FreshFolder::make(place / ".verify.XXXXXX")), .url = {}, .bundle = {}};
  made.url = "sqlite:" + (made.folder.path() / "muster.db").string();
  std::unique_ptr<SiteWriter> writer;
  const BundleTaker taker{.begin = [&](const BundleManifest& manifest) -> Status {
                            TRY(check_owner(file, manifest));
                            TRY(build(made.url, manifest.schema));
                            writer = TRY(SiteWriter::open(made.url, {.is_throw_away = true}));
                            return writer->begin(manifest.site);
                          },
                          .table = [&](const Table& table) { return writer->begin_table(table); },
                          .row = [&](Row row) { return writer->add(std::move(row)); }};
  ByteSource source = TRY(open_bundle_file(file.path, tools.s3));
  made.bundle = TRY(read_bundle(std::move(source), key, taker));
  TRY(writer->end());
  TRY(writer->commit());
  writer.reset();
  TRY(check_counts(made.url, made.bundle));
  TRY(build(made.url, newest_step()));
  return made;
}

Result<Verified> verify_file(const BackupFile& file, const crypto::KeyEncryptionKey& key,
                             const ReadTools& tools) {
  ThrowAway made = TRY(throw_away(file, key, tools));
  const auto log = TRY(store::open_audit(made.url));
  const store::AuditState audit = TRY(log->verify(file.site));
  if (!audit.mistakes.empty()) {
    return Error{ErrorKind::kMalformed, "audit_broken",
                 fmt::format("Its audit log is not whole: {}", audit.mistakes)};
  }
  return Verified{file, std::move(made.bundle), audit.entries};
}

// Of every importer that could be run meanwhile in what is replaced.
Result<std::vector<std::unique_ptr<store::Store::Lock>>> lock_importers(const std::string& url,
                                                                        const std::string& site) {
  const auto store = TRY(store::open_store(url, site));
  const auto importers = TRY(store::open_importers(url));
  std::vector<std::string> names;
  for (const auto& importer : TRY(importers->list(site))) {
    names.push_back(importer.importer);
  }
  for (const store::RunRow& run : TRY(store->unfinished(""))) names.push_back(run.importer);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::unique_ptr<store::Store::Lock>> locks;
  for (const std::string& name : names) locks.push_back(TRY(store->lock_importer(name)));
  return locks;
}

// The store's secrets are under this key, or will be.
Status use_key(SiteWriter& writer, const crypto::KeyEncryptionKey& key) {
  const std::string kept = TRY(writer.use_key(key.id()));
  if (kept == key.id()) return {};
  return Error{ErrorKind::kSettings, "wrong_key",
               fmt::format("The secrets of this store are under the key {}, and the key given is "
                           "{}. Give the key that belongs to this store, and that of the backup "
                           "with --backup-key-file.",
                           kept, key.id())};
}

class Restoring {
 public:
  Restoring(SiteWriter& writer, const RestoreSettings& settings,
            const crypto::KeyEncryptionKey& key, const crypto::KeyEncryptionKey& store_key)
      : writer_(writer), settings_(settings), key_(key), store_key_(store_key) {}

  Result<Restored> restore(const BackupFile& file) {
    Restored restored{.site = file.site};
    site_ = file.site;
    const std::uint64_t skipped_before = writer_.skipped_roles();
    bool is_older = false;
    const BundleTaker taker{
        .begin = [&](const BundleManifest& manifest) -> Status {
          TRY(check_owner(file, manifest));
          is_older = manifest.schema < newest_step();
          return is_older ? Status() : writer_.begin(file.site);
        },
        .table = [&](const Table& table) { return is_older ? Status() : begin_table(table); },
        .row = [&](Row row) { return is_older ? Status() : add(std::move(row)); }};
    ByteSource source = TRY(open_bundle_file(file.path, settings_.tools.s3));
    const Bundle bundle = TRY(read_bundle(std::move(source), key_, taker));
    restored.rows = bundle.all_rows();
    if (is_older) TRY(restore_older(file));
    TRY(writer_.end());
    restored.abandoned = TRY(abandon(file.site));
    restored.skipped_roles = writer_.skipped_roles() - skipped_before;
    TRY(note(file.site, bundle.manifest));
    return restored;
  }

 private:
  // What it was made of is brought up to date by the steps that bring stores up to date.
  Status restore_older(const BackupFile& file) {
    const ThrowAway made = TRY(throw_away(file, key_, settings_.tools));
    const auto snapshot = TRY(SiteSnapshot::open(made.url));
    TRY(writer_.begin(file.site));
    for (const Table& table : snapshot->tables(file.site)) {
      TRY(begin_table(table));
      TRY(snapshot->read(file.site, table, [&](const Row& row) { return add(row); }));
    }
    return {};
  }

  Status begin_table(const Table& table) {
    wrapped_.reset();
    if (table.name == "data_keys") {
      const auto found = std::ranges::find(table.columns, "wrapped", &store::Column::name);
      wrapped_ = static_cast<std::size_t>(found - table.columns.begin());
    }
    return writer_.begin_table(table);
  }

  Status add(Row row) {
    if (wrapped_ && *wrapped_ < row.size()) {
      std::string& wrapped = row[*wrapped_].bytes;
      wrapped = TRY(crypto::rewrap(key_, store_key_, site_, wrapped));
    }
    return writer_.add(std::move(row));
  }

  Result<std::uint64_t> abandon(const std::string& site) {
    if (site.empty()) return std::uint64_t{0};
    const std::vector<store::RunRow> running = TRY(writer_.unfinished());
    for (const store::RunRow& run : running) {
      TRY(writer_.abandon(
          ended_row(abandoned_report(run, site, settings_.entry.at,
                                     "It was running when the backup was made that this site was "
                                     "restored from"))));
    }
    return std::uint64_t{running.size()};
  }

  Status note(const std::string& site, const BundleManifest& manifest) {
    store::AuditEntry entry = settings_.entry;
    entry.site = site;
    entry.act = "backup.restored";
    entry.target = site;
    entry.after = base::format_utc(manifest.created);
    return writer_.note(entry);
  }

  SiteWriter& writer_;
  const RestoreSettings& settings_;
  const crypto::KeyEncryptionKey& key_;
  const crypto::KeyEncryptionKey& store_key_;
  std::string site_;
  std::optional<std::size_t> wrapped_;
};

Result<std::vector<BackupFile>> chosen_files(const RestoreSettings& settings) {
  std::vector<BackupFile> files = TRY(files_at(settings.path, settings.tools.s3));
  if (settings.site.empty()) return files;
  std::erase_if(files, [&](const BackupFile& file) { return file.site != settings.site; });
  if (!files.empty()) return files;
  return Error{ErrorKind::kMissing, "no_such_site",
               fmt::format("There is no site {} in this backup.", base::printable(settings.site))};
}

}  // namespace

Result<std::vector<Verified>> verify_backup(const std::string& path,
                                            const crypto::KeyEncryptionKey& key,
                                            const ReadTools& tools) {
  std::vector<Verified> verified;
  const std::vector<BackupFile> files = TRY(files_at(path, tools.s3));
  TRY(check_whole(path, tools.s3));
  for (const BackupFile& file : files) {
    verified.push_back(TRY_AT(verify_file(file, key, tools), base::printable(file.path, 500)));
  }
  return verified;
}

Result<std::vector<Restored>> restore_backup(const RestoreSettings& settings,
                                             const crypto::KeyEncryptionKey& key,
                                             const crypto::KeyEncryptionKey& store_key) {
  const std::vector<BackupFile> files = TRY(chosen_files(settings));
  if (settings.site.empty()) TRY(check_whole(settings.path, settings.tools.s3));
  const bool is_whole = files.front().site.empty();
  std::vector<std::unique_ptr<store::Store::Lock>> locks;
  if (settings.replaces && !is_whole) {
    for (const BackupFile& file : files) {
      for (auto& lock : TRY(lock_importers(settings.database, file.site))) {
        locks.push_back(std::move(lock));
      }
    }
  }
  const auto writer = TRY(SiteWriter::open(
      settings.database, {.replaces = settings.replaces && !is_whole, .adopts = settings.adopts}));
  TRY(use_key(*writer, store_key));
  if (is_whole) TRY(writer->require_empty());
  Restoring restoring(*writer, settings, key, store_key);
  std::vector<Restored> restored;
  for (const BackupFile& file : files) {
    restored.push_back(TRY_AT(restoring.restore(file), base::printable(file.path, 500)));
  }
  TRY(writer->commit());
  return restored;
}

}  // namespace muster::service
