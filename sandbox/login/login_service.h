// A strict imitation of the token endpoint of Microsoft's sign-in: client credentials only.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
#pragma once

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "sandbox/login/tokens.h"
#include "sandbox/service.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::login {

// A registered application.
struct Client {
  std::string id;                  // GUID
  std::string secret;              // empty: only the certificate signs in
  std::string certificate_pem;     // empty: only the secret signs in
  std::vector<std::string> roles;  // what was consented to
  bool secret_expired = false;
  bool disabled = false;
};

struct LoginSettings {
  std::uint64_t seed = 1;
  std::vector<Client> clients;
  base::Duration token_lifetime{0};  // 0: 60 to 90 minutes by seed, like the real one
};

class LoginService : public Service {
 public:
  // All references outlive the service.
  LoginService(const world::World& world, Tokens& tokens, base::Scheduler& scheduler,
               LoginSettings settings);

  net::ServerResponse handle(const Call& call) override;
  // Forgets used assertions and every token.
  void reset() override;

 private:
  struct Failure;
  struct Form;
  net::ServerResponse refuse(const Call& call, const Failure& failure);
  std::optional<Failure> check_tenant(std::string_view tenant) const;
  std::optional<Failure> check_scope(const Call& call, const Form& form) const;
  std::optional<Failure> check_client(const Call& call, const Form& form, const Client*& client);
  std::optional<Failure> check_assertion(const Call& call, const Form& form, const Client& client);
  base::Duration lifetime();

  const world::World& world_;
  Tokens& tokens_;
  base::Scheduler& scheduler_;
  LoginSettings settings_;
  std::atomic<std::uint64_t> requests_{0};
  base::Monitor monitor_;  // guards used_assertions_
  std::set<std::string> used_assertions_;
};

}  // namespace muster::sandbox::login
