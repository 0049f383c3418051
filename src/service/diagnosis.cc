#include "service/diagnosis.h"

#include <algorithm>

#include "mapping/plan.h"
#include "run/permissions.h"
#include "run/schema.h"
#include "source/grants.h"

namespace muster::service {
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

void examine_source(const run::Importer& importer, source::ConnectionValues connection,
                    const DoctorTools& tools, const base::Stop& stop, Diagnosis& diagnosis) {
  mapping::Plan plan;
  // Its findings were shown when the file was read.
  const catalogue::Findings ignored =
      mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  auto session = source::Session::open(importer.source, std::move(connection), importer.retry,
                                       {tools.scheduler, tools.client, tools.random, tools.logger},
                                       plan.permissions());
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
  // Where signing in is no request of its own, only this shows that the credentials are wrong.
  bool is_refused = true;
  std::optional<base::Error> refused;
  for (const source::DataSetCheck& check : diagnosis.checks) {
    if (check.state == source::DataSetCheck::State::kUntested) continue;
    is_refused = is_refused && check.error && check.error->reason == "source_sign_in";
    if (!refused) refused = check.error;
  }
  if (is_refused) diagnosis.sign_in = std::move(refused);
  const source::Grants grants(*importer.source, (*session)->granted(stop));
  diagnosis.superfluous = grants.superfluous(needed_permissions(plan));
  diagnosis.expiries = source::find_expiries(**session, stop);
  (*session)->sign_out(stop);
}

void examine_destination(const run::Importer& importer, base::Secret token,
                         const DoctorTools& tools, const base::Stop& stop, Diagnosis& diagnosis) {
  const std::unique_ptr<assets::Destination> destination = make_destination(
      importer, std::move(token), {tools.scheduler, tools.client, tools.random, tools.logger});
  base::Result<assets::Readiness> readiness = destination->check(stop);
  if (!readiness.ok()) {
    diagnosis.destination_error = std::move(readiness).error();
    return;
  }
  diagnosis.destination = std::move(*readiness);
  const base::Result<catalogue::ObjectSchema> schema = run::object_schema(importer);
  if (!schema.ok()) return;  // told when the file was read
  base::Result<std::vector<std::string>> refusals = destination->refusals(*schema, stop);
  // A run asks for the schema only when the mapping was refused: not seeing it is no obstacle.
  if (refusals.ok()) diagnosis.refusals = std::move(*refusals);
}

void examine_people(const run::Importer& importer, base::Secret token, const DoctorTools& tools,
                    const base::Stop& stop, Diagnosis& diagnosis) {
  const std::unique_ptr<assets::People> people = make_people(
      importer, std::move(token), {tools.scheduler, tools.client, tools.random, tools.logger});
  if (people == nullptr) return;
  diagnosis.people = Diagnosis::People::kNotTested;
  if (!diagnosis.destination) return;  // whose Assets is not known
  const base::Status checked = people->check(diagnosis.destination->target, stop);
  diagnosis.people = checked.ok() ? Diagnosis::People::kWork : Diagnosis::People::kFailed;
  if (!checked.ok()) diagnosis.people_error = checked.error();
}

}  // namespace

Diagnosis diagnose(run::Importer importer, Credentials credentials, const DoctorTools& tools,
                   const base::Stop& stop) {
  importer.retry.attempts = std::min(importer.retry.attempts, kAttempts);
  Diagnosis diagnosis{.importer = importer.name, .source = importer.source};
  examine_source(importer, std::move(credentials.connection), tools, stop, diagnosis);
  const bool is_folder = importer.destination.type == run::DestinationSettings::Type::kFiles;
  if (is_folder || !credentials.token.empty()) {
    examine_destination(importer, std::move(credentials.token), tools, stop, diagnosis);
  }
  examine_people(importer, std::move(credentials.people_token), tools, stop, diagnosis);
  return diagnosis;
}

}  // namespace muster::service
