// `muster version [--features]`.
#include "base/failpoint.h"
#include "catalogue/loader.h"
#include "cli/commands.h"

namespace muster::cli {

int version_command(bool features, Console& console) {
  console.out(fmt::format("muster {}\n", MUSTER_VERSION));
  if (!features) return kOk;
  console.out(fmt::format("compiler      g++ {}\n", __VERSION__));
  console.out(
      fmt::format("sources       {}\n", fmt::join(catalogue::Library::bundled().names(), ", ")));
  console.out("destinations  jsm_assets, files\n");
  console.out("databases     sqlite\n");
  if (const auto points = base::failpoints(); !points.empty()) {
    console.out(fmt::format("failpoints    {}\n", fmt::join(points, ", ")));
  }
  return kOk;
}

}  // namespace muster::cli
