#include "service/checks.h"

#include <algorithm>

namespace muster::service {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(10);

}  // namespace

base::Result<Diagnosis> Checks::check(run::Importer importer, Credentials credentials) {
  {
    base::Monitor::Lock lock(monitor_);
    if (under_way_ >= kChecksAtOnce) {
      return base::Error{base::ErrorKind::kLimit, "busy",
                         "Other connections are being checked. Try again in a minute."};
    }
    ++under_way_;
  }
  importer.retry.max_wait = std::min(importer.retry.max_wait, kPatience);
  std::stop_source too_long;
  std::stop_source over;
  const auto clock = tools_.scheduler.start("limit check", [&] {
    if (base::sleep_for(tools_.scheduler, kLongestCheck, over.get_token())) too_long.request_stop();
  });
  Diagnosis diagnosis =
      diagnose(std::move(importer), std::move(credentials), tools_, too_long.get_token());
  over.request_stop();
  clock->join();
  base::Monitor::Lock lock(monitor_);
  --under_way_;
  return diagnosis;
}

}  // namespace muster::service
