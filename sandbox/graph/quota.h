// What Graph lets one application ask for: resource units, sign-in activity, conditional access,
// Intune.
//
// https://learn.microsoft.com/graph/throttling-limits
// Identity: a token bucket per application and tenant. Refused calls count too, a little.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/scheduler.h"

namespace muster::sandbox::graph {

enum class Meter : std::uint8_t {
  kIdentity,
  kSignInActivity,
  kConditionalAccess,
  kIntuneDevices,
  kIntune
};

class Quota {
 public:
  // `users` decides the size of the tenant: S below 50, M to 500, L above.
  Quota(base::Scheduler& scheduler, std::uint32_t users, bool enforced);

  struct Verdict {
    bool refused = false;
    double pressure = 0;  // share of the bucket in use; 1 = throttling starts
    std::optional<base::Duration> retry_after{};  // absent: Graph does not say
  };
  Verdict charge(const std::string& client_id, Meter meter, std::uint32_t units);

  std::uint32_t units_per_window() const { return capacity_; }
  void reset();

 private:
  struct Account {
    double level;  // units left
    base::Instant filled{};
    std::deque<base::Instant> sign_ins{};                  // of the last minute
    std::deque<base::Instant> intune_devices{}, intune{};  // of the last 20 s
    std::uint32_t intune_refusals = 0;
  };
  Verdict charge_identity(Account& account, std::uint32_t units);
  Verdict charge_sign_in(Account& account);
  Verdict charge_conditional_access();
  Verdict charge_intune(Account& account, std::deque<base::Instant>& reads, std::size_t most);

  base::Scheduler& scheduler_;
  std::uint32_t capacity_;
  bool enforced_;
  base::Monitor monitor_;  // guards accounts_ and last_policy_read_
  std::map<std::string, Account> accounts_;
  std::optional<base::Instant> last_policy_read_;
};

}  // namespace muster::sandbox::graph
