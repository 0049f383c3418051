// Starting runs, watching how they go, and cancelling them.
#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "web/job_answer.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using store::JobView;

// Of a run that is to try whether everything is right.
constexpr std::uint64_t kTestLimit = 100;
constexpr std::int64_t kMostLimit = 100'000'000;

Result<Answer> start_run(Request& request) {
  const std::int64_t limit = TRY(number_field(request, "limit", 0));
  if (limit < 0 || limit > kMostLimit) {
    return Error{ErrorKind::kSettings, "body",
                 fmt::format("\"limit\" has to be 0 to {}.", kMostLimit)};
  }
  service::JobOptions options{.limit = static_cast<std::uint64_t>(limit)};
  if (TRY(flag_field(request, "test", false))) options.limit = kTestLimit;
  options.confirm_partial = TRY(flag_field(request, "confirm_partial", false));
  options.plan_only = TRY(flag_field(request, "plan", false));
  return ask_for_run(request, request.at("importer"), options, "run.asked", "");
}

std::string_view shown_state(const JobView& view) {
  if (view.state == "leased") return "running";
  return view.state;
}

void write_job(json::Writer& out, const JobView& view) {
  out.begin_object().key("job_id").string(view.job.job_id);
  out.key("importer").string(view.job.importer).key("trigger").string(view.job.trigger);
  out.key("due").string(base::format_utc(view.job.due));
  out.key("state").string(shown_state(view)).key("cancelled").boolean(view.is_cancelled);
  out.key("run_id").string(view.job.run_id).key("progress");
  view.progress.empty() ? out.null() : out.raw(view.progress);
  out.end_object();
}

Result<Answer> list_jobs(Request& request) {
  const auto jobs =
      TRY(request.tools.jobs.pending(request.at("site"), query_of(request, "importer")));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("jobs").begin_array();
  for (const JobView& view : jobs) write_job(out, view);
  out.end_array().end_object();
  return answer;
}

Result<JobView> found_job(const Request& request) {
  std::optional<JobView> view = TRY(request.tools.jobs.find(request.at("site"), request.at("job")));
  if (view) return std::move(*view);
  return Error{ErrorKind::kMissing, "no_such_job", "The site has no job of this name."};
}

std::string job_text(const JobView& view) {
  std::string text;
  json::Writer out(text);
  write_job(out, view);
  return text;
}

Result<Answer> show_job(Request& request) {
  return Answer{.body = job_text(TRY(found_job(request)))};
}

// One event and the end: browsers ask again after `retry`, so that nobody who only watches holds
// anything here. 204 tells them to stop.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#processing-model
Result<Answer> job_events(Request& request) {
  const JobView view = TRY(found_job(request));
  const std::string event = view.state == "over" ? "over" : "progress";
  const std::string* seen = net::find_header(request.http.headers, "Last-Event-ID");
  if (seen != nullptr && *seen == "over") return Answer{.status = 204, .body = {}};
  return Answer{.body = fmt::format("retry: 1000\nid: {}\nevent: {}\ndata: {}\n\n", event, event,
                                    job_text(view)),
                .type = "text/event-stream"};
}

Result<Answer> cancel(Request& request, const std::string& job_id) {
  const std::string& site = request.at("site");
  TRY(request.tools.jobs.cancel(site, job_id, request.entry(site, "run.cancelled", job_id)));
  Answer answer;
  json::Writer(answer.body).begin_object().key("job_id").string(job_id).end_object();
  return answer;
}

Result<Answer> cancel_job(Request& request) { return cancel(request, request.at("job")); }

Result<Answer> cancel_run(Request& request) {
  const store::RunRow run = TRY(found_run(request));
  const auto view = TRY(request.tools.jobs.of_run(request.at("site"), run.run_id));
  if (view) return cancel(request, view->job.job_id);
  return Error{ErrorKind::kConflict, "not_by_service",
               "This run was not started by the service; cancel it where it was started."};
}

constexpr Field kStart[] = {{"limit", "integer", false},
                            {"test", "boolean", false},
                            {"confirm_partial", "boolean", false},
                            {"plan", "boolean", false}};
constexpr Field kOfImporter[] = {{"importer", "string", false}};
constexpr Field kJobs[] = {{"jobs", "array"}};
constexpr Field kJob[] = {{"job_id", "string"},    {"importer", "string"}, {"trigger", "string"},
                          {"due", "string"},       {"state", "string"},    {"run_id", "string"},
                          {"cancelled", "boolean"}};

constexpr Route kRoutes[] = {
    {.method = "POST",
     .path = "/api/v1/sites/{site}/importers/{importer}/runs",
     .needs = Needs::kAdmin,
     .summary =
         "puts a run of it into the queue: whole, a test (the first 100), limited, or a plan",
     .handler = start_run,
     .body = kStart,
     .answers = kJobAnswer,
     .status = 202},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/runs/{run}/cancel",
     .needs = Needs::kAdmin,
     .summary = "cancels a run that the service has under way",
     .handler = cancel_run,
     .answers = kJobAnswer,
     .status = 202},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/jobs",
     .needs = Needs::kAuditor,
     .summary = "what is to be run, or under way",
     .handler = list_jobs,
     .query = kOfImporter,
     .answers = kJobs},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/jobs/{job}",
     .needs = Needs::kAuditor,
     .summary = "one job, and how its run goes",
     .handler = show_job,
     .answers = kJob},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/jobs/{job}/events",
     .needs = Needs::kAuditor,
     .summary = "how its run goes, as server-sent events",
     .handler = job_events,
     .type = "text/event-stream"},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/jobs/{job}/cancel",
     .needs = Needs::kAdmin,
     .summary = "cancels it, whether its run has begun or not",
     .handler = cancel_job,
     .answers = kJobAnswer,
     .status = 202},
};

}  // namespace

std::span<const Route> job_routes() { return kRoutes; }

}  // namespace muster::web
