#include "cli/check_text.h"

#include "base/text.h"
#include "cli/tables.h"

namespace muster::cli {
namespace {

using State = source::DataSetCheck::State;

std::string missing_text(const source::DataSetCheck& check) {
  std::vector<std::string> names = check.grant;
  for (const source::MissingField& field : check.fields) names.push_back(field.permission);
  if (!check.hidden_members_need.empty()) names.push_back(check.hidden_members_need);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> remarks(const Diagnosis& diagnosis, bool verbose) {
  constexpr std::size_t kFew = 3;
  if (verbose || diagnosis.superfluous.size() <= kFew) return service::remarks_of(diagnosis);
  Diagnosis brief = diagnosis;
  brief.superfluous.clear();
  std::vector<std::string> remarks = service::remarks_of(brief);
  remarks.push_back(
      fmt::format("{} are granted and needed by nothing that this importer selects; --verbose "
                  "lists them.",
                  base::count_of(diagnosis.superfluous.size(), "permission")));
  return remarks;
}

std::string destination_state(const Diagnosis& diagnosis) {
  if (diagnosis.destination_error) return "failed";
  if (!diagnosis.destination) return "not tested";
  const assets::Readiness& readiness = *diagnosis.destination;
  return fmt::format("{} ({})", service::is_ready(diagnosis) ? "ready" : "not ready",
                     readiness.status);
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, bool verbose, const Console& console) {
  std::string text =
      fmt::format("Importer {}: {}\n\n", diagnosis.importer, diagnosis.source->title);
  Table table({{"checked"}, {"state"}, {"missing permission"}});
  table.add({"sign-in", diagnosis.sign_in ? "failed" : "works", ""});
  for (const source::DataSetCheck& check : diagnosis.checks) {
    table.add({(check.is_relation ? "  " : "") + check.name,
               std::string(source::to_string(check.state)), missing_text(check)});
  }
  table.add({"destination", destination_state(diagnosis), ""});
  if (diagnosis.people != Diagnosis::People::kNotWanted) {
    table.add({"Jira accounts", std::string(service::to_string(diagnosis.people)), ""});
  }
  text += table.text() + "\n";
  const std::vector<std::string> advice = service::advice_of(diagnosis);
  if (advice.empty()) {
    text += console.styled(Style::kGood, "Everything selected can be read and sent.") + "\n";
  }
  return text + points("To do", advice) + points("Good to know", remarks(diagnosis, verbose));
}

std::string diagnoses_json(std::span<const Diagnosis> diagnoses) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("importers").begin_array();
  for (const Diagnosis& diagnosis : diagnoses) service::write_diagnosis(out, diagnosis);
  out.end_array().end_object();
  return text;
}

int exit_code(const Diagnosis& diagnosis) {
  if (diagnosis.sign_in) return kSourceFailed;
  for (const source::DataSetCheck& check : diagnosis.checks) {
    const bool fine = check.state == State::kWorks || check.state == State::kEmpty ||
                      check.state == State::kUntested;
    if (!fine || !check.fields.empty()) return kSourceFailed;
  }
  const bool ready = service::is_ready(diagnosis) && !diagnosis.people_error;
  return ready ? kOk : kDestinationFailed;
}

}  // namespace muster::cli
