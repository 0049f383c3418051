// Objects of the last completed run that the list does not show although something read now names
// them: were they deleted a moment ago, or did the list leave them out? The source is asked for
// each of them alone, up to Comparison::kMostNamed of a data set.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "mapping/plan.h"
#include "run/collection.h"
#include "run/comparing.h"
#include "source/session.h"

namespace muster::run {

// kMalformed `source_incomplete` when the source still has one of them; otherwise the error that
// kept it from being told. What else is known of them is added to Compared::notices, also of data
// sets whose records cannot be asked for alone.
base::Status ask_alone(const mapping::Plan& plan,
                       const std::vector<std::unique_ptr<Collection>>& collections,
                       source::Session& session, const base::Stop& stop, Compared& compared);

}  // namespace muster::run
