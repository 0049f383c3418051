// How somebody gets a token from Jamf Pro: as an API client or as a user.
// https://developer.jamf.com/jamf-pro/docs/client-credentials
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "sandbox/jamf/endpoints.h"
#include "sandbox/login/tokens.h"
#include "sandbox/service.h"

namespace muster::sandbox::jamf {

// An API client, or a user when `is_user`.
struct Account {
  std::string id;  // of the client, or the user's name
  std::string secret;
  bool is_user = false;
  std::string role = "api-role:1";
  std::vector<std::string> privileges{};
  base::Duration lifetime{std::chrono::seconds(60)};
  bool password_expired = false;
};

class SignIn {
 public:
  SignIn(base::Scheduler& scheduler, std::uint64_t seed, Version server,
         std::vector<Account> accounts);

  // Nullopt: no path of sign-in.
  std::optional<net::ServerResponse> handle(const Call& call);
  // Who may do what with the token of this call; null: it is missing, unknown or expired.
  std::shared_ptr<const login::Grant> grant_of(const Call& call) const;
  void reset() { tokens_.revoke_all(); }

 private:
  net::ServerResponse client_token(const Call& call);
  net::ServerResponse user_token(const Call& call);
  net::ServerResponse user_answer(const std::string& name, const std::vector<std::string>& rights,
                                  base::Duration lifetime);

  base::Scheduler& scheduler_;
  Version server_;
  std::vector<Account> accounts_;
  login::Tokens tokens_;
};

}  // namespace muster::sandbox::jamf
