// What options say about backups, as the service takes it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/commands.h"
#include "service/backup_keeper.h"

namespace muster::cli {

// A secret in the environment is taken out of it: before any other thread starts. kSettings, naming
// the option.
base::Result<service::S3Settings> s3_settings(const S3Arguments& arguments, Console& console);
// Absent: no place for backups is named. With a schedule or without one.
base::Result<std::optional<service::BackupPlan>> backup_plan(const BackupPlanArguments& arguments,
                                                             Console& console);
// REGION=PLACE, each region once.
base::Result<std::map<std::string, std::string, std::less<>>> region_places(
    const std::vector<std::string>& named);

// What a command needs that works with a place of backups; nothing runs where the place is a
// folder.
class PlaceTools {
 public:
  // `stored`: opens what a stored secret is in; only called when one is named.
  static base::Result<std::unique_ptr<PlaceTools>> open(
      const std::string& place, const S3Arguments& arguments, Console& console,
      const std::function<base::Result<std::unique_ptr<service::Vault>>(base::Scheduler&)>& stored);
  // Null: the place is a folder.
  const service::S3Access* s3() const { return access_ ? &*access_ : nullptr; }

 private:
  PlaceTools() = default;

  std::unique_ptr<base::Scheduler> scheduler_;
  std::unique_ptr<base::Logger> logger_;
  std::unique_ptr<base::Random> random_;
  std::unique_ptr<net::HttpClient> client_;
  std::unique_ptr<service::Vault> vault_;
  std::optional<service::S3Access> access_;
};

}  // namespace muster::cli
