// The access tokens the login service gave out. Graph asks here what a token may do.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"

namespace muster::sandbox::login {

// What an administrator consented to.
struct Grant {
  std::string client_id;
  std::vector<std::string> roles;
  base::Instant expires;

  bool allows(std::string_view role) const;
};

class Tokens {
 public:
  Tokens(base::Scheduler& scheduler, std::uint64_t seed);

  // Looks like a JWT; the payload names appid, tid, roles, iat and exp, as Graph tokens do.
  std::string issue(const std::string& client_id, std::string_view tenant_id,
                    const std::vector<std::string>& roles, std::string_view audience,
                    base::Duration lifetime);

  enum class Verdict { kValid, kUnknown, kExpired };
  struct Answer {
    Verdict verdict = Verdict::kUnknown;
    std::shared_ptr<const Grant> grant;  // when valid
  };
  Answer look_up(std::string_view token) const;

  void revoke(std::string_view token);
  void revoke_all();

 private:
  base::Scheduler& scheduler_;
  std::uint64_t seed_;
  mutable base::Monitor monitor_;  // guards issued_ and grants_
  std::uint64_t issued_ = 0;
  std::map<std::string, std::shared_ptr<const Grant>, std::less<>> grants_;
};

}  // namespace muster::sandbox::login
