// What the source is asked for, so that everything chosen can be filled in. A part of make_plan().
#pragma once

#include "mapping/plan.h"

namespace muster::mapping {

// Fills in DataSetPlan::fields, needs_detail and detail_fields of a plan whose columns, conditions
// and relations are all there.
void choose_fields(Plan& plan);

}  // namespace muster::mapping
