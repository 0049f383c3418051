// `muster check FILE [IMPORTER]`: signs in, tries everything the importer selects with one record,
// and says what is missing and how to grant it.
#include "base/text.h"
#include "cli/check_text.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/run_session.h"
#include "cli/signals.h"
#include "mapping/plan.h"
#include "run/reading.h"
#include "source/doctor.h"
#include "source/expiry.h"
#include "source/grants.h"

namespace muster::cli {
namespace {

constexpr std::uint32_t kAttempts = 3;

std::vector<source::CheckPlan> check_plans(const mapping::Plan& plan) {
  std::vector<source::CheckPlan> plans;
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    const mapping::DataSetPlan& set = plan.data_sets[i];
    if (set.rows_of) continue;
    source::CheckPlan check{.data_set = set.data_set};
    check.records = {.fields = set.fields,
                     .filter_text = set.filter,
                     .needs_detail = set.needs_detail,
                     .detail_fields = set.detail_fields};
    for (const mapping::RelationPlan& relation : plan.relations) {
      if (relation.parent == i) check.relations.push_back(relation.relation);
    }
    for (const mapping::DataSetPlan& other : plan.data_sets) {
      if (other.rows_of == i) check.rows.push_back(other.data_set);
    }
    plans.push_back(std::move(check));
  }
  return plans;
}

// Those that a run uses, and those that only this command does.
std::vector<std::string> needed_permissions(const mapping::Plan& plan) {
  std::vector<std::string> needed = plan.permissions();
  for (const mapping::RelationPlan& relation : plan.relations) {
    const catalogue::Relation& read = *relation.relation;
    if (!read.hidden_permission.empty()) needed.push_back(read.hidden_permission);
  }
  for (const catalogue::ExpiryRule& rule : plan.source->expiries) needed.push_back(rule.permission);
  return needed;
}

struct Network {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
};

void examine_source(const run::Importer& importer, source::ConnectionValues connection,
                    const Network& network, const base::Stop& stop, Diagnosis& diagnosis) {
  mapping::Plan plan;
  // Its findings were shown when the file was read.
  const catalogue::Findings ignored =
      mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  auto session = source::Session::open(
      importer.source, std::move(connection), importer.retry,
      {network.scheduler, network.client, network.random, network.logger}, plan.permissions());
  if (!session.ok()) {
    diagnosis.sign_in = std::move(session).error();
    return;
  }
  if (base::Status signed_in = (*session)->sign_in(stop); !signed_in.ok()) {
    diagnosis.sign_in = std::move(signed_in).error();
    return;
  }
  run::choose_relations(plan, **session, stop);
  const std::vector<source::CheckPlan> plans = check_plans(plan);
  diagnosis.checks = source::check_data_sets(**session, plans, stop);
  const source::Grants grants(*importer.source, (*session)->granted(stop));
  diagnosis.superfluous = grants.superfluous(needed_permissions(plan));
  diagnosis.expiries = source::find_expiries(**session, stop);
  (*session)->sign_out(stop);
}

Diagnosis diagnose(const run::Importer& importer, service::Credentials credentials,
                   const Network& network, const base::Stop& stop) {
  Diagnosis diagnosis{.importer = importer.name, .source = importer.source};
  examine_source(importer, std::move(credentials.connection), network, stop, diagnosis);
  const std::unique_ptr<assets::Destination> destination = service::make_destination(
      importer, std::move(credentials.token),
      {network.scheduler, network.client, network.random, network.logger});
  base::Result<assets::Readiness> readiness = destination->check(stop);
  if (readiness.ok()) {
    diagnosis.destination = std::move(*readiness);
  } else {
    diagnosis.destination_error = std::move(readiness).error();
  }
  return diagnosis;
}

}  // namespace

int check_command(const CheckArguments& arguments, Console& console) {
  constexpr run::Places kPlaces = run::Places::kSourceAndDestination;
  std::vector<run::Importer> importers = choose_importers(arguments.which, kPlaces, console);
  if (importers.empty()) return kUsage;
  // Somebody waits in front of the terminal: what does not answer now is told as it is.
  for (run::Importer& importer : importers) {
    importer.retry.attempts = std::min(importer.retry.attempts, kAttempts);
  }
  auto credentials = service::take_credentials(importers, kPlaces);
  if (!credentials.ok()) return console.error(credentials.error()), kUsage;
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  StopOnSignal signals(*scheduler, console,
                       "\nmuster: stopping; press Ctrl-C again to leave at once.\n");
  const auto logger = base::make_stderr_logger(arguments.log.level, arguments.log.format);
  const auto random = base::make_system_random();
  const auto client = net::make_curl_client(*scheduler);

  std::vector<Diagnosis> diagnoses;
  for (std::size_t i = 0; i < importers.size(); ++i) {
    diagnoses.push_back(diagnose(importers[i], std::move((*credentials)[i]),
                                 {*scheduler, *client, *random, *logger}, signals.stop()));
    if (!arguments.json) console.out(diagnosis_text(diagnoses.back(), console) + "\n");
  }
  if (arguments.json) console.out(diagnoses_json(diagnoses) + "\n");
  if (signals.stop().stop_requested()) return kCancelled;
  int code = kOk;
  for (const Diagnosis& diagnosis : diagnoses) {
    if (code == kOk) code = exit_code(diagnosis);
  }
  return code;
}

}  // namespace muster::cli
