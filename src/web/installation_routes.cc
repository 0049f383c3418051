// The installation as its operators see it: version, key, sign-in elsewhere, backups, support.
#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "service/openid.h"
#include "service/support_bundle.h"
#include "web/route.h"

namespace muster::web {
namespace {

using base::Result;

constexpr std::int64_t kBundleFormat = 1;  // of a support bundle, as the command line makes it

void write_openid(json::Writer& out, const std::optional<service::OpenIdSettings>& openid) {
  out.begin_object().key("enabled").boolean(openid.has_value());
  if (openid) {
    out.key("issuer").string(openid->issuer).key("client_id").string(openid->client_id);
    out.key("has_client_secret").boolean(!openid->client_secret.empty());
    out.key("scopes").begin_array();
    for (const std::string& scope : openid->scopes) out.string(scope);
    out.end_array().key("required_group").string(openid->required_group);
    out.key("link_by_email").boolean(openid->link_by_email);
    out.key("callback").string(openid->public_url + std::string(service::kOpenIdCallback));
  }
  out.end_object();
}

Result<Answer> show(Request& request) {
  const InstallationTools& about = request.tools.installation.tools();
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("version").string(about.version).key("program").raw(about.program);
  out.key("node").string(about.node).key("database");
  out.string(about.database.starts_with("sqlite:") ? "sqlite" : "postgresql");
  out.key("public_url").string(request.tools.public_url);
  out.key("key").begin_object().key("given").boolean(about.vault != nullptr);
  if (about.vault != nullptr) out.key("id").string(about.vault->key().id());
  out.end_object().key("openid");
  write_openid(out, about.openid);
  out.key("backup_folder").string(request.tools.installation.place()).end_object();
  return answer;
}

// Nothing where there is none.
void write_time(json::Writer& out, std::string_view key, const std::optional<base::WallTime>& at) {
  if (at) out.key(key).string(base::format_utc(*at));
}

void write_backup(json::Writer& out, const service::Backup& backup) {
  out.begin_object().key("name").string(backup.name).key("bytes").number(backup.bytes());
  out.key("path").string(backup.path).key("sites").begin_array();
  for (const service::BackupFile& file : backup.files) {
    if (!file.site.empty()) out.string(file.site);
  }
  out.end_array();
  const auto& label = backup.label;
  const auto kind = label ? label->kind : service::BackupKind::kManual;
  out.key("kind").string(service::to_string(kind));
  out.key("whole").boolean(!label || backup.is_whole());
  if (label) write_time(out, "expires", label->expires);
  out.end_object();
}

void write_outlook(json::Writer& out, const std::optional<service::BackupPlan>& plan,
                   const std::optional<BackupOutlook>& outlook) {
  out.begin_object().key("enabled").boolean(outlook.has_value());
  if (outlook && plan) {
    out.key("when").string(run::in_words(plan->schedule));
    write_time(out, "next", outlook->next);
    const store::BackupState state = outlook->state.value_or(store::BackupState());
    write_time(out, "last_good", state.made);
    out.key("last_good_name").string(state.name);
    out.key("is_making").boolean(!state.node.empty());
    out.key("failures").number(state.failures).key("problem").string(state.problem);
    out.key("keep").begin_object();
    out.key("daily").number(std::uint64_t{plan->retention.daily});
    out.key("weekly").number(std::uint64_t{plan->retention.weekly});
    out.key("monthly").number(std::uint64_t{plan->retention.monthly}).end_object();
  }
  out.end_object();
}

Result<Answer> list_backups(Request& request) {
  const Installation& installation = request.tools.installation;
  const std::vector<service::Backup> backups = TRY(installation.backups());
  const std::optional<BackupOutlook> outlook = TRY(installation.outlook());
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("folder").string(request.tools.installation.place());
  out.key("backups").begin_array();
  for (auto backup = backups.rbegin(); backup != backups.rend(); ++backup) {
    write_backup(out, *backup);
  }
  out.end_array().key("schedule");
  write_outlook(out, installation.tools().backups, outlook);
  out.end_object();
  return answer;
}

Result<Answer> make_backup(Request& request) {
  const service::Backup made =
      TRY(request.tools.installation.make_backup(request.entry("", "backup.created", "")));
  Answer answer;
  json::Writer out(answer.body);
  write_backup(out, made);
  return answer;
}

Result<Answer> support_bundle(Request& request) {
  const InstallationTools& about = request.tools.installation.tools();
  const std::string store =
      TRY(service::store_for_support({.database = about.database}, request.tools.scheduler));
  TRY(request.tools.audit.append(request.entry("", "support_bundle.made", "")));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("bundle").number(kBundleFormat);
  out.key("made").string(base::format_utc(request.now())).key("program").raw(about.program);
  out.key("store").raw(store).key("logs").begin_array().end_array().end_object();
  answer.headers.push_back({"Content-Disposition", "attachment; filename=\"muster-support.json\""});
  return answer;
}

constexpr Field kAbout[] = {{"version", "string"},  {"program", "object"},      {"node", "string"},
                            {"database", "string"}, {"public_url", "string"},   {"key", "object"},
                            {"openid", "object"},   {"backup_folder", "string"}};
constexpr Field kBackups[] = {{"folder", "string"}, {"backups", "array"}, {"schedule", "object"}};
constexpr Field kBackup[] = {
    {"name", "string"}, {"bytes", "integer"}, {"path", "string"},          {"sites", "array"},
    {"kind", "string"}, {"whole", "boolean"}, {"expires", "string", false}};
constexpr Field kBundle[] = {{"bundle", "integer"},
                             {"made", "string"},
                             {"program", "object"},
                             {"store", "object"},
                             {"logs", "array"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/installation",
     .needs = Needs::kOperator,
     .summary = "version, database, key and sign-in of the installation",
     .handler = show,
     .answers = kAbout},
    {.method = "GET",
     .path = "/api/v1/backups",
     .needs = Needs::kOperator,
     .summary =
         "the backups in the place of --backup-folder, newest first, and the schedule of others",
     .handler = list_backups,
     .answers = kBackups},
    {.method = "POST",
     .path = "/api/v1/backups",
     .needs = Needs::kOperator,
     .summary = "makes a backup of all sites and the installation; answers when it is there",
     .handler = make_backup,
     .answers = kBackup,
     .status = 201},
    {.method = "GET",
     .path = "/api/v1/support-bundle",
     .needs = Needs::kOperator,
     .summary = "what whoever helps has to know; no secrets, no values, no names of people",
     .handler = support_bundle,
     .answers = kBundle},
};

}  // namespace

std::span<const Route> installation_routes() { return kRoutes; }

}  // namespace muster::web
