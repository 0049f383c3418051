#include "run/permissions.h"

#include <fmt/format.h>

#include "source/grants.h"

namespace muster::run {

using base::Error;
using base::ErrorKind;
using base::Status;
using base::Stop;

void choose_relations(mapping::Plan& plan, source::Session& session, const base::Stop& stop) {
  const source::Grants grants(*plan.source, session.granted(stop));
  if (!grants.known()) return;
  for (mapping::RelationPlan& relation : plan.relations) {
    const std::string& otherwise = relation.relation->otherwise;
    if (otherwise.empty() || grants.missing(relation.relation->permissions).empty()) continue;
    session.logger().info("{}: {} is read instead, because of the permissions granted",
                          relation.relation->name, otherwise);
    relation.relation = plan.source->find_relation(otherwise);
  }
}

Status check_fields(const mapping::Plan& plan, source::Session& session, const Stop& stop) {
  const source::Grants grants(*plan.source, session.granted(stop));
  for (const mapping::DataSetPlan& set : plan.data_sets) {
    const std::string& name = set.data_set->name;
    for (const source::MissingField& field :
         source::guarded_fields(*set.data_set, set.fields, set.detail_fields)) {
      if (grants.has(field.permission)) continue;
      return Error{ErrorKind::kDenied, "source_permission",
                   fmt::format("{0} cannot be read: a permission is missing, and the source would "
                               "leave it empty.{1} Or leave it out: data_sets.{2}.exclude: [{0}].",
                               field.attribute, grants.advice({field.permission}), name),
                   name};
    }
  }
  return {};
}

}  // namespace muster::run
