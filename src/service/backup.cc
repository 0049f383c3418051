#include "service/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/failpoint.h"
#include "base/text.h"
#include "service/backup_files.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// "20261127T021500123Z"
std::string name_of(base::WallTime at) {
  std::string name = base::format_utc(at);
  std::erase_if(name, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return name;
}

bool is_name(std::string_view name) {
  return name.size() >= 16 && name[8] == 'T' && name.ends_with('Z') &&
         std::ranges::all_of(name.substr(0, 8), [](char c) { return c >= '0' && c <= '9'; });
}

Status make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (!problem) return {};
  return Error{ErrorKind::kSettings, "backup",
               fmt::format("The folder {} cannot be made: {}.",
                           base::printable(folder.string(), 500), problem.message())};
}

Result<std::vector<store::SiteName>> owners_of(store::SiteSnapshot& snapshot,
                                               const std::string& site) {
  std::vector<store::SiteName> owners = TRY(snapshot.sites());
  if (site.empty()) {
    owners.insert(owners.begin(), {"", "installation"});
    return owners;
  }
  std::erase_if(owners, [&](const store::SiteName& owner) { return owner.site != site; });
  if (!owners.empty()) return owners;
  return Error{ErrorKind::kMissing, "no_such_site",
               fmt::format("There is no site {} in this store.", base::printable(site))};
}

}  // namespace

std::uint64_t Backup::bytes() const {
  return std::accumulate(
      files.begin(), files.end(), std::uint64_t{0},
      [](std::uint64_t sum, const BackupFile& file) { return sum + file.bytes; });
}

Result<Backup> create_backup(const CreateSettings& settings, const crypto::KeyEncryptionKey& key) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::absolute(settings.folder, ignored);
  TRY(make_folder(folder));
  Backup backup{.name = name_of(settings.entry.at), .path = {}, .files = {}};
  FreshFolder fresh = TRY(FreshFolder::make(folder / ("." + backup.name + ".XXXXXX")));
  {
    const auto snapshot = TRY(store::SiteSnapshot::open(settings.database));
    for (const store::SiteName& owner : TRY(owners_of(*snapshot, settings.site))) {
      NewFile file = TRY(NewFile::create(fresh.path() / file_of(owner.site)));
      const ByteSink sink = [&](std::string_view bytes) { return file.write(bytes); };
      TRY(MUSTER_FAILPOINT("backup.writing"));
      TRY(write_bundle(*snapshot,
                       {.site = owner.site,
                        .kind = owner.kind,
                        .created = settings.entry.at,
                        .muster = settings.muster},
                       key, sink));
      TRY(file.end());
    }
  }
  TRY(fresh.move_to(folder / backup.name));
  backup.path = (folder / backup.name).string();
  backup.files = TRY(files_at(backup.path));
  store::AuditEntry entry = settings.entry;
  entry.site = settings.site;
  entry.act = "backup.created";
  entry.target = backup.name;
  const auto audit = TRY(store::open_audit(settings.database));
  TRY(audit->append(entry));
  return backup;
}

Result<std::vector<Backup>> list_backups(const std::string& folder) {
  std::vector<Backup> backups;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (!is_name(name)) continue;
    Result<std::vector<BackupFile>> files = files_at(entry->path().string());
    if (files.ok()) backups.push_back({name, entry->path().string(), std::move(files).value()});
  }
  if (problem) {
    return Error{ErrorKind::kSettings, "backup",
                 fmt::format("The folder {} cannot be read: {}.", base::printable(folder, 500),
                             problem.message())};
  }
  std::ranges::sort(backups, {}, &Backup::name);
  return backups;
}

}  // namespace muster::service
