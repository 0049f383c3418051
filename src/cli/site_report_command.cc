// `muster site report`: what is stored about a site, for an auditor.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "service/site_report.h"

namespace muster::cli {
namespace {

using base::Status;
using service::SiteReport;

void show_site(const SiteReport& report, Console& console) {
  const store::Site& site = report.site;
  const bool is_first = site.created == base::WallTime();
  console.out(fmt::format("{} ({}), {}{}{}, made {}\n", site.site, base::printable(site.name),
                          site.kind, site.production.empty() ? "" : " of ", site.production,
                          is_first ? "with the store" : second_of(site.created)));
  const service::Entitlement& entitlement = report.entitlement;
  console.out(fmt::format("Entitlement: {}{}{}\n", service::to_string(entitlement.standing),
                          entitlement.until ? " until " : "",
                          entitlement.until ? second_of(*entitlement.until) : ""));
  console.out(
      fmt::format("Told of changes: {}{}\n",
                  site.contact.email.empty() ? "nobody" : base::printable(site.contact.email),
                  site.contact.webhook.empty() ? "" : ", and a webhook"));
  if (entitlement.is_leaving) console.out("It is being moved to another region.\n");
  const auto goes = report.goes_on();
  console.out(goes ? fmt::format("Removed: its data is deleted on {}.\n", second_of(*goes))
                   : std::string("Kept as long as the site is there.\n"));
}

void show_database(const store::DatabaseReport& database, const std::string& region,
                   const std::optional<base::WallTime>& goes, Console& console) {
  console.out(fmt::format("\nIn {}: {}, {}\n",
                          region.empty() ? "the installation's own database"
                                         : fmt::format("the region {}", base::printable(region)),
                          database.engine, base::printable(database.place, 500)));
  Table table({{"what"},
               {"rows", Align::kRight},
               {"size", Align::kRight},
               {"since"},
               {"newest"},
               {"newest by"},
               {"until"}});
  for (const store::TableReport& one : database.tables) {
    const std::string until = goes && !one.stays ? day_of(goes) : "";
    table.add({one.words, base::with_thousands(static_cast<std::uint64_t>(one.rows)),
               base::format_bytes(static_cast<std::uint64_t>(one.bytes)), day_of(one.oldest),
               day_of(one.newest), one.last_by, until});
  }
  console.out(table.text());
}

// With a heading, or nothing.
void show(std::string_view heading, const Table& table, Console& console) {
  if (!table.empty()) console.out(fmt::format("\n{}\n{}", heading, table.text()));
}

void show_importers(const SiteReport& report, Console& console) {
  Table table({{"importer"},
               {"from"},
               {"into"},
               {"version", Align::kRight},
               {"changed"},
               {"by"},
               {"schedule"},
               {"credentials"}});
  for (const service::ImporterReport& importer : report.importers) {
    std::string credentials;
    for (const std::string& credential : importer.credentials) {
      credentials += (credentials.empty() ? "" : ", ") + credential;
    }
    table.add({importer.importer, importer.source, importer.destination,
               fmt::to_string(importer.version), second_of(importer.changed), importer.changed_by,
               !importer.is_scheduled ? "none"
               : importer.is_paused   ? "paused"
                                      : "runs",
               credentials});
  }
  show("Importers and their connections", table, console);
}

void show_people(const SiteReport& report, Console& console) {
  Table secrets({{"secret"}, {"since"}, {"by"}});
  for (const store::SecretRow& secret : report.secrets) {
    secrets.add({secret.name, second_of(secret.changed), secret.changed_by});
  }
  show("Secrets, sealed", secrets, console);
  Table access({{"person"},
                {"role"},
                {"state"},
                {"sessions", Align::kRight},
                {"last seen"},
                {"tokens", Align::kRight}});
  for (const service::AccessReport& one : report.access) {
    access.add({one.admin, one.role, one.is_closed ? "closed" : "", fmt::to_string(one.sessions),
                one.last_seen ? second_of(*one.last_seen) : "", fmt::to_string(one.tokens)});
  }
  show("Who has access", access, console);
}

void show_backups(const SiteReport& report, Console& console) {
  if (!report.backups) {
    console.out("\nBackups: name their folder (--backups DIR) to see those of this site.\n");
    return;
  }
  Table table({{"backup"}, {"expires"}, {"size", Align::kRight}, {"file"}});
  for (const service::BackupReport& backup : *report.backups) {
    const std::string expires = backup.expires ? day_of(backup.expires) : "never by itself";
    table.add({backup.name, expires, base::format_bytes(backup.bytes), backup.path});
  }
  console.out(table.empty() ? "\nThere are no backups of it in that folder.\n" : "");
  show("Backups", table, console);
}

void show_audit(const SiteReport& report, Console& console) {
  const store::AuditState& audit = report.audit;
  console.out(fmt::format(
      "\nAudit log: {}, {}; head {}\n",
      base::count_of(static_cast<std::uint64_t>(audit.entries), "entry", "entries"),
      audit.mistakes.empty() ? "whole" : audit.mistakes, audit.head.empty() ? "none" : audit.head));
  if (report.last) {
    console.out(fmt::format("Last: {} by {}, {}\n", report.last->act,
                            base::printable(report.last->who), second_of(report.last->at)));
  }
}

Status show_report(const SiteArguments& arguments, Console& console) {
  const auto scheduler = base::make_real_scheduler();
  const service::SiteReportSettings settings{.directory = TRY(ready_store(arguments.database)),
                                             .site = arguments.site,
                                             .backups = arguments.backups};
  const SiteReport report = TRY(service::report_site(settings, *scheduler));
  if (arguments.json) {
    console.out(service::to_json(report));
    return {};
  }
  show_site(report, console);
  show_database(report.data, report.region(), report.goes_on(), console);
  if (report.directory) show_database(*report.directory, "", std::nullopt, console);
  show_importers(report, console);
  show_people(report, console);
  show_backups(report, console);
  show_audit(report, console);
  return {};
}

}  // namespace

int site_report_command(const SiteArguments& arguments, Console& console) {
  return told(show_report(arguments, console), console);
}

}  // namespace muster::cli
