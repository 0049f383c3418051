// What an identity makes of an importer's object types. A part of make_plan(); only plan.cc uses
// it.
#pragma once

#include "catalogue/checker.h"
#include "mapping/plan.h"

namespace muster::mapping {

// The attribute that names the objects has the identity's title for it.
void title_label(const Selection& selection, const DataSetPlan& set, catalogue::ObjectType& type);
// Once all attributes are there and references know their targets.
void apply_identities(const Selection& selection, catalogue::Checker& check, Plan& plan);

}  // namespace muster::mapping
