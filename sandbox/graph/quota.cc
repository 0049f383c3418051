#include "sandbox/graph/quota.h"

#include <algorithm>

namespace muster::sandbox::graph {
namespace {

constexpr double kWindowSeconds = 10;
constexpr std::size_t kSignInReadsPerMinute = 10;
constexpr std::size_t kIntuneDeviceReads = 2000;
constexpr std::size_t kIntuneReads = 1000;
constexpr auto kIntuneWindow = std::chrono::seconds(20);
// How deep refused calls can push an account below empty: a tenth of a window's wait more.
constexpr double kDebt = 0.1;

double seconds(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

base::Duration from_seconds(double value) {
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(value));
}

std::uint32_t capacity_for(std::uint32_t users) {
  return users < 50 ? 3500 : users <= 500 ? 5000 : 8000;
}

}  // namespace

Quota::Quota(base::Scheduler& scheduler, std::uint32_t users, bool enforced)
    : scheduler_(scheduler),
      capacity_(capacity_for(users)),
      enforced_(enforced),
      monitor_(scheduler) {}

void Quota::reset() {
  base::Monitor::Lock lock(monitor_);
  accounts_.clear();
  last_policy_read_.reset();
}

Quota::Verdict Quota::charge(const std::string& client_id, Meter meter, std::uint32_t units) {
  if (!enforced_) return {};
  base::Monitor::Lock lock(monitor_);
  const auto [account, fresh] = accounts_.try_emplace(client_id, Account{double(capacity_)});
  if (fresh) account->second.filled = scheduler_.now();
  switch (meter) {
    case Meter::kSignInActivity: return charge_sign_in(account->second);
    case Meter::kConditionalAccess: return charge_conditional_access();
    case Meter::kIntuneDevices:
      return charge_intune(account->second, account->second.intune_devices, kIntuneDeviceReads);
    case Meter::kIntune:
      return charge_intune(account->second, account->second.intune, kIntuneReads);
    case Meter::kIdentity: break;
  }
  return charge_identity(account->second, units);
}

Quota::Verdict Quota::charge_identity(Account& account, std::uint32_t units) {
  const base::Instant now = scheduler_.now();
  const double rate = capacity_ / kWindowSeconds;
  account.level = std::min<double>(capacity_, account.level + seconds(now - account.filled) * rate);
  account.filled = now;
  Verdict verdict;
  if (account.level < units) {
    account.level = std::max(account.level - 1, -kDebt * capacity_);
    verdict.refused = true;
    verdict.retry_after = from_seconds((units - account.level) / rate);
  } else {
    account.level -= units;
  }
  verdict.pressure = 1 - account.level / capacity_;
  return verdict;
}

Quota::Verdict Quota::charge_sign_in(Account& account) {
  const base::Instant now = scheduler_.now();
  auto& reads = account.sign_ins;
  while (!reads.empty() && now - reads.front() >= std::chrono::minutes(1)) reads.pop_front();
  if (reads.size() < kSignInReadsPerMinute) {
    reads.push_back(now);
    return {};
  }
  return {.refused = true,
          .pressure = 0,
          .retry_after = std::chrono::minutes(1) - (now - reads.front())};
}

Quota::Verdict Quota::charge_intune(Account& account, std::deque<base::Instant>& reads,
                                    std::size_t most) {
  const base::Instant now = scheduler_.now();
  while (!reads.empty() && now - reads.front() >= kIntuneWindow) reads.pop_front();
  if (reads.size() < most) {
    reads.push_back(now);
    return {};
  }
  // It does not always say how long to wait.
  Verdict verdict{.refused = true};
  if (account.intune_refusals++ % 2 == 0)
    verdict.retry_after = kIntuneWindow - (now - reads.front());
  return verdict;
}

Quota::Verdict Quota::charge_conditional_access() {
  const base::Instant now = scheduler_.now();
  const bool refused = last_policy_read_ && now - *last_policy_read_ < std::chrono::seconds(1);
  last_policy_read_ = now;
  return {.refused = refused};
}

}  // namespace muster::sandbox::graph
