#include "web/job_answer.h"

#include "base/id.h"
#include "base/text.h"
#include "json/value.h"

namespace muster::web {

using base::Result;

Result<store::RunRow> found_run(const Request& request) {
  const std::shared_ptr<store::Store> store = TRY(request.tools.store_of(request.at("site")));
  Result<std::optional<store::RunRow>> run = store->run(request.at("run"));
  // Not by the beginning of its name, which may fit several: an address stays the same.
  if (!run.ok() && run.error().kind != base::ErrorKind::kSettings) return run.error();
  if (run.ok() && *run && (*run)->run_id == request.at("run")) return std::move(**run);
  return base::Error{base::ErrorKind::kMissing, "no_such_run", "The site has no run of this name."};
}

std::vector<TypeCount> counts_of(const store::RunRow& run, std::string_view what) {
  std::vector<TypeCount> counts;
  if (run.report.empty()) return counts;
  const Result<json::Document> report = json::Document::parse(run.report);
  const json::Value* sets = report.ok() ? report->root().find("data_sets") : nullptr;
  if (sets == nullptr) return counts;
  for (const json::Value& set : sets->items()) {
    const json::Value* count = set.find(what);
    const json::Value* type = set.find("object_type");
    if (count == nullptr || type == nullptr) continue;
    counts.push_back({std::string(type->text()), count->integer().value_or(0)});
  }
  return counts;
}

void write_run(json::Writer& out, const store::RunRow& run) {
  out.begin_object().key("run_id").string(run.run_id).key("importer").string(run.importer);
  out.key("state").string(run.state).key("reason").string(run.reason);
  out.key("message").string(run.message).key("kind").string(run.kind);
  out.key("destination").string(run.destination);
  out.key("started").string(base::format_utc(run.started)).key("ended");
  run.ended ? out.string(base::format_utc(*run.ended)) : out.null();
  std::int64_t objects = 0;
  for (const TypeCount& type : counts_of(run, "accepted")) objects += type.count;
  out.key("objects").number(objects).end_object();
}

Result<Answer> ask_for_run(const Request& request, const std::string& importer,
                           const service::JobOptions& options, std::string_view act,
                           const std::string& note) {
  const std::string& site = request.at("site");
  TRY(request.tools.entitlements.require(site));
  const base::WallTime due = TRY(request.tools.queue.now());
  const store::Job job{.site = site,
                       .job_id = base::make_time_id(request.now(), request.tools.random),
                       .importer = importer,
                       .trigger = "manual",
                       .options = service::to_json(options),
                       .due = due};
  store::AuditEntry entry = request.entry(site, act, importer);
  entry.after = note.empty() ? job.options : note;
  TRY(request.tools.jobs.ask(job, entry));
  Answer answer;
  json::Writer(answer.body).begin_object().key("job_id").string(job.job_id).end_object();
  return answer;
}

}  // namespace muster::web
