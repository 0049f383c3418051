// `muster plan FILE IMPORTER`: a run that reads and judges but sends nothing.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/plan_text.h"
#include "cli/report_text.h"
#include "cli/run_session.h"
#include "cli/signals.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "mapping/plan.h"

namespace muster::cli {
namespace {

constexpr std::size_t kRejectsShown = 10;

// Which records the selection leaves out, and where: at the source or here.
std::string filters_text(const mapping::Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    const std::string& explanation = plan.data_sets[i].explanation;
    if (explanation.empty() || explanation == "everything") continue;
    text += line_about(plan, i, explanation);
  }
  return text.empty() ? "Filters: none, every record is taken.\n" : "Filters:\n" + text;
}

// What makes a run take long.
std::string slow_text(const mapping::Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    const mapping::DataSetPlan& set = plan.data_sets[i];
    if (!set.data_set->slow.empty()) text += line_about(plan, i, set.data_set->slow);
    if (!set.needs_detail) continue;
    text += line_about(plan, i,
                       fmt::format("one more request for every record, for its details ({}).",
                                   fmt::join(set.detail_fields, ", ")));
  }
  return text.empty() ? "" : "Slow:\n" + text;
}

// References that leave the importer.
std::string links_text(const mapping::Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    for (const catalogue::ObjectAttribute& attribute : plan.type_of(i).attributes) {
      if (attribute.target_importer.empty()) continue;
      text += line_about(plan, i,
                         fmt::format("{} is the {} of the importer {} with this {}.",
                                     attribute.name, attribute.target_name,
                                     attribute.target_importer, attribute.target_attribute));
    }
  }
  return text.empty() ? "" : "Links:\n" + text;
}

int plan_exit_code(const run::Report& report) {
  if (report.state == run::State::kCompletedWithRejects) return kOk;  // nothing would be held
  return run::exit_code(report);
}

void print(const run::Importer& importer, const run::Report& report, Console& console) {
  console.out(fmt::format("Plan of importer {}: {}, nothing is sent.\n\n", importer.name,
                          importer.source->title));
  if (was_read(report)) {
    console.out(plan_table(report) + "\n" + relations_text(report) + identity_text(report));
  }
  if (const std::string rejects = rejects_text(report, kRejectsShown); !rejects.empty()) {
    console.out(rejects + "\n");
  }
  console.out(gate_text(report));
  if (!report.gate.verdict.empty()) console.out(budget_text(report));
  const mapping::Plan plan = plan_of(importer);
  console.out(filters_text(plan) + slow_text(plan) + warnings_text(plan) + links_text(plan));
  console.out(traffic_text(report));
  console.out(notices_text(report));
  console.out(console.styled(style_of(report.state), verdict_text(report)) + "\n");
}

}  // namespace

int plan_command(const PlanArguments& arguments, Console& console) {
  const std::optional<run::Importer> importer =
      choose_importer(arguments.which, run::Places::kSource, console);
  if (!importer) return kUsage;
  auto credentials = service::take_credentials({&*importer, 1}, run::Places::kSource);
  if (!credentials.ok()) return console.error(credentials.error()), kUsage;
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  StopOnSignal signals(*scheduler, console);
  auto store = open_own_store(arguments.database);
  if (!store.ok()) return console.error(store.error()), exit_code(store.error());
  RunSettings settings{.no_progress = arguments.no_progress, .log = arguments.log};
  settings.options.plan_only = true;
  const run::Report report = run_importer(*importer, std::move(credentials->front()), settings,
                                          *scheduler, **store, console, signals.stop());
  if (arguments.json) {
    console.out(run::to_json(report) + "\n");
    console.err(verdict_text(report) + "\n");
  } else {
    print(*importer, report, console);
  }
  console.heard("The source", report.heard);
  return plan_exit_code(report);
}

}  // namespace muster::cli
