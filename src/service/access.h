// Who is there, and what he may do: the first start, signing in with a password, sessions, personal
// tokens, roles.
//
//   Access access(accounts, scheduler);
//   SignedIn in = TRY(access.sign_in({"anna", password}, "10.0.0.7"));
//   Caller caller = TRY(access.by_session(in.session));
//   if (caller.may(Role::kAdmin, "acme")) ...
//
// Any thread. Errors: kDenied `not_signed_in`, `wrong_password`, `unknown_identity`, `token`,
// `set_up`; kLimit `busy`
// (too many passwords are being checked; retry_after is set); kSettings `password`, `admin_name`,
// `identity`; kUnavailable `store_unavailable`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"
#include "store/accounts.h"

namespace muster::service {

// Each may what the one before may.
enum class Role { kNone, kAuditor, kAdmin };

struct Caller {
  std::string admin;
  std::string origin;
  bool is_operator = false;
  std::map<std::string, Role, std::less<>> roles;  // by site
  bool may_write = true;                           // no: a token that only reads
  base::Secret session;                            // empty: by a personal token
  std::string session_name;

  Role role_at(std::string_view site) const;
  bool may(Role role, std::string_view site) const { return role_at(site) >= role; }
};

struct Credential {
  std::string admin;
  base::Secret password;
};

struct SignedIn {
  base::Secret session;  // for a cookie
  std::string csrf;      // to be sent along with everything that changes something
};

inline constexpr base::Duration kSessionIdle = std::chrono::minutes(30);
inline constexpr base::Duration kSessionLongest = std::chrono::hours(8);
inline constexpr base::Duration kSetUpWithin = std::chrono::hours(24);
inline constexpr base::Duration kTokenLongest = std::chrono::hours(24 * 366);
// Each takes 64 MiB.
inline constexpr unsigned kPasswordsAtOnce = 2;
inline constexpr unsigned kPasswordsWaiting = 4;

class Access {
 public:
  Access(store::Accounts& accounts, store::Audit& audit, base::Scheduler& scheduler)
      : accounts_(accounts), audit_(audit), scheduler_(scheduler), monitor_(scheduler) {}

  // A new one-time token as long as there is no admin; empty afterwards.
  base::Result<base::Secret> first_start();
  // The first admin, an operator.
  base::Result<SignedIn> set_up(std::string_view token, const Credential& first,
                                const std::string& origin);
  // As long for an account that does not exist as for a wrong password.
  base::Result<SignedIn> sign_in(const Credential& credential, const std::string& origin);
  // Whom an OpenID provider vouches for. `email`: when no account has this identity, the one with
  // this name takes it, for good ("": none does). kDenied unknown_identity.
  // Somebody whom the provider knows and muster lets in no further: into the audit log.
  base::Status note_refused(const std::string& subject, const std::string& origin);
  base::Result<SignedIn> sign_in_as(const store::OpenIdentity& identity, const std::string& email,
                                    const std::string& origin);
  // How long the answer to a wrong password is to be held back (its error's retry_after): it slows
  // down whoever guesses, and whoever knows the password not at all. The same for names that nobody
  // has.
  base::Duration hold_back(const std::string& admin);

  base::Result<Caller> by_session(const base::Secret& session, const std::string& origin);
  base::Result<Caller> by_token(std::string_view token, const std::string& origin);
  base::Status sign_out(const Caller& caller);
  // Of the caller's own account, who has to know the old one. Ends all his sessions and begins
  // another one.
  base::Result<SignedIn> change_password(const Caller& caller, const base::Secret& before,
                                         const base::Secret& after);

  struct NewToken {
    base::Secret text;  // shown once
    store::ApiToken row;
  };
  // Of the caller. `scope`: read | write. kSettings, token when it lasts longer than kTokenLongest.
  base::Result<NewToken> make_token(const Caller& caller, const std::string& name,
                                    const std::string& scope, base::Duration lasts);

  // Hashes the password, with no more than kPasswordsAtOnce at once.
  base::Result<std::string> hash_password(const base::Secret& password);

 private:
  class Turn;
  // Counts wrong ones, and notes them.
  base::Status check_password(const std::optional<store::Admin>& admin,
                              const Credential& credential, const std::string& origin);
  base::Result<std::optional<store::Admin>> link_by_email(const store::OpenIdentity& identity,
                                                          const std::string& email,
                                                          const std::string& origin);
  base::Result<SignedIn> begin_session(const std::string& admin, const std::string& origin);
  base::Result<Caller> caller_of(const std::string& admin, const std::string& origin);

  store::Accounts& accounts_;
  store::Audit& audit_;
  base::Scheduler& scheduler_;
  base::Monitor monitor_;             // guards everything below
  unsigned under_way_ = 0;            // passwords being checked
  unsigned waiting_ = 0;              // for their turn
  std::map<std::string, int> wrong_;  // passwords in a row, by name
};

// What somebody did at `site` ("": to the installation), for the audit log.
store::AuditEntry audit_entry(const Caller& caller, std::string_view site, std::string_view act,
                              std::string_view target, base::WallTime at);

// kSettings, admin_name: 1 to 64 of a-z, 0-9 and . _ - @ +, so that two names are never one.
base::Status check_admin_name(std::string_view name);
// kSettings, identity: an issuer that is no URL, or a subject that no provider may use.
base::Status check_identity(const store::OpenIdentity& identity);

}  // namespace muster::service
