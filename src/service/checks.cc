#include "service/checks.h"

#include <algorithm>

namespace muster::service {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(10);

}  // namespace

base::Status Checks::enter() {
  const base::Monitor::Lock lock(monitor_);
  if (under_way_ >= kChecksAtOnce) {
    return base::Error{base::ErrorKind::kLimit, "busy",
                       "Other connections are being checked. Try again in a minute."};
  }
  ++under_way_;
  return {};
}

template <typename Work>
auto Checks::within_time(const Work& work) {
  std::stop_source too_long;
  std::stop_source over;
  const auto clock = tools_.scheduler.start("limit check", [&] {
    if (base::sleep_for(tools_.scheduler, kLongestCheck, over.get_token())) too_long.request_stop();
  });
  auto found = work(too_long.get_token());
  over.request_stop();
  clock->join();
  const base::Monitor::Lock lock(monitor_);
  --under_way_;
  return found;
}

base::Result<Diagnosis> Checks::check(run::Importer importer, Credentials credentials) {
  TRY(enter());
  importer.retry.max_wait = std::min(importer.retry.max_wait, kPatience);
  return within_time([&](const base::Stop& stop) {
    return diagnose(std::move(importer), std::move(credentials), tools_, stop);
  });
}

base::Result<FirstRecords> Checks::first_records(run::Importer importer, Credentials credentials,
                                                 const FirstRecordsSettings& settings) {
  TRY(enter());
  importer.retry.max_wait = std::min(importer.retry.max_wait, kPatience);
  return within_time([&](const base::Stop& stop) {
    return service::first_records(std::move(importer), std::move(credentials), settings, tools_,
                                  stop);
  });
}

}  // namespace muster::service
