#include "service/access.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/password.h"
#include "crypto/token.h"
#include "net/url.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;
using base::Status;

constexpr std::chrono::seconds kWaitForTurn(5);
constexpr base::Duration kLongestHoldBack = std::chrono::seconds(5);
// Mistyping a few times costs nothing.
constexpr int kFreeFailures = 3;
constexpr std::size_t kNamesRemembered = 10'000;
// OpenID Connect Core 1.0, section 2
constexpr std::size_t kLongestSubject = 255;

Error denied(std::string_view reason, std::string_view message) {
  return {ErrorKind::kDenied, std::string(reason), std::string(message)};
}

std::string bytes_of(const crypto::TokenHash& hash) {
  return std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

// The public name of a token or session: says nothing about it.
std::string name_of(const crypto::TokenHash& hash) {
  std::string name;
  for (std::size_t i = 0; i < 8; ++i) name += fmt::format("{:02x}", hash[i]);
  return name;
}

base::WallTime later(base::WallTime at, base::Duration by) {
  return at + std::chrono::duration_cast<std::chrono::microseconds>(by);
}

Role role_named(std::string_view role) {
  return role == "admin" ? Role::kAdmin : role == "auditor" ? Role::kAuditor : Role::kNone;
}

}  // namespace

Role Caller::role_at(std::string_view site) const {
  if (is_operator) return Role::kAdmin;
  const auto found = roles.find(site);
  return found == roles.end() ? Role::kNone : found->second;
}

// So many passwords are checked at once; whoever waits too long is told to come again.
class Access::Turn {
 public:
  static Result<std::unique_ptr<Turn>> take(Access& access) {
    Error busy{ErrorKind::kLimit, "busy",
               "Too many people sign in at this moment. Try again in a few seconds."};
    busy.retry_after = kWaitForTurn;
    base::Monitor::Lock lock(access.monitor_);
    // Whoever waits holds a thread that others need.
    if (access.waiting_ >= kPasswordsWaiting) return busy;
    ++access.waiting_;
    const bool came = lock.wait_until(access.scheduler_, access.scheduler_.now() + kWaitForTurn,
                                      [&] { return access.under_way_ < kPasswordsAtOnce; });
    --access.waiting_;
    if (!came) return busy;
    ++access.under_way_;
    return std::unique_ptr<Turn>(new Turn(access));
  }
  ~Turn() {
    {
      base::Monitor::Lock lock(access_.monitor_);
      --access_.under_way_;
    }
    access_.monitor_.notify_all();
  }

 private:
  explicit Turn(Access& access) : access_(access) {}
  Access& access_;
};

Result<Secret> Access::first_start() {
  if (!TRY(accounts_.admins()).empty()) return Secret();
  crypto::NewToken made = crypto::make_token(crypto::TokenKind::kSetUp);
  TRY(accounts_.put_set_up_token(bytes_of(made.hash), later(scheduler_.wall_now(), kSetUpWithin)));
  return std::move(made.text);
}

Result<std::string> Access::hash_password(const Secret& password) {
  TRY(crypto::check_password(password));
  const std::unique_ptr<Turn> turn = TRY(Turn::take(*this));
  return crypto::hash_password(password);
}

Result<SignedIn> Access::set_up(std::string_view token, const Credential& first,
                                const std::string& origin) {
  const Error refused =
      denied("set_up",
             "This set-up link was used, is too old or misspelt. Start the service again: it "
             "prints a new one as long as there is no admin.");
  const auto hash = crypto::hash_token(crypto::TokenKind::kSetUp, token);
  if (!hash.ok()) return refused;
  TRY(check_admin_name(first.admin));
  // Before a password is hashed: everybody may ask.
  if (!TRY(accounts_.admins()).empty()) return refused;
  const base::WallTime now = scheduler_.wall_now();
  std::string password = TRY(hash_password(first.password));
  const store::Admin admin{
      .admin = first.admin, .password = std::move(password), .is_operator = true, .created = now};
  const Caller self{.admin = first.admin, .origin = origin};
  const bool is_first = TRY(accounts_.use_set_up_token(
      bytes_of(*hash), now, admin, audit_entry(self, "", "admin.set_up", first.admin, now)));
  if (!is_first) return refused;
  return begin_session(first.admin, origin);
}

