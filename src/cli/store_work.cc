#include "cli/store_work.h"

#include "base/text.h"
#include "cli/store_url.h"

namespace muster::cli {

std::string second_of(base::WallTime at) { return base::format_utc(at).substr(0, 19) + "Z"; }

base::Result<std::string> ready_store(const std::string& database) {
  std::string url = store_url(database);
  TRY(store::open_store(url));
  return url;
}

int told(const base::Status& status, Console& console) {
  if (status.ok()) return kOk;
  console.error(status.error());
  // What was asked for does not fit what is there.
  if (status.error().kind == base::ErrorKind::kConflict) return kUsage;
  return exit_code(status.error());
}

}  // namespace muster::cli
