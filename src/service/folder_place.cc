// Backups in a folder, and what all places have in common.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <numeric>
#include <system_error>

#include "base/failpoint.h"
#include "base/text.h"
#include "service/backup_files.h"
#include "service/s3_place.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kMkdtemp = ".XXXXXX";
constexpr std::size_t kTimeText = 19;  // "20261127T021500123Z"

Error unusable(const std::filesystem::path& path, std::string_view what, int code) {
  return {ErrorKind::kSettings, "backup",
          fmt::format("{} cannot be {}: {}.", base::printable(path.string(), 500), what,
                      std::generic_category().message(code))};
}

Status make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  return problem ? Status(unusable(folder, "made", problem.value())) : Status();
}

bool is_real_folder(const std::filesystem::path& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// What is gone already is gone.
Status remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return unusable(path, "removed", errno);
}

class FreshInFolder final : public FreshBackup {
 public:
  FreshInFolder(FreshFolder fresh, std::filesystem::path place)
      : fresh_(std::move(fresh)), place_(std::move(place)) {}

  Status begin_file(const std::string& file) override {
    file_.emplace(TRY(NewFile::create(fresh_.path() / file)));
    written_ = 0;
    return {};
  }
  Status write(std::string_view bytes) override {
    written_ += bytes.size();
    return file_->write(bytes);
  }
  Result<std::uint64_t> end_file() override {
    TRY(file_->end());
    file_.reset();
    return written_;
  }
  Status finish(const BackupLabel& label) override {
    TRY(begin_file(std::string(kLabelFile)));
    TRY(write(to_json(label)));
    TRY(end_file());
    return fresh_.move_to(place_);
  }

 private:
  FreshFolder fresh_;
  const std::filesystem::path place_;
  std::optional<NewFile> file_;
  std::uint64_t written_ = 0;
};

class FolderPlace final : public BackupPlace {
 public:
  explicit FolderPlace(const std::string& folder)
      : given_(folder), folder_(std::filesystem::absolute(folder)) {}

  std::string text() const override { return given_; }
  Result<std::vector<Backup>> list() override;
  Result<std::unique_ptr<FreshBackup>> begin(const std::string& name) override {
    TRY(make_folder(folder_));
    FreshFolder fresh = TRY(FreshFolder::make(folder_ / ("." + name + std::string(kMkdtemp))));
    return std::unique_ptr<FreshBackup>(
        std::make_unique<FreshInFolder>(std::move(fresh), folder_ / name));
  }
  Status remove(const Backup& backup) override;
  Status take_out(const Backup& backup, const BackupFile& file) override;
  Result<std::uint64_t> sweep(base::WallTime before) override;

 private:
  // The bundles and the label in it; and it itself, when that was all.
  static Status clear(const std::filesystem::path& folder);

  const std::string given_;
  const std::filesystem::path folder_;
};

Result<std::vector<Backup>> FolderPlace::list() {
  std::vector<Backup> backups;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder_, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (!is_backup_name(name)) continue;
    Result<std::vector<BackupFile>> files = files_at(entry->path().string());
    if (!files.ok()) continue;
    const Result<std::string> text =
        read_small_file((entry->path() / kLabelFile).string(), kMostLabel);
    Result<BackupLabel> label = text.ok() ? parse_label(*text) : Result<BackupLabel>(text.error());
    backups.push_back({.name = name,
                       .path = (std::filesystem::path(given_) / name).string(),
                       .files = std::move(files).value(),
                       .label = label.ok() ? std::optional(*std::move(label)) : std::nullopt});
  }
  if (problem) return unusable(given_, "read", problem.value());
  std::ranges::sort(backups, {}, &Backup::name);
  return backups;
}

// A folder that is a link leads to what somebody else keeps.
Status FolderPlace::clear(const std::filesystem::path& folder) {
  if (!is_real_folder(folder)) return {};
  TRY(remove_file(folder / kLabelFile));
  TRY(MUSTER_FAILPOINT("backup.removing"));
  std::vector<std::filesystem::path> bundles;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    if (site_of_file(entry->path().filename().string())) bundles.push_back(entry->path());
  }
  if (problem) return unusable(folder, "read", problem.value());
  for (const std::filesystem::path& bundle : bundles) TRY(remove_file(bundle));
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST) {
    return {};
  }
  return unusable(folder, "removed", errno);
}

