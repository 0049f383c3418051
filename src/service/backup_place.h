// Where backups lie: a folder, or what is below a prefix of a bucket. A backup has a name and below
// it a file for each bundle, and its label (backup_label.h).
//
//   const auto place = TRY(open_place("s3://backups/muster", &access));
//   const auto fresh = TRY(place->begin("20261127T021500123Z-daily"));
//   TRY(fresh->begin_file("installation.bundle")); TRY(fresh->write(bytes));
//   TRY(fresh->end_file()); TRY(fresh->finish(label));
//
// One thread at a time. Errors: kSettings `backup` (a place that cannot be used); those of
// s3_bucket.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "service/backup_label.h"
#include "service/s3_bucket.h"

namespace muster::service {

struct BackupFile {
  std::string path;
  std::string site;  // "": the installation
  std::uint64_t bytes = 0;
};

struct Backup {
  std::string name;  // "20261127T021500123Z", "20261127T021500123Z-daily": when it was made
  std::string path;
  std::vector<BackupFile> files;     // the installation first
  std::optional<BackupLabel> label;  // absent: made before there were labels, or unreadable
  std::uint64_t bytes() const;
  // Every file that the label names is there and as long as it says.
  bool is_whole() const { return label && !label->files.empty() && missed() == nullptr; }
  // The first one of which that is not so; null: none.
  const LabelledFile* missed() const;
  // By its name and by its label: only what is both is ever removed.
  bool is_scheduled() const;
};

// "20261127T021500123Z", "20261127T021500123Z-daily"
std::string backup_name(base::WallTime made, BackupKind kind);
bool is_backup_name(std::string_view name);
// Of the kind that the name says; kManual: of none.
BackupKind kind_in_name(std::string_view name);

// One that is being made. Nothing of it stays, as far as that is possible, unless it was finished.
class FreshBackup {
 public:
  virtual ~FreshBackup() = default;
  virtual base::Status begin_file(const std::string& file) = 0;
  virtual base::Status write(std::string_view bytes) = 0;
  virtual base::Result<std::uint64_t> end_file() = 0;  // its size
  virtual base::Status finish(const BackupLabel& label) = 0;
};

class BackupPlace {
 public:
  virtual ~BackupPlace() = default;
  virtual std::string text() const = 0;                  // as people write it
  virtual base::Result<std::vector<Backup>> list() = 0;  // by time; nothing is opened
  virtual base::Result<std::unique_ptr<FreshBackup>> begin(const std::string& name) = 0;
  // Its bundles and its label, and nothing else that lies there. The label first: half a backup is
  // none.
  virtual base::Status remove(const Backup& backup) = 0;
  // Takes one bundle out of a backup, which from then on says that it never had it.
  virtual base::Status take_out(const Backup& backup, const BackupFile& file) = 0;
  // What killed processes left of backups on schedule, made before `before`. How many.
  virtual base::Result<std::uint64_t> sweep(base::WallTime before) = 0;
};

// Whether it is "s3://...".
bool is_bucket(std::string_view place);
// kSettings `backup` for what is no place.
base::Status check_place(std::string_view place);
// `s3`: outlives the place; null: a folder only.
base::Result<std::unique_ptr<BackupPlace>> open_place(const std::string& place, const S3Access* s3);

}  // namespace muster::service
