// The runs of a site: looking at them, and deciding about held ones.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"
#include "run/report.h"
#include "web/job_answer.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using store::RunRow;

constexpr std::int64_t kMostRuns = 1'000;  // in one answer

// Of the last run of a page: where the next page goes on.
std::string cursor_of(const RunRow& run) {
  return fmt::format("{}.{}", run.started.time_since_epoch().count(), run.run_id);
}

Result<store::RunFilter> filter_of(const Request& request) {
  store::RunFilter filter{.state = query_of(request, "state")};
  const std::string cursor = query_of(request, "cursor");
  if (cursor.empty()) return filter;
  const std::size_t dot = cursor.find('.');
  const auto started = base::parse_int(std::string_view(cursor).substr(0, dot));
  if (dot == std::string::npos || !started) {
    return Error{ErrorKind::kSettings, "query", "cursor has to be one of an answer before."};
  }
  filter.before = {base::WallTime(std::chrono::microseconds(*started)), cursor.substr(dot + 1)};
  return filter;
}

Result<Answer> list_runs(Request& request) {
  const std::size_t limit = TRY(limit_of(request, kMostRuns));
  const store::RunFilter filter = TRY(filter_of(request));
  const std::shared_ptr<store::Store> store = TRY(request.tools.store_of(request.at("site")));
  const auto runs = TRY(store->runs(query_of(request, "importer"), limit, filter));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("runs").begin_array();
  for (const RunRow& run : runs) write_run(out, run);
  out.end_array();
  if (runs.size() == limit) out.key("next").string(cursor_of(runs.back()));
  out.end_object();
  return answer;
}

Result<RunRow> held_run(const Request& request) {
  RunRow run = TRY(found_run(request));
  if (run.state == "held") return run;
  return Error{ErrorKind::kConflict, "not_held",
               fmt::format("This run is not held but {}.", run.state)};
}

Result<Answer> show_run(Request& request) {
  const RunRow run = TRY(found_run(request));
  Answer answer;
  if (!run.report.empty()) {
    answer.body = run.report;
    return answer;
  }
  json::Writer out(answer.body);
  write_run(out, run);
  return answer;
}

// Of a run that goes on: what came after the lines that the caller has. Of one that has ended, all
// that its report keeps.
Result<Answer> show_log(Request& request) {
  const std::string given = query_of(request, "after");
  const std::optional<std::int64_t> after = base::parse_int(given.empty() ? "0" : given);
  if (!after || *after < 0) {
    return Error{ErrorKind::kSettings, "query", "after has to be the next of an answer before."};
  }
  const RunRow run = TRY(found_run(request));
  std::vector<run::LogLine> lines;
  if (!run.report.empty()) {
    lines = TRY(run::read_report(run.report)).log;
  } else {
    const std::shared_ptr<store::Store> store = TRY(request.tools.store_of(request.at("site")));
    lines = run::read_lines(TRY(store->live_log(run.run_id)));
    const auto seen = std::min(lines.size(), static_cast<std::size_t>(*after));
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(seen));
  }
  const bool is_over = !run.report.empty();
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("over").boolean(is_over).key("lines").begin_array();
  for (const run::LogLine& line : lines) write_line(out, line);
  out.end_array().key("next");
  out.number((is_over ? 0 : *after) + static_cast<std::int64_t>(lines.size())).end_object();
  return answer;
}

// One new run may pass with its findings.
Result<Answer> approve_run(Request& request) {
  const RunRow run = TRY(held_run(request));
  const std::string why = TRY(text_field(request, "why"));
  const std::shared_ptr<store::Store> store = TRY(request.tools.store_of(request.at("site")));
  const std::optional<store::Approval> earlier = TRY(store->approval(run.run_id));
  if (earlier && !earlier->used_by_run.empty()) {
    return Error{ErrorKind::kConflict, "approval_used",
                 fmt::format("The approval of this run was used by run {}.", earlier->used_by_run)};
  }
  // The same again: a limited run stays limited.
  service::JobOptions options;
  if (const auto view = TRY(request.tools.jobs.of_run(request.at("site"), run.run_id))) {
    options = TRY(service::read_job_options(view->job.options));
  }
  options.approve = run.run_id;
  options.approved_by = request.caller.admin;
  return ask_for_run(request, run.importer, options, "run.approved",
                     fmt::format("{}: {}", run.run_id, why));
}

