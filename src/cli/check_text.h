// What `muster check` found, for people and for scripts.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assets/destination.h"
#include "catalogue/model.h"
#include "cli/console.h"
#include "source/doctor.h"
#include "source/expiry.h"

namespace muster::cli {

struct Diagnosis {
  std::string importer;
  std::shared_ptr<const catalogue::Source> source;
  std::optional<base::Error> sign_in;        // why it failed
  std::vector<source::DataSetCheck> checks;  // empty when signing in failed
  std::vector<std::string> superfluous;      // permissions that nothing selected needs
  std::vector<source::Expiry> expiries;
  std::optional<assets::Readiness> destination;
  std::optional<base::Error> destination_error;
};

// A table of everything tried, then one sentence for each thing to do and each that is good to
// know.
std::string diagnosis_text(const Diagnosis& diagnosis, const Console& console);
std::string diagnoses_json(std::span<const Diagnosis> diagnoses);
// kOk, kSourceFailed or kDestinationFailed.
int exit_code(const Diagnosis& diagnosis);

}  // namespace muster::cli
