#include "service/support_bundle.h"

#include "base/text.h"
#include "json/writer.h"
#include "service/entitlement.h"
#include "service/site_stores.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/migrations.h"
#include "store/notices.h"
#include "store/queue.h"
#include "store/sites.h"

namespace muster::service {
namespace {

using base::Result;
using base::Status;
using json::Writer;

// Of an installation with more, --site looks at the right one.
constexpr std::size_t kMostSites = 50;
constexpr std::size_t kMostNotices = 20;

// Everything that is asked, over connections of its own.
struct Look {
  std::unique_ptr<store::Db> db;
  std::unique_ptr<store::Sites> sites;
  std::unique_ptr<store::Importers> importers;
  std::unique_ptr<store::Jobs> jobs;
  std::unique_ptr<store::Notices> notices;
  std::unique_ptr<store::Audit> audit;
  std::unique_ptr<store::Queue> queue;
  SiteStores stores;

  Look(const std::string& url, base::Scheduler& scheduler) : stores(url, scheduler) {}
};

void write_time(Writer& out, std::string_view key, std::optional<base::WallTime> at) {
  out.key(key);
  at ? out.string(base::format_utc(*at)) : out.null();
}

Status write_importers(Writer& out, Look& look, const std::string& site) {
  out.key("importers").begin_array();
  for (const store::Importer& importer : TRY(look.importers->list(site))) {
    out.begin_object().key("importer").string(importer.importer);
    out.key("version").number(importer.in_force.version);
    write_time(out, "changed", importer.in_force.changed);
    out.key("paused").boolean(importer.is_paused);
    write_time(out, "last_tick", importer.last_tick);
    out.key("definition").raw(definition_for_support(importer.in_force.definition)).end_object();
  }
  out.end_array();
  return {};
}

Status write_jobs(Writer& out, Look& look, const std::string& site) {
  out.key("jobs").begin_array();
  for (const store::JobView& job : TRY(look.jobs->pending(site, ""))) {
    out.begin_object().key("job_id").string(job.job.job_id);
    out.key("importer").string(job.job.importer).key("trigger").string(job.job.trigger);
    out.key("state").string(job.state).key("run_id").string(job.job.run_id);
    write_time(out, "due", job.job.due);
    out.end_object();
  }
  out.end_array();
  return {};
}

Status write_runs(Writer& out, Look& look, const std::string& site, std::size_t limit) {
  const auto store = TRY(look.stores.of(site));
  out.key("runs").begin_array();
  for (const store::RunRow& run : TRY(store->runs("", limit))) {
    const std::string report = report_for_support(run.report);
    if (!report.empty()) {
      out.raw(report);
      continue;
    }
    out.begin_object().key("run_id").string(run.run_id).key("importer").string(run.importer);
    out.key("state").string(run.state);
    write_time(out, "started", run.started);
    out.end_object();
  }
  out.end_array();
  return {};
}

// What became of telling somebody; the words of a mail server may name him.
Status write_notices(Writer& out, Look& look, const std::string& site) {
  out.key("notices").begin_array();
  for (const store::NoticeView& view : TRY(look.notices->list(site, kMostNotices))) {
    out.begin_object().key("kind").string(view.notice.kind);
    out.key("importer").string(view.notice.importer).key("run_id").string(view.notice.run_id);
    write_time(out, "at", view.notice.at);
    out.key("deliveries").begin_array();
    for (const store::DeliveryState& delivery : view.deliveries) {
      out.begin_object().key("channel").string(delivery.channel);
      out.key("state").string(delivery.state).key("tries").number(delivery.tries).end_object();
    }
    out.end_array().end_object();
  }
  out.end_array();
  return {};
}

Status write_site(Writer& out, Look& look, const store::Site& site, const Entitlement& standing,
                  std::size_t runs) {
  out.begin_object().key("site").string(site.site).key("kind").string(site.kind);
  out.key("production").string(site.production).key("region").string(site.region);
  out.key("entitlement").string(to_string(standing.standing));
  write_time(out, "until", standing.until);
  out.key("has_contact").boolean(!site.contact.email.empty());
  out.key("has_webhook").boolean(!site.contact.webhook.empty());
  TRY(write_importers(out, look, site.site));
  TRY(write_jobs(out, look, site.site));
  TRY(write_runs(out, look, site.site, runs));
  TRY(write_notices(out, look, site.site));
  out.end_object();
  return {};
}

Status write_sites(Writer& out, Look& look, const SupportSettings& settings) {
  const auto standing = TRY(Entitlements(*look.sites, *look.queue).all());
  std::size_t shown = 0;
  std::uint64_t left_out = 0;
  out.key("sites").begin_array();
  for (const store::Site& site : TRY(look.sites->list())) {
    if (!settings.site.empty() && site.site != settings.site) continue;
    const auto known = standing.find(site.site);
    if (known == standing.end() || shown == kMostSites) {
      ++left_out;
      continue;
    }
    TRY(write_site(out, look, site, known->second, settings.runs));
    ++shown;
  }
  out.end_array().key("sites_left_out").number(left_out);
  return {};
}

Status write_audit(Writer& out, Look& look) {
  out.key("audit").begin_array();
  for (const std::string& chain : TRY(look.audit->chains())) {
    const store::AuditState state = TRY(look.audit->verify(chain));
    out.begin_object().key("site").string(chain).key("entries").number(state.entries);
    out.key("head").string(state.head).key("whole").boolean(state.mistakes.empty()).end_object();
  }
  out.end_array();
  return {};
}

Status write_state(Writer& out, Look& look) {
  out.key("name").string(look.db->name());
  out.key("engine").string(look.db->engine() == store::Db::Engine::kSqlite ? "sqlite"
                                                                           : "postgresql");
  out.key("steps").number(std::int64_t{store::embedded_migrations().back().number});
  out.key("missing_guard").string(TRY(store::missing_guard(*look.db)));
  write_time(out, "now", TRY(look.queue->now()));
  return {};
}

Status open_all(Look& look, const std::string& url, base::Scheduler& scheduler) {
  look.db = TRY(store::open_db(url));
  look.sites = TRY(store::open_sites(url));
  look.importers = TRY(store::open_importers(url));
  look.jobs = TRY(store::open_jobs(url));
  look.notices = TRY(store::open_notices(url));
  look.audit = TRY(store::open_audit(url));
  look.queue = TRY(store::open_queue(url, scheduler));
  return {};
}

}  // namespace

Result<std::string> store_for_support(const SupportSettings& settings, base::Scheduler& scheduler) {
  Look look(settings.database, scheduler);
  TRY(open_all(look, settings.database, scheduler));
  std::string text;
  Writer out(text);
  out.begin_object();
  TRY(write_state(out, look));
  TRY(write_audit(out, look));
  TRY(write_sites(out, look, settings));
  out.end_object();
  return text;
}

}  // namespace muster::service
