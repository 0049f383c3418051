// How the importers of a site stand, in one answer: what a page about all of them shows.
#include "base/text.h"
#include "service/schedule.h"
#include "web/importer_answer.h"
#include "web/job_answer.h"

namespace muster::web {
namespace {

using base::Result;
using base::Status;
using store::Importer;
using store::RunRow;

// Enough for a small picture of how it went.
constexpr std::size_t kRecent = 12;

// What its definition says; nulls when it cannot be used any more.
Status write_plan(json::Writer& out, const Request& request, const Importer& importer,
                  base::WallTime now) {
  const Result<run::Importer> plan =
      understood(request, importer.importer, importer.in_force.definition);
  out.key("usable").boolean(plan.ok());
  std::vector<service::PlannedTick> next;
  if (plan.ok()) {
    const service::Schedule made = TRY(service::Schedule::make(plan->schedule));
    if (!made.is_none() && !importer.is_paused) next = service::ticks(made, now, 1);
  }
  out.key("source");
  plan.ok() ? out.string(plan->source->name) : out.null();
  out.key("schedule");
  plan.ok() ? out.string(run::in_words(plan->schedule)) : out.null();
  out.key("next");
  next.empty() ? out.null() : out.string(base::format_utc(next.front().tick));
  return {};
}

// With or without rejects: it brought everything there was.
Result<std::optional<RunRow>> last_completed(store::Store& store, const std::string& importer) {
  std::optional<RunRow> last;
  for (const char* state : {"completed", "completed_with_rejects"}) {
    std::vector<RunRow> found = TRY(store.runs(importer, 1, {.state = state}));
    if (found.empty() || (last && found.front().started < last->started)) continue;
    last = std::move(found.front());
  }
  return last;
}

// When it began, and how many objects of which type Assets has since then.
void write_completed(json::Writer& out, const std::optional<RunRow>& run) {
  out.key("last_completed");
  run ? out.string(base::format_utc(run->started)) : out.null();
  out.key("holds").begin_array();
  if (run) {
    for (const TypeCount& type : counts_of(*run, "formatted")) {
      out.begin_object().key("object_type").string(type.object_type);
      out.key("objects").number(type.count).end_object();
    }
  }
  out.end_array();
}

Result<Answer> overview(Request& request) {
  const std::string& site = request.at("site");
  const std::shared_ptr<store::Store> store = TRY(request.tools.store_of(site));
  const base::WallTime now = TRY(request.tools.queue.now());
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("now").string(base::format_utc(now)).key("importers").begin_array();
  for (const Importer& importer : TRY(request.tools.importers.list(site))) {
    out.begin_object().key("importer").string(importer.importer);
    out.key("paused").boolean(importer.is_paused);
    TRY(write_plan(out, request, importer, now));
    out.key("jobs").number(static_cast<std::uint64_t>(
        TRY(request.tools.queue.pending(site, importer.importer)).size()));
    out.key("runs").begin_array();
    for (const RunRow& run : TRY(store->runs(importer.importer, kRecent, {}))) write_run(out, run);
    out.end_array();
    write_completed(out, TRY(last_completed(*store, importer.importer)));
    out.end_object();
  }
  out.end_array().end_object();
  return answer;
}

constexpr Field kOverview[] = {{"now", "string"}, {"importers", "array"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/sites/{site}/overview",
     .needs = Needs::kAuditor,
     .summary = "how each importer stands: its source, last runs, last complete import, next time",
     .handler = overview,
     .answers = kOverview},
};

}  // namespace

std::span<const Route> overview_routes() { return kRoutes; }

}  // namespace muster::web
