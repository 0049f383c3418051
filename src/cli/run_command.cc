// `muster run FILE IMPORTER`: one run in the foreground.
#include <algorithm>
#include <filesystem>

#include "assets/output_folder.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/login_name.h"
#include "cli/people_text.h"
#include "cli/report_text.h"
#include "cli/run_session.h"
#include "cli/shell_words.h"
#include "cli/signals.h"
#include "cli/store_url.h"
#include "cli/store_work.h"
#include "mapping/plan.h"
#include "service/entitlement.h"
#include "service/run_store_adapter.h"

namespace muster::cli {
namespace {

constexpr std::size_t kRejectsShown = 20;

// The folder is tried before the first request, not after minutes of reading; it stays.
base::Status try_folder(const std::string& directory) {
  TRY(assets::OutputFolder::look(directory));
  assets::OutputFolder folder = TRY(assets::OutputFolder::open(directory));
  TRY(folder.create("probe"));  // removed again, because it is not kept
  return {};
}

bool is_limited(const RunArguments& arguments, const run::Importer& importer) {
  mapping::Selection selection = importer.selection;
  if (arguments.limit != 0) selection.record_limit = arguments.limit;
  mapping::Plan plan;
  const catalogue::Findings ignored =
      mapping::make_plan(importer.source, selection, importer.name, importer.file, plan);
  return plan.limited;
}

// A part must not take the place of all records in a folder without anybody having meant it.
base::Status check_what_is_replaced(const RunArguments& arguments, const run::Importer& importer,
                                    store::Store& store) {
  constexpr std::size_t kRunsToLookBack = 1000;
  const std::string& folder = importer.destination.directory;
  const bool to_files = importer.destination.type == run::DestinationSettings::Type::kFiles;
  if (!to_files || arguments.confirm_partial || !is_limited(arguments, importer)) return {};
  std::error_code unreadable;
  if (!std::filesystem::exists(std::filesystem::path(folder) / "schema.json", unreadable)) {
    return {};
  }
  const std::string target = assets::folder_target(folder);
  for (const store::RunRow& run : TRY(store.runs(importer.name, kRunsToLookBack))) {
    if (run.target != target || !run.state.starts_with("completed")) continue;
    if (run.kind != "full") return {};
    return base::Error{
        base::ErrorKind::kSettings, "partial_not_confirmed",
        fmt::format("{} holds all records of run {}, and a limited run would put a part in their "
                    "place. Name another folder, or run with --confirm-partial.",
                    base::printable(folder, 500), run.run_id)};
  }
  return {};
}

// What has to be known and written down before the run, while its importer is locked.
base::Result<run::Options> prepare(const RunArguments& arguments, const run::Importer& importer,
                                   store::Store& store, base::Scheduler& scheduler) {
  const base::WallTime now = scheduler.wall_now();
  TRY(service::close_dead_runs(store, importer.name, now));
  TRY(check_what_is_replaced(arguments, importer, store));
  run::Options options;
  options.limit = arguments.limit;
  options.confirm_partial = arguments.confirm_partial;
  if (!arguments.approve.empty()) {
    const std::string by = arguments.approved_by.empty() ? login_name() : arguments.approved_by;
    options.approval = TRY(service::approve(store, importer.name, arguments.approve, by, now));
  }
  return options;
}

bool is_about_a_part(const run::Finding& finding) {
  return finding.reason == "partial_not_confirmed";
}

// The same command again, to be pasted, with the held run's findings approved.
std::string approving_command(const RunArguments& arguments, const run::Importer& importer,
                              const run::Report& held) {
  std::string command =
      fmt::format("muster run {} {}", shell_quoted(arguments.which.file), importer.name);
  const auto add = [&](std::string_view option, const std::string& value) {
    if (!value.empty()) command += fmt::format(" {} {}", option, shell_quoted(value));
  };
  add("--catalogues", arguments.which.catalogues);
  add("--database", arguments.database);
  add("--limit", arguments.limit == 0 ? "" : std::to_string(arguments.limit));
  add("--out", arguments.out);
  // No approval covers that a part is meant.
  if (arguments.confirm_partial || std::ranges::any_of(held.gate.findings, is_about_a_part)) {
    command += " --confirm-partial";
  }
  add("--approve", held.run_id);
  add("--approved-by", arguments.approved_by);
  return command;
}

std::string next_step(const RunArguments& arguments, const run::Importer& importer,
                      const run::Report& report) {
  if (report.state != run::State::kHeld) return "";
  if (std::ranges::all_of(report.gate.findings, is_about_a_part)) {
    return "Nothing was sent. If a part is meant, run with --confirm-partial.\n";
  }
  const std::string url = store_url(arguments.database);
  const bool forgotten = std::ranges::any_of(report.gate.findings, [](const run::Finding& finding) {
    return finding.reason == "gate_forgotten";
  });
  // Another scheme's URL may hold a password.
  const std::string where =
      forgotten && url.starts_with("sqlite:")
          ? fmt::format("The database is {}. Another one is named with --database.\n",
                        base::printable(url, 500))
          : "";
  return where + fmt::format(
                     "Nothing was sent. If this is right, let one run pass with these findings:\n"
                     "  {}\n",
                     approving_command(arguments, importer, report));
}

void print(const run::Report& report, Console& console) {
  console.out(counts_text(report));
  if (const std::string rejects = rejects_text(report, kRejectsShown); !rejects.empty()) {
    console.out(rejects + "\n");
  }
  if (!report.gate.findings.empty() || !report.gate.notices.empty()) {
    console.out(gate_text(report));
  }
  console.out(people_text(report));
  console.out(traffic_text(report));
  console.out(notices_text(report));
  console.out(console.styled(style_of(report.state), verdict_text(report)) + "\n");
}

base::Status require_entitlement(const std::string& url, base::Scheduler& scheduler) {
  const auto sites = TRY(store::open_sites(url));
  const auto queue = TRY(store::open_queue(url, scheduler));
  return service::Entitlements(*sites, *queue).require(store::kDefaultSite);
}

}  // namespace

int run_command(const RunArguments& arguments, Console& console) {
  const run::Places places =
      arguments.out.empty() ? run::Places::kSourceAndDestination : run::Places::kSource;
  std::optional<run::Importer> importer = choose_importer(arguments.which, places, console);
  if (!importer) return kUsage;
  if (!arguments.out.empty()) {
    importer->destination.type = run::DestinationSettings::Type::kFiles;
    importer->destination.directory =
        std::filesystem::absolute(arguments.out).lexically_normal().string();
  }
  if (importer->destination.type == run::DestinationSettings::Type::kFiles) {
    const base::Status usable = try_folder(importer->destination.directory);
    if (!usable.ok()) return console.error(usable.error()), exit_code(usable.error());
  }
  auto credentials = service::take_credentials({&*importer, 1}, places);
  if (!credentials.ok()) return console.error(credentials.error()), kUsage;
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  StopOnSignal signals(*scheduler, console);

  auto store = open_own_store(arguments.database);
  if (!store.ok()) return console.error(store.error()), exit_code(store.error());
  const base::Status entitled = require_entitlement(store_url(arguments.database), *scheduler);
  if (!entitled.ok()) return console.error(entitled.error()), exit_code(entitled.error());
  const auto lock = (*store)->lock_importer(importer->name);
  if (!lock.ok()) return console.error(lock.error()), exit_code(lock.error());
  base::Result<run::Options> options = prepare(arguments, *importer, **store, *scheduler);
  if (!options.ok()) return console.error(options.error()), exit_code(options.error());

  const RunSettings settings{.options = std::move(*options),
                             .keep_baseline = arguments.out.empty(),
                             .lock = lock->get(),
                             .no_progress = arguments.no_progress,
                             .log = arguments.log};
  const run::Report report = run_importer(*importer, std::move(credentials->front()), settings,
                                          *scheduler, **store, console, signals.stop());
  if (arguments.json) {
    console.out(run::to_json(report) + "\n");
    console.err(verdict_text(report) + "\n");
  } else {
    print(report, console);
    if (console.flush() != 0) {
      console.err(fmt::format("The run itself ended so: {}\n", verdict_text(report)));
    }
  }
  console.heard("The other side", report.heard);
  console.err(next_step(arguments, *importer, report));
  return run::exit_code(report);
}

}  // namespace muster::cli
