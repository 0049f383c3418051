#include "base/text.h"
#include "json/writer.h"
#include "service/site_report.h"

namespace muster::service {
namespace {

using json::Writer;

void write_time(Writer& out, std::string_view key, const std::optional<base::WallTime>& at) {
  out.key(key);
  at ? out.string(base::format_utc(*at)) : out.null();
}

void write_site(Writer& out, const SiteReport& report) {
  const store::Site& site = report.site;
  out.key("site").string(site.site).key("name").string(site.name).key("kind").string(site.kind);
  if (!site.production.empty()) out.key("production").string(site.production);
  out.key("created").string(base::format_utc(site.created));
  out.key("contact").string(site.contact.email);
  out.key("webhook").boolean(!site.contact.webhook.empty());
  out.key("entitlement").begin_object();
  out.key("standing").string(to_string(report.entitlement.standing));
  write_time(out, "until", report.entitlement.until);
  out.end_object();
  out.key("moving").boolean(report.entitlement.is_leaving);
  write_time(out, "deleted_on", report.goes_on());
}

void write_database(Writer& out, const store::DatabaseReport& database, const std::string& region,
                    const std::optional<base::WallTime>& goes) {
  out.begin_object().key("region").string(region);
  out.key("engine").string(database.engine).key("place").string(database.place);
  out.key("schema").number(database.schema).key("tables").begin_array();
  for (const store::TableReport& table : database.tables) {
    out.begin_object().key("table").string(table.table).key("what").string(table.words);
    out.key("rows").number(table.rows).key("bytes").number(table.bytes);
    write_time(out, "oldest", table.oldest);
    write_time(out, "newest", table.newest);
    out.key("last_by").string(table.last_by);
    write_time(out, "deleted_on", table.stays ? std::nullopt : goes);
    out.end_object();
  }
  out.end_array().end_object();
}

void write_importers(Writer& out, const std::vector<ImporterReport>& importers) {
  out.key("importers").begin_array();
  for (const ImporterReport& importer : importers) {
    out.begin_object().key("importer").string(importer.importer);
    out.key("version").number(importer.version);
    out.key("changed").string(base::format_utc(importer.changed));
    out.key("changed_by").string(importer.changed_by);
    out.key("source").string(importer.source).key("destination").string(importer.destination);
    out.key("credentials").begin_array();
    for (const std::string& credential : importer.credentials) out.string(credential);
    out.end_array().key("scheduled").boolean(importer.is_scheduled);
    out.key("paused").boolean(importer.is_paused).end_object();
  }
  out.end_array();
}

void write_secrets(Writer& out, const std::vector<store::SecretRow>& secrets) {
  out.key("secrets").begin_array();
  for (const store::SecretRow& secret : secrets) {
    out.begin_object().key("name").string(secret.name);
    out.key("changed").string(base::format_utc(secret.changed));
    out.key("changed_by").string(secret.changed_by).end_object();
  }
  out.end_array();
}

void write_access(Writer& out, const std::vector<AccessReport>& access) {
  out.key("access").begin_array();
  for (const AccessReport& one : access) {
    out.begin_object().key("admin").string(one.admin).key("role").string(one.role);
    out.key("closed").boolean(one.is_closed);
    out.key("sessions").number(static_cast<std::uint64_t>(one.sessions));
    write_time(out, "last_seen", one.last_seen);
    out.key("tokens").number(static_cast<std::uint64_t>(one.tokens)).end_object();
  }
  out.end_array();
}

void write_backups(Writer& out, const std::optional<std::vector<BackupReport>>& backups) {
  out.key("backups");
  if (!backups) {
    out.null();
    return;
  }
  out.begin_array();
  for (const BackupReport& backup : *backups) {
    out.begin_object().key("backup").string(backup.name).key("path").string(backup.path);
    out.key("bytes").number(backup.bytes);
    if (backup.expires) out.key("expires").string(base::format_utc(*backup.expires));
    out.end_object();
  }
  out.end_array();
}

void write_audit(Writer& out, const SiteReport& report) {
  out.key("audit").begin_object().key("entries").number(report.audit.entries);
  out.key("head").string(report.audit.head).key("mistakes").string(report.audit.mistakes);
  out.key("last");
  if (report.last) {
    out.begin_object().key("at").string(base::format_utc(report.last->at));
    out.key("who").string(report.last->who).key("act").string(report.last->act).end_object();
  } else {
    out.null();
  }
  out.end_object();
}

}  // namespace

std::string to_json(const SiteReport& report) {
  std::string text;
  Writer out(text);
  out.begin_object().key("made").string(base::format_utc(report.made));
  write_site(out, report);
  const std::optional<base::WallTime> goes = report.goes_on();
  out.key("databases").begin_array();
  write_database(out, report.data, report.region(), goes);
  if (report.directory) write_database(out, *report.directory, "", std::nullopt);
  out.end_array();
  write_importers(out, report.importers);
  write_secrets(out, report.secrets);
  write_access(out, report.access);
  write_backups(out, report.backups);
  write_audit(out, report);
  out.end_object();
  return text + "\n";
}

}  // namespace muster::service