Status Access::check_password(const std::optional<store::Admin>& admin,
                              const Credential& credential, const std::string& origin) {
  bool is_right = false;
  {
    const std::unique_ptr<Turn> turn = TRY(Turn::take(*this));
    is_right = TRY(crypto::verify_password(
        admin && !admin->is_disabled ? admin->password : std::nullopt, credential.password));
  }
  {
    base::Monitor::Lock lock(monitor_);
    if (is_right) wrong_.erase(credential.admin);
    if (wrong_.size() >= kNamesRemembered) wrong_.clear();
    if (!is_right) ++wrong_[credential.admin];
  }
  if (is_right) return {};
  // Names that nobody has are not written down: people type their password there.
  const Caller somebody{.admin = admin ? admin->admin : "somebody", .origin = origin};
  TRY(audit_.append(
      audit_entry(somebody, "", "admin.wrong_password", somebody.admin, scheduler_.wall_now())));
  Error wrong = denied("wrong_password", "The name or the password is wrong.");
  wrong.retry_after =
      std::chrono::duration_cast<std::chrono::milliseconds>(hold_back(credential.admin));
  return wrong;
}

Result<SignedIn> Access::sign_in(const Credential& credential, const std::string& origin) {
  const std::optional<store::Admin> admin = TRY(accounts_.admin(credential.admin));
  TRY(check_password(admin, credential, origin));
  return begin_session(credential.admin, origin);
}

Result<std::optional<store::Admin>> Access::link_by_email(const store::OpenIdentity& identity,
                                                          const std::string& email,
                                                          const std::string& origin) {
  if (email.empty()) return std::optional<store::Admin>();
  std::optional<store::Admin> admin = TRY(accounts_.admin(email));
  // One that has an identity keeps it: addresses are given to somebody else in time.
  if (!admin || admin->is_disabled || admin->identity) return std::optional<store::Admin>();
  const Caller self{.admin = email, .origin = origin};
  store::AuditEntry entry = audit_entry(self, "", "admin.linked", email, scheduler_.wall_now());
  entry.after = fmt::format("{} {}", identity.issuer, identity.subject);
  if (!TRY(accounts_.link_admin(email, identity, entry))) return std::optional<store::Admin>();
  admin->identity = identity;
  return admin;
}

// The subject, so that an operator can give it to an account.
base::Status Access::note_refused(const std::string& subject, const std::string& origin) {
  return audit_.append(audit_entry({.admin = "somebody", .origin = origin}, "",
                                   "admin.unknown_identity", subject, scheduler_.wall_now()));
}

Result<SignedIn> Access::sign_in_as(const store::OpenIdentity& identity, const std::string& email,
                                    const std::string& origin) {
  std::optional<store::Admin> admin = TRY(accounts_.admin_of(identity));
  if (!admin) admin = TRY(link_by_email(identity, email, origin));
  if (admin && !admin->is_disabled) return begin_session(admin->admin, origin);
  TRY(note_refused(identity.subject, origin));
  return denied("unknown_identity",
                fmt::format("No account of muster belongs to who you are there. Ask an operator to "
                            "give an account the subject {}.",
                            base::printable(identity.subject)));
}

Result<SignedIn> Access::change_password(const Caller& caller, const Secret& before,
                                         const Secret& after) {
  std::optional<store::Admin> admin = TRY(accounts_.admin(caller.admin));
  TRY(check_password(admin, {caller.admin, before}, caller.origin));
  admin->password = TRY(hash_password(after));
  TRY(accounts_.put_admin(
      *admin, audit_entry(caller, "", "admin.password", caller.admin, scheduler_.wall_now())));
  return begin_session(caller.admin, caller.origin);
}

base::Duration Access::hold_back(const std::string& admin) {
  base::Monitor::Lock lock(monitor_);
  const auto wrong = wrong_.find(admin);
  const int counted = wrong == wrong_.end() ? 0 : std::clamp(wrong->second - kFreeFailures, 0, 8);
  if (counted == 0) return base::Duration::zero();
  return std::min<base::Duration>(std::chrono::milliseconds(125) * (1 << counted),
                                  kLongestHoldBack);
}

Result<SignedIn> Access::begin_session(const std::string& admin, const std::string& origin) {
  const base::WallTime now = scheduler_.wall_now();
  TRY(accounts_.forget_ended(now, kSessionIdle));
  crypto::NewToken made = crypto::make_token(crypto::TokenKind::kSession);
  const Caller self{.admin = admin, .origin = origin};
  TRY(accounts_.add_session({.token_hash = bytes_of(made.hash),
                             .session = name_of(made.hash),
                             .admin = admin,
                             .origin = origin,
                             .created = now,
                             .last_seen = now,
                             .ends = later(now, kSessionLongest)},
                            audit_entry(self, "", "admin.signed_in", admin, now)));
  std::string csrf = crypto::csrf_token(made.text);
  return SignedIn{std::move(made.text), std::move(csrf)};
}