// It resolves into a cancelled one (I3).
Result<Answer> reject_run(Request& request) {
  RunRow run = TRY(held_run(request));
  const std::string why = TRY(text_field(request, "why"));
  run::Report report = TRY(run::read_report(run.report));
  report.state = run::State::kCancelled;
  report.reason = "rejected";
  report.message = fmt::format("{} did not let pass what the gate had found: {}",
                               request.caller.admin, base::printable(why, 500));
  run.state = std::string(run::to_string(report.state));
  run.reason = report.reason;
  run.message = report.message;
  run.report = run::to_json(report);
  store::AuditEntry entry = request.entry(request.at("site"), "run.rejected", run.run_id);
  entry.after = why;
  const std::shared_ptr<store::Store> store = TRY(request.tools.store_of(request.at("site")));
  TRY(store->reject_held(run, entry));
  return Answer{.body = run.report};
}

// Cells that a spreadsheet would take for a formula are set apart.
// https://owasp.org/www-community/attacks/CSV_Injection
void add_cell(std::string& line, std::string_view text) {
  if (!line.empty()) line += ',';
  line += '"';
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) {
    line += '\'';
  }
  for (const char c : text) line += c == '"' ? std::string("\"\"") : std::string(1, c);
  line += '"';
}

void add_rows(std::string& csv, const RunRow& row, const run::Report& report) {
  const auto begin = [&] {
    std::string line;
    for (const std::string& text :
         {row.run_id, row.importer, row.state, row.reason, base::format_utc(row.started),
          row.ended ? base::format_utc(*row.ended) : std::string()}) {
      add_cell(line, text);
    }
    return line;
  };
  for (const run::DataSetReport& set : report.data_sets) {
    std::string line = begin();
    add_cell(line, set.name);
    add_cell(line, set.object_type);
    for (const std::uint64_t count :
         {set.pages, set.fetched, set.filtered, set.rejected, set.formatted, set.submitted,
          set.accepted, set.created, set.updated, set.unchanged, set.missing}) {
      line += fmt::format(",{}", count);
    }
    csv += line + "\r\n";
  }
  if (report.data_sets.empty()) csv += begin() + ",,,,,,,,,,,,,\r\n";
}

Result<Answer> statistics(Request& request) {
  const std::size_t limit = TRY(limit_of(request, kMostRuns));
  const store::RunFilter filter = TRY(filter_of(request));
  const std::shared_ptr<store::Store> store = TRY(request.tools.store_of(request.at("site")));
  const auto runs = TRY(store->runs(query_of(request, "importer"), limit, filter));
  Answer answer{.type = "text/csv"};
  answer.body =
      "run_id,importer,state,reason,started,ended,data_set,object_type,pages,fetched,filtered,"
      "rejected,formatted,submitted,accepted,created,updated,unchanged,missing\r\n";
  for (const RunRow& row : runs) {
    run::Report report;
    if (!row.report.empty()) report = TRY(run::read_report(row.report));
    add_rows(answer.body, row, report);
  }
  answer.headers.push_back({"Content-Disposition", "attachment; filename=\"muster-runs.csv\""});
  return answer;
}

constexpr Field kPage[] = {{"limit", "integer", false},
                           {"cursor", "string", false},
                           {"importer", "string", false},
                           {"state", "string", false}};
constexpr Field kRuns[] = {{"runs", "array"}, {"next", "string", false}};
constexpr Field kRun[] = {{"run_id", "string"}, {"importer", "string"}, {"state", "string"},
                          {"reason", "string"}, {"message", "string"},  {"started", "string"}};
constexpr Field kAfter[] = {{"after", "integer", false}};
constexpr Field kLog[] = {{"over", "boolean"}, {"lines", "array"}, {"next", "integer"}};
constexpr Field kWhy[] = {{"why", "string"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/sites/{site}/runs",
     .needs = Needs::kAuditor,
     .summary = "the site's runs, newest first",
     .handler = list_runs,
     .query = kPage,
     .answers = kRuns},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/runs/{run}",
     .needs = Needs::kAuditor,
     .summary = "the report of a run",
     .handler = show_run,
     .answers = kRun},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/runs/{run}/log",
     .needs = Needs::kAuditor,
     .summary = "what a run logs, while it goes on: the lines after those that one has",
     .handler = show_log,
     .query = kAfter,
     .answers = kLog},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/runs/{run}/approve",
     .needs = Needs::kAdmin,
     .summary = "lets one new run pass with the findings of this held one",
     .handler = approve_run,
     .body = kWhy,
     .answers = kJobAnswer,
     .status = 202},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/runs/{run}/reject",
     .needs = Needs::kAdmin,
     .summary = "does not let pass what the gate found in this held run",
     .handler = reject_run,
     .body = kWhy,
     .answers = kRun},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/statistics",
     .needs = Needs::kAuditor,
     .summary = "what the runs did per data set, as CSV",
     .handler = statistics,
     .query = kPage,
     .type = "text/csv"},
};

}  // namespace

std::span<const Route> run_routes() { return kRoutes; }

}  // namespace muster::web
