#include "cli/store_work.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.h"
#include "cli/store_url.h"
#include "service/regions.h"

namespace muster::cli {
namespace {

// The engine keeps notes beside the file also for those who only read.
// https://www.sqlite.org/wal.html#read_only_databases
bool may_write(const std::filesystem::path& file) {
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  return ::faccessat(AT_FDCWD, file.c_str(), W_OK, AT_EACCESS) == 0 &&
         ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) == 0;
}

base::Error not_writable(const std::string& file) {
  return {base::ErrorKind::kSettings, "settings",
          fmt::format("--database: this user may not write {0} and its folder, which looking into "
                      "it needs too. Run this as the user who runs muster, or copy {0} with "
                      "{0}-wal, if there is one, to a folder of yours and name the copy.",
                      base::printable(file, 500))};
}

}  // namespace

std::string day_of(const std::optional<base::WallTime>& at) {
  return at ? base::format_utc(*at).substr(0, 10) : "";
}

std::string second_of(base::WallTime at) { return base::format_utc(at).substr(0, 19) + "Z"; }

base::Result<std::string> ready_store(const std::string& database) {
  std::string url = store_url(database);
  TRY(store::open_store(url));
  TRY(store::require_region(url, ""));
  return url;
}

base::Result<std::string> ready_store_of(const std::string& database, const std::string& site) {
  const std::string directory = TRY(ready_store(database));
  return service::database_of_site(directory, site);
}

base::Result<std::string> ready_region(const std::string& database, const std::string& region) {
  if (region.empty()) return ready_store(database);
  std::string url = store_url(database);
  TRY(store::open_store(url));
  if (TRY(store::region_of_database(url)) == region) return url;
  const std::string directory = TRY(ready_store(database));
  return service::database_of_region(directory, region);
}

base::Result<std::unique_ptr<store::Store>> open_own_store(const std::string& database) {
  const std::string url = TRY(ready_store(database));
  return store::open_store(url);
}

base::Result<std::unique_ptr<store::Store>> open_to_look(const std::string& url) {
  constexpr std::string_view kScheme = "sqlite:";
  const std::string chosen = store_url(url);
  std::error_code problem;
  const bool is_file = chosen.starts_with(kScheme) && chosen.size() > kScheme.size();
  // What cannot be looked at is left to open_store(), which says why.
  const bool exists = is_file && std::filesystem::exists(chosen.substr(kScheme.size()), problem);
  if (exists && !may_write(chosen.substr(kScheme.size()))) {
    return not_writable(chosen.substr(kScheme.size()));
  }
  if (!is_file || exists || problem) {
    std::unique_ptr<store::Store> store = TRY(store::open_store(chosen));
    TRY(store::require_region(chosen, ""));
    return store;
  }
  if (url.empty()) return std::unique_ptr<store::Store>();
  return base::Error{
      base::ErrorKind::kUnavailable, "store_unavailable",
      fmt::format("There is no database {}. Check --database; the first `muster run` "
                  "with it creates it.",
                  base::printable(chosen.substr(kScheme.size()), 500))};
}

int told(const base::Status& status, Console& console) {
  if (status.ok()) return kOk;
  console.error(status.error());
  // What was asked for does not fit what is there.
  if (status.error().kind == base::ErrorKind::kConflict) return kUsage;
  return exit_code(status.error());
}

}  // namespace muster::cli
