#include "service/backup_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "base/text.h"
#include "service/s3_place.h"
#include "service/site_names.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kPrefix = "site-";
constexpr std::string_view kSuffix = ".bundle";

Error unusable(const std::string& path, std::string_view what, int code) {
  return {ErrorKind::kSettings, "backup",
          fmt::format("{} cannot be {}: {}.", base::printable(path, 500), what,
                      std::generic_category().message(code))};
}

struct Descriptor {
  explicit Descriptor(int number) : file(number) {}
  ~Descriptor() { ::close(file); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int file;
};

}  // namespace

std::optional<std::string> site_of_file(std::string_view file) {
  if (file == kInstallationFile) return "";
  if (!file.starts_with(kPrefix) || !file.ends_with(kSuffix)) return std::nullopt;
  if (file.size() < kPrefix.size() + kSuffix.size()) return std::nullopt;
  std::string site(file.substr(kPrefix.size(), file.size() - kPrefix.size() - kSuffix.size()));
  if (!check_site_name(site).ok()) return std::nullopt;
  return site;
}

std::string file_of(std::string_view site) {
  return site.empty() ? std::string(kInstallationFile)
                      : fmt::format("{}{}{}", kPrefix, site, kSuffix);
}

Result<std::vector<BackupFile>> files_at(const std::string& path, const S3Access* s3) {
  if (is_bucket(path)) return files_in_bucket(path, s3);
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return unusable(path, "read", errno);
  std::vector<BackupFile> files;
  const auto add = [&](const std::filesystem::path& file) {
    const std::optional<std::string> site = site_of_file(file.filename().string());
    struct stat found {};
    if (!site || ::lstat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return;
    files.push_back({file.string(), *site, static_cast<std::uint64_t>(found.st_size)});
  };
  if (!S_ISDIR(about.st_mode)) {
    add(path);
  } else {
    std::error_code problem;
    for (std::filesystem::directory_iterator entry(path, problem), end; !problem && entry != end;
         entry.increment(problem)) {
      add(entry->path());
    }
    if (problem) return unusable(path, "read", problem.value());
  }
  std::ranges::sort(files, {}, &BackupFile::site);
  if (!files.empty()) return files;
  return Error{
      ErrorKind::kSettings, "backup",
      fmt::format("{} is neither a backup nor a file of one. `muster backup list DIR` shows "
                  "those in a folder.",
                  base::printable(path, 500))};
}

Result<NewFile> NewFile::create(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return unusable(path.string(), "made", errno);
  return NewFile(path, file);
}

NewFile::~NewFile() {
  if (file_ >= 0) ::close(file_);
}

Status NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return unusable(path_.string(), "written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status NewFile::end() {
  if (::fsync(file_) != 0) return unusable(path_.string(), "written", errno);
  if (::close(std::exchange(file_, -1)) != 0) return unusable(path_.string(), "written", errno);
  return {};
}

Result<ByteSource> open_bundle_file(const std::string& path, const S3Access* s3) {
  if (is_bucket(path)) return open_in_bucket(path, s3);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return unusable(path, "read", errno);
  const auto kept = std::make_shared<Descriptor>(file);  // a function has to be copyable
  struct stat about {};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    return unusable(path, "read", EINVAL);
  }
  return ByteSource([kept, path](std::size_t most) -> Result<std::string> {
    std::string bytes(most, '\0');
    for (;;) {
      const ssize_t size = ::read(kept->file, bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return unusable(path, "read", errno);
      bytes.resize(static_cast<std::size_t>(size));
      return bytes;
    }
  });
}

Result<std::string> read_small_file(const std::string& path, std::size_t most) {
  const ByteSource source = TRY(open_bundle_file(path));
  std::string text;
  for (;;) {
    const std::string more = TRY(source(std::size_t{64} << 10));
    if (more.empty()) return text;
    text += more;
    if (text.size() > most) return unusable(path, "read", EFBIG);
  }
}

Status check_whole(const std::string& path, const S3Access* s3) {
  const std::filesystem::path at(path);
  if (at.extension() == kSuffix) return {};
  const auto place =
      TRY(open_place(is_bucket(path) ? parent_in_bucket(path)
                                     : std::filesystem::absolute(at).parent_path().string(),
                     s3));
  for (const Backup& backup : TRY(place->list())) {
    if (backup.name != at.filename() || !backup.label) continue;
    const LabelledFile* const missed = backup.missed();
    if (missed == nullptr) continue;
    return Error{
        ErrorKind::kMalformed, "bundle",
        "It is missing or of another length than the backup says: the backup is not whole.",
        base::printable((at / missed->file).string(), 500)};
  }
  return {};
}

Status flush_folder(const std::filesystem::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return unusable(folder.string(), "read", errno);
  const Descriptor kept(file);
  return ::fsync(file) == 0 ? Status() : Status(unusable(folder.string(), "written", errno));
}

Result<FreshFolder> FreshFolder::make(const std::filesystem::path& pattern) {
  std::string path = pattern.string();
  if (::mkdtemp(path.data()) == nullptr) {
    return unusable(pattern.parent_path().string(), "written", errno);
  }
  return FreshFolder(path);
}

FreshFolder::~FreshFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

// A folder that is there already is never replaced, unless it is empty.
Status FreshFolder::move_to(const std::filesystem::path& place) {
  TRY(flush_folder(path_));
  if (::rename(path_.c_str(), place.c_str()) != 0) {
    return unusable(place.string(), "made", errno);
  }
  path_.clear();
  return flush_folder(place.parent_path());
}

}  // namespace muster::service
