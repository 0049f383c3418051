// Whether the importers of a site may run (I20): trial for 30 days, then active for as long as an
// operator or a licence says, then grace, then expired; or removed.
//
// A sandbox may run while its production site may, and else on its own. Expired: nothing runs,
// nothing is deleted, everything can be exported and changed. What is under way goes on to its end.
//
//   Entitlements entitlements(sites, queue);
//   TRY(entitlements.require("acme"));
//
// Time is what Sites::latest() makes of the clock: one that is set back prolongs nothing, and one
// that is wrong for a moment ends nothing for good.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/queue.h"
#include "store/sites.h"

namespace muster::service {

inline constexpr std::chrono::days kTrialTime{30};
// The design names both without a number.
inline constexpr std::chrono::days kGraceTime{14};  // (inferred)
inline constexpr std::chrono::days kKeptTime{
    90};  // (inferred) a removed site, unless told otherwise

enum class Standing { kTrial, kActive, kGrace, kExpired, kRemoved };
std::string_view to_string(Standing standing);

struct Entitlement {
  Standing standing = Standing::kTrial;
  // When it becomes the next one by itself, and of a removed site: when its data is deleted.
  // Absent: never.
  std::optional<base::WallTime> until;
  std::string by{};         // of a sandbox: the production site that it is entitled by; "": itself
  bool is_leaving = false;  // it is being moved to another region: nothing is planned or begun

  bool may_run() const { return standing < Standing::kExpired; }
};

// "ever", "trial" (nothing beyond it), a date (until it is over, UTC) or a time. kSettings, until.
base::Result<std::optional<base::WallTime>> read_until(std::string_view text);

// `production`: of a sandbox, when it is there.
Entitlement entitlement_of(const store::Site& site, const store::Site* production,
                           base::WallTime now);

// Any thread.
class Entitlements {
 public:
  Entitlements(store::Sites& sites, store::Queue& queue) : sites_(sites), queue_(queue) {}

  base::Result<Entitlement> of(std::string_view site);
  // All of them, by site.
  base::Result<std::map<std::string, Entitlement, std::less<>>> all();
  // kConflict `entitlement`, which says what to do. kMissing `no_such_site`.
  base::Status require(std::string_view site);
  base::Result<base::WallTime> now();

 private:
  store::Sites& sites_;
  store::Queue& queue_;  // for the clock that schedules go by
};

}  // namespace muster::service
