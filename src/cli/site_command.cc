// `muster site ...` and `muster licence ...`: sites, and until when their importers may run.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/secret_input.h"
#include "cli/store_url.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "crypto/key_source.h"
#include "service/entitlement.h"
#include "service/licence.h"
#include "service/site_clone.h"
#include "service/site_names.h"
#include "store/queue.h"

namespace muster::cli {
namespace {

using base::Result;
using base::Status;

// One open store, and the clock that entitlements go by.
struct Tools {
  std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  std::unique_ptr<store::Queue> queue;
  std::unique_ptr<store::Sites> sites;
};

Result<Tools> open_tools(const std::string& database) {
  const std::string url = TRY(ready_store(database));
  Tools tools;
  tools.queue = TRY(store::open_queue(url, *tools.scheduler));
  tools.sites = TRY(store::open_sites(url));
  return tools;
}

std::string standing_text(const service::Entitlement& entitlement) {
  const std::string by = entitlement.by.empty() ? "" : fmt::format(", by {}", entitlement.by);
  const std::string until =
      entitlement.until ? fmt::format(" until {}", second_of(*entitlement.until)) : "";
  return fmt::format("{}{}{}", service::to_string(entitlement.standing), until, by);
}

Status list_sites(Tools& tools, Console& console) {
  Table table({{"site"}, {"name"}, {"kind"}, {"region"}, {"entitlement"}, {"contact"}});
  const auto entitlements = TRY(service::Entitlements(*tools.sites, *tools.queue).all());
  for (const store::Site& site : TRY(tools.sites->list())) {
    const auto entitlement = entitlements.find(site.site);
    if (entitlement == entitlements.end()) continue;  // made a moment ago
    const std::string kind =
        site.production.empty() ? site.kind : fmt::format("{} of {}", site.kind, site.production);
    table.add({site.site, base::printable(site.name), kind, base::printable(site.region),
               standing_text(entitlement->second), base::printable(site.contact.email)});
  }
  console.out(table.text());
  return {};
}

Status add_site(Tools& tools, const SiteArguments& arguments, Console& console) {
  TRY(service::check_site_name(arguments.site));
  TRY(service::check_contact(arguments.contact));
  const store::AuditEntry entry = by_hand(arguments.site, "site.added", arguments.site);
  const store::Site site{
      .site = arguments.site,
      .name = arguments.name.empty() ? arguments.site : arguments.name,
      .created = entry.at,
      .kind = arguments.production.empty() ? "production" : "sandbox",
      .production = arguments.production,
      .region = arguments.region,
      .contact = {arguments.contact, {}, {}},
      .trial_from = TRY(service::Entitlements(*tools.sites, *tools.queue).now())};
  const bool is_back = TRY(tools.sites->add(site, entry));
  console.out(fmt::format("{}: {}\n", arguments.site,
                          is_back ? "is back, with what was kept of it" : "added"));
  return {};
}

Status clone_site(Tools& tools, const SiteArguments& arguments, Console& console) {
  TRY(service::check_site_name(arguments.to));
  const service::CloneSettings settings{
      .database = store_url(arguments.database),
      .from = arguments.site,
      .to = arguments.to,
      .name = arguments.name.empty() ? arguments.to : arguments.name,
      .trial_from = TRY(service::Entitlements(*tools.sites, *tools.queue).now()),
      .entry = by_hand(arguments.to, "site.cloned", arguments.to)};
  const std::uint64_t importers = TRY(service::clone_site(settings));
  console.out(
      fmt::format("{}: a sandbox with {}, paused. It has no secrets: see `muster export "
                  "--site {}`, then `muster secret set NAME --site {}`.\n",
                  arguments.to, base::count_of(importers, "importer"), arguments.to, arguments.to));
  return {};
}

Status change_site(Tools& tools, const SiteArguments& arguments, Console& console) {
  using Act = SiteArguments::Act;
  const std::string& site = arguments.site;
  store::Sites& sites = *tools.sites;
  service::Entitlements entitlements(sites, *tools.queue);
  if (arguments.act == Act::kContact) {
    TRY(service::check_contact(arguments.contact));
    store::AuditEntry entry = by_hand(site, "site.contact", site);
    entry.after = arguments.contact;
    const auto before = TRY(sites.find(site));
    store::Contact contact = before ? before->contact : store::Contact();
    entry.before = std::exchange(contact.email, arguments.contact);
    TRY(sites.set_contact(site, contact, entry));
  } else if (arguments.act == Act::kEntitle) {
    store::AuditEntry entry = by_hand(site, "site.entitled", site);
    entry.after = arguments.until;
    const auto until = TRY(service::read_until(arguments.until));
    TRY(sites.entitle(site, until, entry));
  } else if (arguments.act == Act::kLicence) {
    const base::Secret licence = TRY(read_secret(arguments.licence, "Licence", console));
    TRY(service::use_licence(sites, site, licence.reveal(), by_hand(site, "site.licensed", site)));
  } else if (arguments.act == Act::kRemove) {
    const base::WallTime kept_until =
        TRY(entitlements.now()) + std::chrono::days(arguments.keep_days);
    store::AuditEntry entry = by_hand(site, "site.removed", site);
    entry.after = base::format_utc(kept_until);
    TRY(sites.remove(site, kept_until, entry));
    console.out(fmt::format("{}: removed, kept until {}\n", site, second_of(kept_until)));
    return {};
  }
  console.out(fmt::format("{}: {}\n", site, standing_text(TRY(entitlements.of(site)))));
  return {};
}

Result<crypto::SigningKey> signing_key(const crypto::KeyEncryptionKey& key) {
  return crypto::SigningKey::from(key.bytes());
}

Status licence_work(const LicenceArguments& arguments, Console& console) {
  switch (arguments.act) {
    case LicenceArguments::Act::kGenerateKey: {
      const auto key = TRY(crypto::generate_key_file(arguments.key_file));
      console.out(TRY(signing_key(key)).public_key() + "\n");
      return {};
    }
    case LicenceArguments::Act::kIssue: {
      TRY(service::check_site_name(arguments.site));
      const auto until = TRY(service::read_until(arguments.until));
      if (!until) {
        return base::Error{base::ErrorKind::kSettings, "until", "A licence needs an end."};
      }
      const auto key = TRY(crypto::read_key_file(arguments.key_file));
      console.out(service::issue({arguments.site, *until}, TRY(signing_key(key))) + "\n");
      return {};
    }
    case LicenceArguments::Act::kTrust: {
      TRY(crypto::check_public_key(arguments.public_key));
      const Tools tools = TRY(open_tools(arguments.database));
      store::AuditEntry entry = by_hand("", "licence.trusted", arguments.public_key);
      entry.before = TRY(tools.sites->licence_key());
      entry.after = arguments.public_key;
      TRY(tools.sites->set_licence_key(arguments.public_key, entry));
      console.out("Licences signed with this key count from now on.\n");
      return {};
    }
  }
  return {};
}

}  // namespace

int site_command(const SiteArguments& arguments, Console& console) {
  return told(
      [&]() -> Status {
        Tools tools = TRY(open_tools(arguments.database));
        switch (arguments.act) {
          case SiteArguments::Act::kList: return list_sites(tools, console);
          case SiteArguments::Act::kClone: return clone_site(tools, arguments, console);
          case SiteArguments::Act::kAdd: return add_site(tools, arguments, console);
          default: return change_site(tools, arguments, console);
        }
      }(),
      console);
}

int licence_command(const LicenceArguments& arguments, Console& console) {
  return told(licence_work(arguments, console), console);
}

}  // namespace muster::cli