// Under a name that is none of a backup's first, so that a kill leaves no half one among them.
Status FolderPlace::remove(const Backup& backup) {
  const std::filesystem::path folder = folder_ / backup.name;
  if (!is_real_folder(folder)) return {};
  const std::filesystem::path hidden = folder_ / ("." + backup.name + ".remove");
  if (::rename(folder.c_str(), hidden.c_str()) != 0) return unusable(folder, "removed", errno);
  TRY(flush_folder(folder_));
  TRY(clear(hidden));
  // Something else lies in it: that stays, under its name.
  if (is_real_folder(hidden)) (void)::rename(hidden.c_str(), folder.c_str());
  return {};
}

Status FolderPlace::take_out(const Backup& backup, const BackupFile& file) {
  const std::filesystem::path folder = folder_ / backup.name;
  if (!is_real_folder(folder)) return {};
  const BackupLabel label = without(backup.label.value(), file_of(file.site));
  const std::filesystem::path written = folder / ("." + std::string(kLabelFile));
  TRY(remove_file(written));
  NewFile text = TRY(NewFile::create(written));
  TRY(text.write(to_json(label)));
  TRY(text.end());
  if (::rename(written.c_str(), (folder / kLabelFile).c_str()) != 0) {
    return unusable(folder / kLabelFile, "written", errno);
  }
  TRY(remove_file(folder / file_of(file.site)));
  return flush_folder(folder);
}

Result<std::uint64_t> FolderPlace::sweep(base::WallTime before) {
  const std::string latest = backup_name(before, BackupKind::kManual);
  std::vector<std::filesystem::path> left;
  std::error_code problem;
  if (!std::filesystem::exists(folder_, problem)) return std::uint64_t{0};
  for (std::filesystem::directory_iterator entry(folder_, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.')) continue;
    // ".NAME.XXXXXX" of one that was being made, ".NAME.remove" of one that was being removed
    const std::string_view inner = std::string_view(name).substr(1, name.find('.', 1) - 1);
    if (kind_in_name(inner) != BackupKind::kManual && inner < latest) left.push_back(entry->path());
  }
  if (problem) return unusable(folder_, "read", problem.value());
  for (const std::filesystem::path& folder : left) TRY(clear(folder));
  return std::uint64_t{left.size()};
}

}  // namespace

std::uint64_t Backup::bytes() const {
  return std::accumulate(
      files.begin(), files.end(), std::uint64_t{0},
      [](std::uint64_t sum, const BackupFile& file) { return sum + file.bytes; });
}

const LabelledFile* Backup::missed() const {
  if (!label) return nullptr;
  for (const LabelledFile& labelled : label->files) {
    const auto site = site_of_file(labelled.file);
    const auto found = site ? std::ranges::find(files, *site, &BackupFile::site) : files.end();
    if (found == files.end() || found->bytes != labelled.bytes) return &labelled;
  }
  return nullptr;
}

bool Backup::is_scheduled() const {
  return label && label->kind != BackupKind::kManual && label->kind == kind_in_name(name);
}

std::string backup_name(base::WallTime made, BackupKind kind) {
  std::string name = base::format_utc(made);
  std::erase_if(name, [](char c) { return c == '-' || c == ':' || c == '.'; });
  if (kind != BackupKind::kManual) name += fmt::format("-{}", to_string(kind));
  return name;
}

bool is_backup_name(std::string_view name) {
  const std::string_view time = name.substr(0, name.find('-'));
  const std::string_view kind = name.substr(time.size());
  if (!kind.empty() && kind_in_name(name) == BackupKind::kManual) return false;
  const auto are_digits = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  };
  return time.size() >= 16 && time.size() <= kTimeText && time[8] == 'T' && time.ends_with('Z') &&
         are_digits(time.substr(0, 8)) && are_digits(time.substr(9, time.size() - 10));
}

BackupKind kind_in_name(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos) return BackupKind::kManual;
  return backup_kind(name.substr(dash + 1)).value_or(BackupKind::kManual);
}

bool is_bucket(std::string_view place) { return place.starts_with("s3://"); }

Status check_place(std::string_view place) {
  if (is_bucket(place)) return check_bucket_place(place);
  if (place.find("://") == std::string_view::npos) return {};
  return Error{ErrorKind::kSettings, "backup",
               fmt::format("{}: backups go into a folder, or to s3://BUCKET/PREFIX.",
                           base::printable(place, 500))};
}

Result<std::unique_ptr<BackupPlace>> open_place(const std::string& place, const S3Access* s3) {
  TRY(check_place(place));
  if (is_bucket(place)) return open_bucket_place(place, s3);
  return std::unique_ptr<BackupPlace>(std::make_unique<FolderPlace>(place));
}

}  // namespace muster::service
