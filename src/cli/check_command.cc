// `muster check FILE [IMPORTER]`: signs in, tries everything the importer selects with one record,
// and says what is missing and how to grant it.
#include "base/text.h"
#include "cli/check_text.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/plan_text.h"
#include "cli/signals.h"

namespace muster::cli {
namespace {

void tell_heard(const Diagnosis& diagnosis, Console& console) {
  for (const source::DataSetCheck& check : diagnosis.checks) {
    if (check.error) console.heard(check.name, check.error->heard);
  }
  if (diagnosis.destination_error) {
    console.heard("Assets", diagnosis.destination_error->heard);
  }
}

}  // namespace

int check_command(const CheckArguments& arguments, Console& console) {
  constexpr run::Places kPlaces = run::Places::kSourceAndDestination;
  const std::vector<run::Importer> importers = choose_importers(arguments.which, kPlaces, console);
  if (importers.empty()) return kUsage;
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
    diagnoses.push_back(service::diagnose(importers[i], std::move((*credentials)[i]),
                                          {*scheduler, *client, *random, *logger}, signals.stop()));
    if (!arguments.json) {
      console.out(diagnosis_text(diagnoses.back(), arguments.verbose, console) + "\n");
      const std::string warnings = warnings_text(plan_of(importers[i]));
      if (!warnings.empty()) console.out(warnings + "\n");
    }
    tell_heard(diagnoses.back(), console);
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
