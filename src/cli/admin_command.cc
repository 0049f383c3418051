// `muster admin ...` and `muster audit ...`: who may use a store, and what was done to it.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/secret_input.h"
#include "cli/site_name.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "crypto/password.h"
#include "service/access.h"
#include "service/regions.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// ---- admins -----------------------------------------------------------------------------------

std::string roles_text(const store::Admin& admin) {
  std::string text = admin.is_operator ? "operator" : "";
  for (const auto& [site, role] : admin.roles) {
    text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", role, site);
  }
  return text;
}

Status list_admins(store::Accounts& accounts, Console& console) {
  Table table({{"admin"}, {"roles"}, {"state"}, {"created"}});
  const auto admins = TRY(accounts.admins());
  for (const store::Admin& admin : admins) {
    table.add({admin.admin, roles_text(admin),
               admin.is_disabled ? "closed"
               : admin.identity  ? "signs in elsewhere"
               : admin.password  ? ""
                                 : "no password",
               second_of(admin.created)});
  }
  console.out(admins.empty() ? "There are no admins: `muster serve` prints how to make the first.\n"
                             : table.text());
  return {};
}

Result<std::string> new_password(const AdminArguments& arguments, Console& console) {
  const base::Secret password =
      TRY(read_secret(arguments.password_file, "Password of " + arguments.admin, console));
  TRY(crypto::check_password(password));
  return crypto::hash_password(password);
}

Result<store::Admin> known(store::Accounts& accounts, const std::string& name) {
  std::optional<store::Admin> admin = TRY(accounts.admin(name));
  if (admin) return std::move(*admin);
  return Error{ErrorKind::kMissing, "no_such_admin",
               fmt::format("There is no admin {}.", base::printable(name))};
}

Result<std::optional<store::OpenIdentity>> identity_of(const AdminArguments& arguments) {
  if (arguments.issuer.empty()) return std::optional<store::OpenIdentity>();
  store::OpenIdentity identity{arguments.issuer, arguments.subject};
  TRY(service::check_identity(identity));
  return std::optional(std::move(identity));
}

Status add_admin(store::Accounts& accounts, const AdminArguments& arguments, Console& console) {
  TRY(service::check_admin_name(arguments.admin));
  if (TRY(accounts.admin(arguments.admin))) {
    return Error{ErrorKind::kConflict, "admin_exists",
                 fmt::format("There is an admin {} already.", arguments.admin)};
  }
  const store::AuditEntry entry = by_hand("", "admin.put", arguments.admin);
  store::Admin admin{
      .admin = arguments.admin, .is_operator = arguments.is_operator, .created = entry.at};
  admin.identity = TRY(identity_of(arguments));
  // Who signs in elsewhere needs none, and can be given one later.
  if (!admin.identity) admin.password = TRY(new_password(arguments, console));
  TRY(accounts.put_admin(admin, entry));
  console.out(fmt::format("{}: added\n", arguments.admin));
  return {};
}

Status set_password(store::Accounts& accounts, const AdminArguments& arguments, Console& console) {
  store::Admin admin = TRY(known(accounts, arguments.admin));
  admin.password = TRY(new_password(arguments, console));
  TRY(accounts.put_admin(admin, by_hand("", "admin.password", arguments.admin)));
  console.out(fmt::format("{}: the password is changed\n", arguments.admin));
  return {};
}

Status set_identity(store::Accounts& accounts, const AdminArguments& arguments, Console& console) {
  store::Admin admin = TRY(known(accounts, arguments.admin));
  admin.identity = TRY(identity_of(arguments));
  store::AuditEntry entry = by_hand("", "admin.identity", arguments.admin);
  if (admin.identity) entry.after = admin.identity->issuer + " " + admin.identity->subject;
  TRY(accounts.put_admin(admin, entry));
  console.out(fmt::format("{}: {}\n", arguments.admin,
                          admin.identity ? "signs in there" : "signs in nowhere else any more"));
  return {};
}

