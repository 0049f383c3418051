// Files and folders of backups. Internal to the room.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/backup_place.h"

namespace muster::service {

inline constexpr std::string_view kInstallationFile = "installation.bundle";
std::string file_of(std::string_view site);
// nullopt: no bundle's name.
std::optional<std::string> site_of_file(std::string_view file);

// The bundles of a backup, or the one that `path` is. Only regular files with such names. `path`
// may be in a bucket.
base::Result<std::vector<BackupFile>> files_at(const std::string& path,
                                               const S3Access* s3 = nullptr);
// kMalformed `bundle`: something that the backup says it has is missing, or shorter. Of one without
// a label nothing is known.
base::Status check_whole(const std::string& path, const S3Access* s3 = nullptr);

// A new file for its owner alone. What was written is on the disk when end() returned ok.
class NewFile {
 public:
  static base::Result<NewFile> create(const std::filesystem::path& path);
  NewFile(NewFile&& other) noexcept
      : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}
  ~NewFile();
  base::Status write(std::string_view bytes);
  base::Status end();

 private:
  NewFile(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}
  std::filesystem::path path_;
  int file_;
};

// Never through a link.
base::Result<ByteSource> open_bundle_file(const std::string& path, const S3Access* s3 = nullptr);
// The same of a small one, whole.
base::Result<std::string> read_small_file(const std::string& path, std::size_t most);

base::Status flush_folder(const std::filesystem::path& folder);

// Made for its owner alone, and gone with everything in it when this goes, unless kept.
class FreshFolder {
 public:
  // `pattern` ends with XXXXXX.
  static base::Result<FreshFolder> make(const std::filesystem::path& pattern);
  FreshFolder(FreshFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~FreshFolder();
  const std::filesystem::path& path() const { return path_; }
  base::Status move_to(const std::filesystem::path& place);

 private:
  explicit FreshFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace muster::service
