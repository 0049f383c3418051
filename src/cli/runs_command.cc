// `muster runs` and `muster runs show RUN_ID`: what happened before.
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/people_text.h"
#include "cli/report_text.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "json/writer.h"
#include "service/run_store_adapter.h"
#include "store/store.h"

namespace muster::cli {
namespace {

using store::RunRow;

constexpr std::size_t kMessageBytes = 80;
constexpr std::size_t kRejectsShown = 100;

// A run that still counts as running although its process is gone is closed here: whoever looks
// shall not be told that something is going on.
base::Status close_dead(store::Store& store, const std::vector<RunRow>& rows) {
  const auto scheduler = base::make_real_scheduler();
  std::set<std::string> importers;
  for (const RunRow& row : rows) {
    if (row.state == "running") importers.insert(row.importer);
  }
  for (const std::string& importer : importers) {
    const auto lock = store.lock_importer(importer);
    if (lock.ok()) TRY(service::close_dead_runs(store, importer, scheduler->wall_now()));
  }
  return {};
}

// Of one importer, or of all that `wanted` names; empty: of all.
base::Result<std::vector<RunRow>> read_rows(store::Store& store, const RunsArguments& arguments,
                                            const std::set<std::string>& wanted) {
  std::vector<RunRow> rows;
  if (wanted.empty()) return store.runs("", arguments.limit);
  for (const std::string& importer : wanted) {
    for (RunRow& row : TRY(store.runs(importer, arguments.limit))) rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const RunRow& a, const RunRow& b) { return a.started > b.started; });
  if (rows.size() > arguments.limit) rows.resize(arguments.limit);
  return rows;
}

// As they are after runs of dead processes were closed.
base::Result<std::vector<RunRow>> current_rows(store::Store& store, const RunsArguments& arguments,
                                               const std::set<std::string>& wanted) {
  const std::vector<RunRow> rows = TRY(read_rows(store, arguments, wanted));
  TRY(close_dead(store, rows));
  return read_rows(store, arguments, wanted);
}

std::string rows_json(const std::vector<RunRow>& rows) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const RunRow& row : rows) {
    out.begin_object();
    out.key("run_id").string(row.run_id);
    out.key("importer").string(row.importer);
    out.key("state").string(row.state);
    out.key("reason").string(row.reason);
    out.key("message").string(row.message);
    out.key("started").string(base::format_utc(row.started));
    out.key("ended");
    if (row.ended) {
      out.string(base::format_utc(*row.ended));
    } else {
      out.null();
    }
    out.key("kind").string(row.kind);
    out.key("destination").string(row.destination);
    out.key("execution_id").string(row.execution_id);
    out.end_object();
  }
  out.end_array();
  return text + "\n";
}

std::string rows_table(const std::vector<RunRow>& rows) {
  Table table({{"run"},
               {"importer"},
               {"kind"},
               {"destination"},
               {"started"},
               {"took", Align::kRight},
               {"state"},
               {"message"}});
  for (const RunRow& row : rows) {
    // Seconds are enough here, and keep the table narrow.
    const std::string started = base::format_utc(row.started).substr(0, 19) + "Z";
    table.add({row.run_id, row.importer, row.kind, row.destination, started,
               row.ended ? base::format_duration(*row.ended - row.started) : "", row.state,
               base::printable(row.message, kMessageBytes)});
  }
  return table.text();
}

void print(const run::Report& report, Console& console) {
  const run::DestinationReport& to = report.destination;
  console.out(fmt::format(
      "Run {} of importer {}, started {}, {}{}{}.\n\n", report.run_id, report.importer,
      base::format_utc(report.started), report.limited ? "limited" : "full",
      to.type.empty() ? "" : ", to " + to.type,
      to.directory.empty() ? "" : fmt::format(" in {}", base::printable(to.directory, 500))));
  console.out(counts_text(report));
  if (const std::string rejects = rejects_text(report, kRejectsShown); !rejects.empty()) {
    console.out(rejects + "\n");
  }
  console.out(gate_text(report));
  console.out(people_text(report));
  console.out(traffic_text(report));
  console.out(notices_text(report));
  console.out(console.styled(style_of(report.state), verdict_text(report)) + "\n");
}

// A run that goes on has no report yet; its row says what is known.
run::Report report_of_running(const RunRow& row) {
  run::Report report;
  report.run_id = row.run_id;
  report.importer = row.importer;
  report.limited = row.kind == "limited";
  report.destination.type = row.destination;
  report.message = "still going on";
  report.started = row.started;
  report.destination.execution_id = row.execution_id;
  return report;
}

}  // namespace

int runs_command(const RunsArguments& arguments, Console& console) {
  std::set<std::string> wanted;
  if (!arguments.file.empty()) {
    const std::optional<catalogue::Library> library = load_library(arguments.catalogues, console);
    if (!library) return kUsage;
    const run::ImporterFile file = run::load_importers(arguments.file, *library);
    print_findings(file.findings, console);
    if (catalogue::has_errors(file.findings)) return kUsage;
    for (const run::Importer& importer : file.importers) wanted.insert(importer.name);
  }
  if (!arguments.importer.empty()) {
    if (!wanted.empty() && !wanted.contains(arguments.importer)) {
      console.error(fmt::format("{} has no importer \"{}\"", arguments.file, arguments.importer));
      return kUsage;
    }
    wanted = {arguments.importer};
  }
  auto store = open_to_look(arguments.database);
  if (!store.ok()) return console.error(store.error()), exit_code(store.error());
  base::Result<std::vector<RunRow>> rows = std::vector<RunRow>();
  if (*store != nullptr) rows = current_rows(**store, arguments, wanted);
  if (!rows.ok()) return console.error(rows.error()), exit_code(rows.error());
  if (arguments.json) {
    console.out(rows_json(*rows));
  } else if (rows->empty()) {
    console.out(arguments.importer.empty()
                    ? "No run yet.\n"
                    : fmt::format("No run of {} yet.\n", base::printable(arguments.importer)));
  } else {
    console.out(rows_table(*rows));
  }
  return kOk;
}

int show_run_command(const ShowRunArguments& arguments, Console& console) {
  auto store = open_to_look(arguments.database);
  if (!store.ok()) return console.error(store.error()), exit_code(store.error());
  base::Result<std::optional<RunRow>> row = std::optional<RunRow>();
  if (*store != nullptr) row = (*store)->run(arguments.run_id);
  if (!row.ok()) return console.error(row.error()), exit_code(row.error());
  if (!*row) {
    console.error(
        fmt::format("there is no run {}; {}", base::printable(arguments.run_id),
                    *store == nullptr ? "no run was made yet" : "`muster runs` lists them"));
    return kUsage;
  }
  const base::Result<run::Report> report = (*row)->report.empty()
                                               ? base::Result<run::Report>(report_of_running(**row))
                                               : run::read_report((*row)->report);
  if (!report.ok()) return console.error(report.error()), kUnexpected;
  if (arguments.json) {
    console.out(run::to_json(*report) + "\n");
  } else {
    print(*report, console);
  }
  return kOk;
}

}  // namespace muster::cli