Status set_role(store::Accounts& accounts, const AdminArguments& arguments, Console& console) {
  store::Admin admin = TRY(known(accounts, arguments.admin));
  store::AuditEntry entry = by_hand("", "admin.put", arguments.admin);
  entry.before = roles_text(admin);
  admin.roles.erase(arguments.site);
  if (arguments.role != "none") admin.roles[arguments.site] = arguments.role;
  entry.after = roles_text(admin);
  TRY(accounts.put_admin(admin, entry));
  console.out(fmt::format("{}: {}\n", arguments.admin,
                          entry.after.empty() ? "no role any more" : entry.after));
  return {};
}

Status remove_admin(store::Accounts& accounts, const AdminArguments& arguments, Console& console) {
  TRY(accounts.remove_admin(arguments.admin, by_hand("", "admin.removed", arguments.admin)));
  console.out(fmt::format("{}: removed\n", arguments.admin));
  return {};
}

// ---- audit ------------------------------------------------------------------------------------

Status list_audit(const AuditArguments& arguments, Console& console) {
  const std::string site = arguments.installation ? "" : site_name(arguments.site);
  const std::string url = TRY(ready_store_of(arguments.database, site));
  const auto audit = TRY(store::open_audit(url));
  Table table({{"number", Align::kRight}, {"at"}, {"who"}, {"from"}, {"act"}, {"of"}});
  const auto entries = TRY(audit->list(site, 0, arguments.limit));
  for (const store::AuditEntry& entry : entries) {
    table.add({fmt::to_string(entry.number), second_of(entry.at), base::printable(entry.who),
               base::printable(entry.origin), entry.act, base::printable(entry.target)});
  }
  console.out(entries.empty() ? "Nothing was done.\n" : table.text());
  return {};
}

// True: all chains of the database are whole.
Result<bool> verify(const std::string& url, const std::string& region, Table& table) {
  const auto audit = TRY(store::open_audit(url));
  bool is_whole = true;
  for (const std::string& site : TRY(audit->chains())) {
    const store::AuditState state = TRY(audit->verify(site));
    is_whole = is_whole && state.mistakes.empty();
    const std::string own = region.empty() ? "(installation)" : fmt::format("(region {})", region);
    table.add(
        {site.empty() ? own : site, fmt::to_string(state.entries), state.head, state.mistakes});
  }
  return is_whole;
}

Status verify(const AuditArguments& arguments, Console& console) {
  Table table({{"chain"}, {"entries", Align::kRight}, {"head"}, {"mistakes"}});
  const std::string url = TRY(ready_store(arguments.database));
  const auto regions = TRY(store::open_regions(url));
  bool is_whole = TRY(verify(url, "", table));
  for (const store::Region& region : TRY(regions->list())) {
    const std::string database = TRY(service::database_of(region));
    is_whole = TRY(verify(database, region.region, table)) && is_whole;
  }
  console.out(table.text());
  if (is_whole) return {};
  return Error{
      ErrorKind::kBug, "audit_broken",
      "The audit log was changed by somebody who had the database. Compare with a backup."};
}

}  // namespace

int admin_command(const AdminArguments& arguments, Console& console) {
  return told(
      [&]() -> Status {
        const std::string url = TRY(ready_store(arguments.database));
        const auto accounts = TRY(store::open_accounts(url));
        switch (arguments.act) {
          case AdminArguments::Act::kList: return list_admins(*accounts, console);
          case AdminArguments::Act::kAdd: return add_admin(*accounts, arguments, console);
          case AdminArguments::Act::kPassword: return set_password(*accounts, arguments, console);
          case AdminArguments::Act::kIdentity: return set_identity(*accounts, arguments, console);
          case AdminArguments::Act::kRole: return set_role(*accounts, arguments, console);
          case AdminArguments::Act::kRemove: return remove_admin(*accounts, arguments, console);
        }
        return {};
      }(),
      console);
}

int audit_command(const AuditArguments& arguments, Console& console) {
  return told(
      [&]() -> Status {
        if (arguments.act == AuditArguments::Act::kList) return list_audit(arguments, console);
        return verify(arguments, console);
      }(),
      console);
}

}  // namespace muster::cli
