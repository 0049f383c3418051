// What Assets counted while it processed an execution: the `progressResult` of a status answer.
#pragma once

#include "assets/destination.h"
#include "json/value.h"

namespace muster::assets {

// Fills result, types and errors of an Outcome. Every part may be absent: then it stays empty.
Outcome read_execution_report(const json::Value& status_answer);

}  // namespace muster::assets
