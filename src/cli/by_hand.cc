#include "cli/by_hand.h"

#include "base/scheduler.h"
#include "cli/login_name.h"

namespace muster::cli {

store::AuditEntry by_hand(const std::string& site, const std::string& act,
                          const std::string& target) {
  return {.site = site,
          .at = base::make_real_scheduler()->wall_now(),
          .who = login_name(),
          .origin = "command line",
          .act = act,
          .target = target};
}

}  // namespace muster::cli
