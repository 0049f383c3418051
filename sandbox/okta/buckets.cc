#include "sandbox/okta/buckets.h"

namespace muster::sandbox::okta {
namespace {

constexpr auto kWindow = std::chrono::seconds(60);
constexpr auto kBusy = std::chrono::milliseconds(20);
constexpr std::size_t kAtOnce = 75;
constexpr std::uint32_t kRaised = 100'000;

struct Bucket {
  std::string_view path;
  bool below;  // counts what lies under the path
  bool itself;
  std::uint32_t limit;
};
// The last table that was published; today's numbers stand in an org's dashboard only.
constexpr Bucket kBuckets[] = {
    {"/api/v1/users", false, true, 600},
    {"/api/v1/users", true, false, 600},
    {"/api/v1/groups", false, true, 500},
    {"/api/v1/groups", true, false, 1000},
    {"/api/v1/apps", true, true, 100},
    {"/api/v1/devices", true, true, 100},
    {"", true, true, 1200},
};

const Bucket& bucket_of(std::string_view path) {
  for (const Bucket& bucket : kBuckets) {
    const bool same = path == bucket.path;
    const bool below = path.starts_with(bucket.path) && !same;
    if ((same && bucket.itself) || (below && bucket.below)) return bucket;
  }
  return kBuckets[std::size(kBuckets) - 1];
}

std::int64_t unix_seconds(base::WallTime time) {
  return std::chrono::ceil<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

Buckets::Buckets(base::Scheduler& scheduler, bool enforced)
    : scheduler_(scheduler), enforced_(enforced), monitor_(scheduler) {}

void Buckets::reset() {
  base::Monitor::Lock lock(monitor_);
  windows_.clear();
  under_way_.clear();
}

Buckets::Answer Buckets::charge(const std::string& token, std::string_view path) {
  const Bucket& bucket = bucket_of(path);
  const base::Instant now = scheduler_.now();
  const base::WallTime wall = scheduler_.wall_now();
  base::Monitor::Lock lock(monitor_);
  while (!under_way_.empty() && under_way_.front() <= now) under_way_.pop_front();
  if (enforced_ && under_way_.size() >= kAtOnce) {
    return {.refused = true, .reset = unix_seconds(wall) + 10};
  }
  Window& window = windows_[{token, &bucket - kBuckets}];
  if (window.used == 0 || now - window.begun >= kWindow) window = {now, wall, 0};
  Answer answer{.limit = enforced_ ? bucket.limit / 2 : kRaised,
                .reset = unix_seconds(window.wall + kWindow)};
  answer.refused = window.used >= answer.limit;
  if (answer.refused) return answer;
  answer.remaining = answer.limit - ++window.used;
  if (enforced_) {
    answer.busy = kBusy;
    under_way_.push_back(now + answer.busy);
  }
  return answer;
}

}  // namespace muster::sandbox::okta
