#include "service/site_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalogue/yaml.h"
#include "service/backup.h"
#include "service/regions.h"
#include "store/accounts.h"
#include "store/importers.h"
#include "store/queue.h"

namespace muster::service {
namespace {

using base::Result;
using base::Status;
using catalogue::YamlNode;

std::string scalar_at(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found != nullptr && found->is_scalar() ? found->scalar : std::string();
}

// Wherever they stand: { secret: NAME } and its like.
void find_credentials(const YamlNode& node, std::vector<std::string>& found) {
  if (node.is_mapping() && node.members.size() == 1 && node.members[0].value.is_scalar()) {
    const std::string& key = node.members[0].key;
    if (key == "secret" || key == "env" || key == "file") {
      found.push_back(fmt::format("{}:{}", key, node.members[0].value.scalar));
      return;
    }
  }
  for (const catalogue::YamlMember& member : node.members) find_credentials(member.value, found);
  for (const YamlNode& item : node.items) find_credentials(item, found);
}

ImporterReport report_of(const store::Importer& importer) {
  ImporterReport report{.importer = importer.importer,
                        .version = importer.in_force.version,
                        .changed = importer.in_force.changed,
                        .changed_by = importer.in_force.changed_by,
                        .is_paused = importer.is_paused};
  const catalogue::YamlFile file =
      catalogue::parse_yaml(importer.in_force.definition, "definition");
  // Each is kept as a file with this importer alone.
  const YamlNode* const list = file.root.find("importers");
  if (list == nullptr || list->items.empty()) return report;
  const YamlNode& definition = list->items.front();
  report.source = scalar_at(definition, "source");
  if (const YamlNode* destination = definition.find("destination")) {
    report.destination = scalar_at(*destination, "type");
  }
  report.is_scheduled = definition.find("schedule") != nullptr;
  find_credentials(definition, report.credentials);
  std::ranges::sort(report.credentials);
  const auto same = std::ranges::unique(report.credentials);
  report.credentials.erase(same.begin(), same.end());
  return report;
}

// Operators may everything, everywhere.
Result<std::vector<AccessReport>> access_to(const std::string& directory, const std::string& site) {
  const auto accounts = TRY(store::open_accounts(directory));
  std::vector<AccessReport> access;
  for (const store::Admin& admin : TRY(accounts->admins())) {
    const auto role = admin.roles.find(site);
    if (!admin.is_operator && role == admin.roles.end()) continue;
    AccessReport one{.admin = admin.admin,
                     .role = admin.is_operator ? "operator" : role->second,
                     .is_closed = admin.is_disabled};
    const std::vector<store::Session> sessions = TRY(accounts->sessions(admin.admin));
    one.sessions = sessions.size();
    for (const store::Session& session : sessions) {
      one.last_seen = std::max(one.last_seen.value_or(session.last_seen), session.last_seen);
    }
    one.tokens = TRY(accounts->tokens(admin.admin)).size();
    access.push_back(std::move(one));
  }
  return access;
}

Result<std::vector<BackupReport>> backups_of(const std::string& folder, const std::string& site) {
  std::vector<BackupReport> backups;
  for (const Backup& backup : TRY(list_backups(folder))) {
    for (const BackupFile& file : backup.files) {
      if (file.site != site) continue;
      const auto expires = backup.label ? backup.label->expires : std::nullopt;
      backups.push_back({backup.name, file.path, file.bytes, expires});
    }
  }
  return backups;
}

}  // namespace

Result<SiteReport> report_site(const SiteReportSettings& settings, base::Scheduler& scheduler) {
  const std::string& site = settings.site;
  const std::string url = TRY(database_of_site(settings.directory, site));
  const auto sites = TRY(store::open_sites(url));
  const std::optional<store::Site> row = TRY(sites->find(site));
  if (!row) {
    return base::Error{base::ErrorKind::kMissing, "no_such_site",
                       fmt::format("There is no site {} in this store.", base::printable(site))};
  }
  SiteReport report{.made = scheduler.wall_now(), .site = *row};
  const auto queue = TRY(store::open_queue(url, scheduler));
  report.entitlement = TRY(Entitlements(*sites, *queue).of(site));
  report.data = TRY(store::report_of_site(url, site));
  if (url != settings.directory) {
    report.directory = TRY(store::report_of_site(settings.directory, site));
  }
  const auto importers = TRY(store::open_importers(url));
  for (const store::Importer& importer : TRY(importers->list(site))) {
    report.importers.push_back(report_of(importer));
  }
  const auto secrets = TRY(store::open_secrets(url));
  report.secrets = TRY(secrets->list(site));
  report.access = TRY(access_to(settings.directory, site));
  if (!settings.backups.empty()) report.backups = TRY(backups_of(settings.backups, site));
  const auto audit = TRY(store::open_audit(url));
  report.audit = TRY(audit->verify(site));
  std::vector<store::AuditEntry> newest = TRY(audit->list(site, 0, 1));
  if (!newest.empty()) report.last = std::move(newest.front());
  return report;
}

}  // namespace muster::service
