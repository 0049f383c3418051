// The permission doctor for a whole importer: signs in, tries everything it selects with one
// record, and looks whether its destination is ready. Sends nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assets/destination.h"
#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "catalogue/model.h"
#include "json/writer.h"
#include "net/http.h"
#include "run/importer.h"
#include "service/credentials.h"
#include "source/doctor.h"
#include "source/expiry.h"

namespace muster::service {

struct Diagnosis {
  std::string importer;
  std::shared_ptr<const catalogue::Source> source;
  std::optional<base::Error> sign_in;        // why it failed
  std::vector<source::DataSetCheck> checks;  // empty when signing in failed
  std::vector<std::string> superfluous;      // permissions that nothing selected needs
  std::vector<source::Expiry> expiries;
  std::optional<assets::Readiness> destination;
  std::optional<base::Error> destination_error;
  std::vector<std::string> refusals;  // what Assets would refuse of the schema, a sentence each
  enum class People { kNotWanted, kNotTested, kWork, kFailed };
  People people = People::kNotWanted;  // could their Jira accounts be filled in?
  std::optional<base::Error> people_error;
};

struct DoctorTools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
};

// Somebody waits for it: what does not answer after a few tries is told as it is. Without the token
// of the destination only the source is looked at.
Diagnosis diagnose(run::Importer importer, Credentials credentials, const DoctorTools& tools,
                   const base::Stop& stop);

// Would the destination take what this importer sends?
bool is_ready(const Diagnosis& diagnosis);
// "works", "not tested"; "" when it is not wanted.
std::string_view to_string(Diagnosis::People people);
// What nobody has to do anything about now.
std::vector<std::string> remarks_of(const Diagnosis& diagnosis);
// One sentence for each thing to do; none: everything selected can be read and sent.
std::vector<std::string> advice_of(const Diagnosis& diagnosis);
void write_diagnosis(json::Writer& out, const Diagnosis& diagnosis);

}  // namespace muster::service
