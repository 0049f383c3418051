// `muster site ...` and `muster licence ...`: sites, and until when their importers may run.
#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/secret_input.h"
#include "cli/signals.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "crypto/key_source.h"
#include "service/entitlement.h"
#include "service/licence.h"
#include "service/regions.h"
#include "service/site_clone.h"
#include "service/site_move.h"
#include "service/site_names.h"
#include "store/queue.h"

namespace muster::cli {
namespace {

using base::Result;
using base::Status;

// One open database, and the clock that entitlements go by.
struct Tools {
  std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  std::string url;
  std::unique_ptr<store::Queue> queue;
  std::unique_ptr<store::Sites> sites;
};

Result<Tools> open_tools(Result<std::string> database) {
  Tools tools;
  tools.url = TRY(std::move(database));
  const std::string& url = tools.url;
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

Status list_sites(Tools& tools, Table& table) {
  const auto entitlements = TRY(service::Entitlements(*tools.sites, *tools.queue).all());
  for (const store::Site& site : TRY(tools.sites->list())) {
    const auto entitlement = entitlements.find(site.site);
    if (entitlement == entitlements.end()) continue;  // made a moment ago
    const std::string kind =
        site.production.empty() ? site.kind : fmt::format("{} of {}", site.kind, site.production);
    table.add({site.site, base::printable(site.name), kind, base::printable(site.region),
               standing_text(entitlement->second), base::printable(site.contact.email)});
  }
  return {};
}

Status list_sites(const SiteArguments& arguments, Console& console) {
  Table table({{"site"}, {"name"}, {"kind"}, {"region"}, {"entitlement"}, {"contact"}});
  Tools own = TRY(open_tools(ready_store(arguments.database)));
  TRY(list_sites(own, table));
  const auto regions = TRY(store::open_regions(own.url));
  const auto pins = TRY(regions->pins());
  Status missing;
  for (const store::Region& region : TRY(regions->list())) {
    const Status listed = [&]() -> Status {
      Tools tools = TRY(open_tools(service::database_of(region)));
      return list_sites(tools, table);
    }();
    if (listed.ok()) continue;
    missing = listed;
    for (const store::Pin& pin : pins) {
      if (pin.region != region.region) continue;
      table.add({pin.site, base::printable(pin.name), "", pin.region, "cannot be reached", ""});
    }
  }
  console.out(table.text());
  return missing;
}

Status add_site(const SiteArguments& arguments, Console& console) {
  TRY(service::check_site_name(arguments.site));
  TRY(service::check_contact(arguments.contact));
  const store::AuditEntry entry = by_hand(arguments.site, "site.added", arguments.site);
  store::Site site{.site = arguments.site,
                   .name = arguments.name.empty() ? arguments.site : arguments.name,
                   .created = entry.at,
                   .kind = arguments.production.empty() ? "production" : "sandbox",
                   .production = arguments.production,
                   .region = arguments.region,
                   .contact = {arguments.contact, {}, {}}};
  std::string url = TRY(ready_store(arguments.database));
  const auto regions = TRY(store::open_regions(url));
  site.region = TRY(service::pin_site(*regions, site, by_hand("", "site.pinned", site.site)));
  if (!site.region.empty()) {
    url = TRY(service::database_of_region(url, site.region));
    site.place = store::kPinned;
  }
  const Tools tools = TRY(open_tools(url));
  site.trial_from = TRY(service::Entitlements(*tools.sites, *tools.queue).now());
  const bool is_back = TRY(tools.sites->add(site, entry));
  console.out(fmt::format("{}: {}\n", arguments.site,
                          is_back ? "is back, with what was kept of it" : "added"));
  return {};
}

Status clone_site(const SiteArguments& arguments, Console& console) {
  TRY(service::check_site_name(arguments.to));
  const std::string directory = TRY(ready_store(arguments.database));
  const std::string url = TRY(service::database_of_site(directory, arguments.site));
  const Tools tools = TRY(open_tools(url));
  if (url != directory) {
    // A sandbox is where its production site is.
    const auto regions = TRY(store::open_regions(directory));
    const store::Site site{.site = arguments.to,
                           .name = arguments.name.empty() ? arguments.to : arguments.name,
                           .production = arguments.site};
    TRY(service::pin_site(*regions, site, by_hand("", "site.pinned", arguments.to)));
  }
  const base::WallTime now = TRY(service::Entitlements(*tools.sites, *tools.queue).now());
  const service::CloneSettings settings{
      .database = url,
      .from = arguments.site,
      .to = arguments.to,
      .name = arguments.name.empty() ? arguments.to : arguments.name,
      .trial_from = now,
      .entry = by_hand(arguments.to, "site.cloned", arguments.to)};
  const std::uint64_t importers = TRY(service::clone_site(settings));
  console.out(
      fmt::format("{}: a sandbox with {}, paused. It has no secrets: see `muster export "
                  "--site {}`, then `muster secret set NAME --site {}`.\n",
                  arguments.to, base::count_of(importers, "importer"), arguments.to, arguments.to));
  return {};
}

std::string_view stage_text(service::MoveStage stage) {
  switch (stage) {
    case service::MoveStage::kPausing: return "waiting until its runs under way have ended";
    case service::MoveStage::kCopying: return "copying";
    case service::MoveStage::kComparing: return "comparing";
    case service::MoveStage::kErasing: return "erasing what is left where it was";
    case service::MoveStage::kTakingBack: return "erasing what was copied";
  }
  return "";
}

Status move_site(const SiteArguments& arguments, Console& console) {
  const std::string directory = TRY(ready_store(arguments.database));
  if (arguments.region.empty() && !arguments.home && !arguments.cancel) {
    return base::Error{base::ErrorKind::kSettings, "region",
                       "Say where to: --region NAME, or --home; or --cancel."};
  }
  const auto scheduler = base::make_real_scheduler();
  StopOnSignal signals(*scheduler, console, "stopping: the site stays paused ...");
  std::string_view told;
  const service::MoveTools tools{*scheduler, signals.stop(), [&](const service::MoveStep& step) {
                                   const std::string_view what = stage_text(step.stage);
                                   if (what == std::exchange(told, what)) return;
                                   console.err(fmt::format("{}: {}\n", arguments.site, what));
                                 }};
  const store::AuditEntry by = by_hand("", "", "");
  const service::MoveSettings settings{.directory = directory,
                                       .site = arguments.site,
                                       .to = arguments.region,
                                       .muster = MUSTER_VERSION,
                                       .who = by.who,
                                       .origin = by.origin};
  if (arguments.cancel) {
    TRY(service::cancel_move(settings, tools));
    console.out(fmt::format("{}: goes on where it is\n", arguments.site));
    return {};
  }
  const crypto::KeyEncryptionKey key = TRY(crypto::take_key(arguments.key_file));
  const service::Moved moved = TRY(service::move_site(settings, key, tools));
  const double seconds = std::chrono::duration<double>(moved.paused).count();
  console.out(fmt::format("{}: moved to {}, {}, paused for {:.1f} s\n", arguments.site,
                          moved.to.empty() ? "the installation's own database" : moved.to,
                          base::count_of(moved.rows, "row"), seconds));
  return {};
}

Status change_site(const SiteArguments& arguments, Console& console) {
  const Tools tools = TRY(open_tools(ready_store_of(arguments.database, arguments.site)));
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
    const std::string directory = TRY(ready_store(arguments.database));
    const auto own_sites = TRY(store::open_sites(directory));
    const std::string public_key = TRY(own_sites->licence_key());
    TRY(service::use_licence(sites, site, licence.reveal(), public_key,
                             by_hand(site, "site.licensed", site)));
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
      for (;;) {
        const auto key = TRY(crypto::generate_key_file(arguments.key_file));
        const std::string public_key = TRY(signing_key(key)).public_key();
        if (!public_key.starts_with('-')) {
          console.out(public_key + "\n");
          return {};
        }
        // `licence trust` would take it for an option.
        std::filesystem::remove(arguments.key_file);
      }
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
      const Tools tools = TRY(open_tools(ready_store(arguments.database)));
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
        switch (arguments.act) {
          case SiteArguments::Act::kList: return list_sites(arguments, console);
          case SiteArguments::Act::kClone: return clone_site(arguments, console);
          case SiteArguments::Act::kAdd: return add_site(arguments, console);
          case SiteArguments::Act::kMove: return move_site(arguments, console);
          default: return change_site(arguments, console);
        }
      }(),
      console);
}

int licence_command(const LicenceArguments& arguments, Console& console) {
  return told(licence_work(arguments, console), console);
}

}  // namespace muster::cli