Result<Caller> Access::caller_of(const std::string& admin, const std::string& origin) {
  const std::optional<store::Admin> found = TRY(accounts_.admin(admin));
  if (!found || found->is_disabled) return denied("not_signed_in", "This account was closed.");
  Caller caller{.admin = admin, .origin = origin, .is_operator = found->is_operator};
  for (const auto& [site, role] : found->roles) caller.roles[site] = role_named(role);
  return caller;
}

Result<Caller> Access::by_session(const Secret& session, const std::string& origin) {
  const Error refused = denied("not_signed_in",
                               "Sign in first; a session ends after 30 minutes "
                               "without a request and after 8 hours.");
  const auto hash = crypto::hash_token(crypto::TokenKind::kSession, session.reveal());
  if (!hash.ok()) return refused;
  const std::optional<store::Session> found = TRY(accounts_.session(bytes_of(*hash)));
  const base::WallTime now = scheduler_.wall_now();
  if (!found || found->ends <= now || later(found->last_seen, kSessionIdle) <= now) return refused;
  Caller caller = TRY(caller_of(found->admin, origin));
  caller.session = session;
  caller.session_name = found->session;
  // Written down once a minute, not with every request.
  if (now - found->last_seen > std::chrono::minutes(1)) {
    TRY(accounts_.touch_session(found->token_hash, now));
  }
  return caller;
}

Result<Caller> Access::by_token(std::string_view token, const std::string& origin) {
  const auto hash = crypto::hash_token(crypto::TokenKind::kPersonal, token);
  const Error refused = denied("token", "This token is unknown, over or was taken back.");
  if (!hash.ok()) return refused;
  const std::optional<store::ApiToken> found = TRY(accounts_.token(bytes_of(*hash)));
  if (!found || found->ends <= scheduler_.wall_now()) return refused;
  Caller caller = TRY(caller_of(found->admin, origin));
  caller.may_write = found->scope == "write";
  return caller;
}

Status Access::sign_out(const Caller& caller) {
  if (caller.session_name.empty()) return {};
  return accounts_.end_session(
      caller.admin, caller.session_name,
      audit_entry(caller, "", "admin.signed_out", caller.admin, scheduler_.wall_now()));
}

Result<Access::NewToken> Access::make_token(const Caller& caller, const std::string& name,
                                            const std::string& scope, base::Duration lasts) {
  if (lasts <= base::Duration::zero() || lasts > kTokenLongest) {
    return Error{ErrorKind::kSettings, "token", "A token lasts 1 to 366 days."};
  }
  const base::WallTime now = scheduler_.wall_now();
  crypto::NewToken made = crypto::make_token(crypto::TokenKind::kPersonal);
  store::ApiToken row{.token_hash = bytes_of(made.hash),
                      .token = name_of(made.hash),
                      .admin = caller.admin,
                      .name = name,
                      .scope = scope,
                      .created = now,
                      .ends = later(now, lasts)};
  TRY(accounts_.add_token(row, audit_entry(caller, "", "token.made", row.token, now)));
  return NewToken{std::move(made.text), std::move(row)};
}

store::AuditEntry audit_entry(const Caller& caller, std::string_view site, std::string_view act,
                              std::string_view target, base::WallTime at) {
  return {.site = std::string(site),
          .at = at,
          .who = caller.admin,
          .origin = caller.origin,
          .act = std::string(act),
          .target = std::string(target)};
}

Status check_admin_name(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
           c == '@' || c == '+';
  });
  if (fits) return {};
  return Error{ErrorKind::kSettings, "admin_name",
               "The name of an admin has 1 to 64 of a-z, 0-9 and . _ - @ +."};
}

Status check_identity(const store::OpenIdentity& identity) {
  if (net::parse_url(identity.issuer).ok() && !identity.subject.empty() &&
      identity.subject.size() <= kLongestSubject) {
    return {};
  }
  return Error{ErrorKind::kSettings, "identity",
               "An identity is the provider's issuer, a URL, and a subject of 1 to 255 bytes."};
}

}  // namespace muster::service
