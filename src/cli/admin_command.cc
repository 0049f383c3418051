// `muster site ...`, `muster admin ...` and `muster audit ...`: who may use a store, and what was
// done to it.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/secret_input.h"
#include "cli/site_name.h"
#include "cli/store_url.h"
#include "cli/tables.h"
#include "crypto/password.h"
#include "service/access.h"
#include "service/site_names.h"
#include "store/sites.h"
#include "store/store.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

std::string second_of(base::WallTime at) { return base::format_utc(at).substr(0, 19) + "Z"; }

// The URL, after the database was brought up to date.
Result<std::string> ready_store(const std::string& database) {
  std::string url = store_url(database);
  TRY(store::open_store(url));
  return url;
}

int told(const Status& status, Console& console) {
  if (status.ok()) return kOk;
  console.error(status.error());
  // What was asked for does not fit what is there.
  if (status.error().kind == ErrorKind::kConflict) return kUsage;
  return exit_code(status.error());
}

// ---- sites ------------------------------------------------------------------------------------

Status list_sites(store::Sites& sites, Console& console) {
  Table table({{"site"}, {"name"}, {"created"}});
  const auto list = TRY(sites.list());
  for (const store::Site& site : list) {
    table.add({site.site, base::printable(site.name), second_of(site.created)});
  }
  console.out(table.text());
  return {};
}

Status add_site(store::Sites& sites, const SiteArguments& arguments, Console& console) {
  TRY(service::check_site_name(arguments.site));
  const store::AuditEntry entry = by_hand(arguments.site, "site.added", arguments.site);
  TRY(sites.add({.site = arguments.site,
                 .name = arguments.name.empty() ? arguments.site : arguments.name,
                 .created = entry.at},
                entry));
  console.out(fmt::format("{}: added\n", arguments.site));
  return {};
}

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

Status add_admin(store::Accounts& accounts, const AdminArguments& arguments, Console& console) {
  TRY(service::check_admin_name(arguments.admin));
  if (TRY(accounts.admin(arguments.admin))) {
    return Error{ErrorKind::kConflict, "admin_exists",
                 fmt::format("There is an admin {} already.", arguments.admin)};
  }
  const std::string password = TRY(new_password(arguments, console));
  const store::AuditEntry entry = by_hand("", "admin.put", arguments.admin);
  TRY(accounts.put_admin({.admin = arguments.admin,
                          .password = password,
                          .is_operator = arguments.is_operator,
                          .created = entry.at},
                         entry));
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

Status list_audit(store::Audit& audit, const AuditArguments& arguments, Console& console) {
  const std::string site = arguments.installation ? "" : site_name(arguments.site);
  Table table({{"number", Align::kRight}, {"at"}, {"who"}, {"from"}, {"act"}, {"of"}});
  const auto entries = TRY(audit.list(site, 0, arguments.limit));
  for (const store::AuditEntry& entry : entries) {
    table.add({fmt::to_string(entry.number), second_of(entry.at), base::printable(entry.who),
               base::printable(entry.origin), entry.act, base::printable(entry.target)});
  }
  console.out(entries.empty() ? "Nothing was done.\n" : table.text());
  return {};
}

Status verify(store::Audit& audit, Console& console) {
  Table table({{"chain"}, {"entries", Align::kRight}, {"head"}, {"mistakes"}});
  bool is_whole = true;
  for (const std::string& site : TRY(audit.chains())) {
    const store::AuditState state = TRY(audit.verify(site));
    is_whole = is_whole && state.mistakes.empty();
    table.add({site.empty() ? "(installation)" : site, fmt::to_string(state.entries), state.head,
               state.mistakes});
  }
  console.out(table.text());
  if (is_whole) return {};
  return Error{
      ErrorKind::kBug, "audit_broken",
      "The audit log was changed by somebody who had the database. Compare with a backup."};
}

}  // namespace

int site_command(const SiteArguments& arguments, Console& console) {
  return told(
      [&]() -> Status {
        const std::string url = TRY(ready_store(arguments.database));
        const auto sites = TRY(store::open_sites(url));
        const bool lists = arguments.act == SiteArguments::Act::kList;
        return lists ? list_sites(*sites, console) : add_site(*sites, arguments, console);
      }(),
      console);
}

int admin_command(const AdminArguments& arguments, Console& console) {
  return told(
      [&]() -> Status {
        const std::string url = TRY(ready_store(arguments.database));
        const auto accounts = TRY(store::open_accounts(url));
        switch (arguments.act) {
          case AdminArguments::Act::kList: return list_admins(*accounts, console);
          case AdminArguments::Act::kAdd: return add_admin(*accounts, arguments, console);
          case AdminArguments::Act::kPassword: return set_password(*accounts, arguments, console);
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
        const std::string url = TRY(ready_store(arguments.database));
        const auto audit = TRY(store::open_audit(url));
        const bool lists = arguments.act == AuditArguments::Act::kList;
        return lists ? list_audit(*audit, arguments, console) : verify(*audit, console);
      }(),
      console);
}

}  // namespace muster::cli
