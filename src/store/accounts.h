// Who may use the service: admins with their roles, sessions, personal tokens, and the token of the
// first start. Of tokens only hashes are here (crypto/token.h), of passwords only what
// crypto/password.h makes of them.
//
// Whatever changes something takes the audit entry that tells it, and writes both or neither.
// Any thread. Errors: kMissing `no_such_admin`, `no_such_site`, `no_such_session`, `no_such_token`;
// kConflict `last_operator`, `identity_taken`; kUnavailable `store_unavailable`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

// Who somebody is at an OpenID provider.
struct OpenIdentity {
  std::string issuer;
  std::string subject;
  bool operator==(const OpenIdentity&) const = default;
};

struct Admin {
  std::string admin;                    // the name to sign in with, lower case
  std::optional<std::string> password;  // hashed; absent: none
  bool is_operator = false;
  bool is_disabled = false;
  base::WallTime created{};
  std::map<std::string, std::string> roles;   // site -> admin | auditor
  std::optional<OpenIdentity> identity = {};  // of one account only
};

struct Session {
  std::string token_hash;
  std::string session;  // its public name
  std::string admin;
  std::string origin;
  base::WallTime created{};
  base::WallTime last_seen{};
  base::WallTime ends{};
};

struct ApiToken {
  std::string token_hash;
  std::string token;  // its public name
  std::string admin;
  std::string name;
  std::string scope;  // read | write
  base::WallTime created{};
  base::WallTime ends{};
};

class Accounts {
 public:
  virtual ~Accounts() = default;

  virtual base::Result<std::vector<Admin>> admins() = 0;  // by name
  virtual base::Result<std::optional<Admin>> admin(std::string_view name) = 0;
  virtual base::Result<std::optional<Admin>> admin_of(const OpenIdentity& identity) = 0;
  // New, or changed with all its roles. One with another password or identity loses his sessions, a
  // disabled one his tokens too. `last_operator` when nobody would be left who may do everything.
  virtual base::Status put_admin(const Admin& admin, const AuditEntry& entry) = 0;
  // Gives an account its identity, for good. False: it has one, is disabled or does not exist.
  virtual base::Result<bool> link_admin(std::string_view name, const OpenIdentity& identity,
                                        const AuditEntry& entry) = 0;
  virtual base::Status remove_admin(std::string_view name, const AuditEntry& entry) = 0;

  virtual base::Status add_session(const Session& session, const AuditEntry& entry) = 0;
  virtual base::Result<std::optional<Session>> session(std::string_view token_hash) = 0;
  virtual base::Status touch_session(std::string_view token_hash, base::WallTime seen) = 0;
  virtual base::Result<std::vector<Session>> sessions(std::string_view admin) = 0;  // newest first
  virtual base::Status end_session(std::string_view admin, std::string_view session,
                                   const AuditEntry& entry) = 0;
  // Those whose time is over; so many.
  virtual base::Result<std::int64_t> forget_ended(base::WallTime now, base::Duration idle) = 0;

  virtual base::Status add_token(const ApiToken& token, const AuditEntry& entry) = 0;
  virtual base::Result<std::optional<ApiToken>> token(std::string_view token_hash) = 0;
  virtual base::Result<std::vector<ApiToken>> tokens(std::string_view admin) = 0;  // newest first
  virtual base::Status remove_token(std::string_view admin, std::string_view token,
                                    const AuditEntry& entry) = 0;

  // The one way in while there is no admin; replaces the one before.
  virtual base::Status put_set_up_token(std::string_view token_hash, base::WallTime ends) = 0;
  // The first admin, once. False: there is no such token, its time is over, or somebody was
  // quicker.
  virtual base::Result<bool> use_set_up_token(std::string_view token_hash, base::WallTime now,
                                              const Admin& first, const AuditEntry& entry) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Accounts>> open_accounts(std::string_view url);

}  // namespace muster::store
