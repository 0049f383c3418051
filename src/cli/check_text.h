// What `muster check` found, for people and for scripts.
#pragma once

#include <span>
#include <string>

#include "cli/console.h"
#include "service/diagnosis.h"

namespace muster::cli {

using service::Diagnosis;

// A table of everything tried, then one sentence for each thing to do and each that is good to
// know. Many grants that nothing needs are one sentence with their number, unless `verbose`.
std::string diagnosis_text(const Diagnosis& diagnosis, bool verbose, const Console& console);
std::string diagnoses_json(std::span<const Diagnosis> diagnoses);
// kOk, kSourceFailed or kDestinationFailed.
int exit_code(const Diagnosis& diagnosis);

}  // namespace muster::cli
