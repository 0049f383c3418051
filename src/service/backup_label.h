// What a backup says of itself, in a file beside its bundles: of which kind it is, when it was
// made, until when it is kept, and which files it is of. Not sealed: whoever looks through a
// folder, and whoever removes what is past its day, needs no key. It is written last: in a bucket,
// where nothing can be renamed, what has no label is no backup.
//
// Errors: kMalformed `backup`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::service {

inline constexpr std::string_view kLabelFile = "backup.json";
// More than labels of ten thousand sites.
inline constexpr std::size_t kMostLabel = std::size_t{4} << 20;

// All but the first were made on schedule, and are removed when their day has come.
enum class BackupKind { kManual, kDaily, kWeekly, kMonthly };
std::string_view to_string(BackupKind kind);
std::optional<BackupKind> backup_kind(std::string_view text);

struct LabelledFile {
  std::string file;
  std::uint64_t bytes = 0;
};

struct BackupLabel {
  BackupKind kind = BackupKind::kManual;
  base::WallTime made{};
  std::optional<base::WallTime> tick;     // of the schedule
  std::optional<base::WallTime> expires;  // absent: never by itself
  std::string installation;               // of its databases (store/regions.h)
  std::string region;                     // "": the installation's own database
  std::string muster;                     // the version that made it
  std::string key;                        // the id of the key that it is under
  std::vector<LabelledFile> files;
};

// The label of the same backup when this file is taken out of it.
BackupLabel without(BackupLabel label, std::string_view file);
std::string to_json(const BackupLabel& label);
base::Result<BackupLabel> parse_label(std::string text);

}  // namespace muster::service
