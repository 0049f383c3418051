#include "base/text.h"
#include "service/diagnosis.h"

namespace muster::service {
namespace {

using State = source::DataSetCheck::State;

constexpr std::int64_t kRenewWithinDays = 30;  // from then on it is something to do

// "Device.Read.All (or Directory.Read.All)", and what the catalogue says about it.
std::string with_help(const catalogue::Source& source, const std::string& name) {
  const catalogue::Permission* permission = source.find_permission(name);
  if (permission == nullptr) return name;
  std::string text = name;
  if (!permission->covered_by.empty()) {
    text += fmt::format(" (or {})", fmt::join(permission->covered_by, " or "));
  }
  std::string_view help = permission->help;
  if (help.ends_with('.')) help.remove_suffix(1);
  return help.empty() ? text : fmt::format("{} [{}]", text, help);
}

// "it ends in 12 days (2026-12-08)"
std::string ends_text(const source::Expiry& expiry) {
  const std::string day = expiry.end->substr(0, 10);
  if (expiry.days_left < 0) return fmt::format("it ended on {}", day);
  if (expiry.days_left == 0) return fmt::format("it ends within a day ({})", day);
  return fmt::format("it ends in {} ({})",
                     base::count_of(static_cast<std::uint64_t>(expiry.days_left), "day"), day);
}

void write_names(json::Writer& out, std::string_view key, const std::vector<std::string>& names) {
  out.key(key).begin_array();
  for (const std::string& name : names) out.string(name);
  out.end_array();
}

void write_error(json::Writer& out, const std::optional<base::Error>& error) {
  if (!error) return;
  out.key("reason").string(error->reason);
  out.key("message").string(error->text());
}

// The name stands in front already, so the place says nothing more when it is the same.
std::string told_of(std::string_view name, const base::Error& error) {
  return error.where == name ? error.message : error.text();
}

// What is true of many is told once: names by what holds for them, in order of appearance.
class Grouped {
 public:
  void add(const std::string& what, const std::string& name) {
    auto known = std::find_if(groups_.begin(), groups_.end(),
                              [&](const auto& group) { return group.first == what; });
    if (known == groups_.end()) known = groups_.insert(groups_.end(), {what, {}});
    known->second.push_back(name);
  }
  const std::vector<std::pair<std::string, std::vector<std::string>>>& groups() const {
    return groups_;
  }

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> groups_;
};

// One that is wrong as a whole looks like many that lack something.
bool is_refused_everything(const Diagnosis& diagnosis) {
  constexpr std::size_t kMany = 3;
  const auto is_refused = [](const source::DataSetCheck& check) {
    return check.state == State::kMissingPermission || check.state == State::kFailed ||
           check.state == State::kUntested;
  };
  return diagnosis.checks.size() >= kMany && std::ranges::all_of(diagnosis.checks, is_refused);
}

void write_check(json::Writer& out, const source::DataSetCheck& check) {
  out.begin_object();
  out.key("name").string(check.name);
  out.key("kind").string(check.is_relation ? "relation" : "data_set");
  out.key("state").string(base::snake_case(source::to_string(check.state)));
  write_names(out, "grant", check.grant);
  out.key("fields").begin_array();
  for (const source::MissingField& field : check.fields) {
    out.begin_object();
    out.key("attribute").string(field.attribute);
    out.key("permission").string(field.permission);
    out.end_object();
  }
  out.end_array();
  if (!check.hidden_members_need.empty()) {
    out.key("hidden_members_need").string(check.hidden_members_need);
  }
  write_error(out, check.error);
  out.end_object();
}

}  // namespace

bool is_ready(const Diagnosis& diagnosis) {
  return diagnosis.destination && diagnosis.destination->ready && diagnosis.refusals.empty();
}

std::string_view to_string(Diagnosis::People people) {
  switch (people) {
    case Diagnosis::People::kNotWanted: return "";
    case Diagnosis::People::kNotTested: return "not tested";
    case Diagnosis::People::kWork: return "works";
    case Diagnosis::People::kFailed: return "failed";
  }
  return "";
}

std::vector<std::string> remarks_of(const Diagnosis& diagnosis) {
  std::vector<std::string> remarks;
  std::vector<std::string> empty;
  for (const source::DataSetCheck& check : diagnosis.checks) {
    if (check.state == State::kEmpty) empty.push_back(check.name);
  }
  if (!empty.empty()) {
    remarks.push_back(
        fmt::format("Without a single record, with the filter if there is one: {}. If there should "
                    "be some, look what these credentials may see in the source.",
                    fmt::join(empty, ", ")));
  }
  for (const source::Expiry& expiry : diagnosis.expiries) {
    if (expiry.end && expiry.days_left >= kRenewWithinDays) {
      remarks.push_back(fmt::format("{}: {}.", expiry.field, ends_text(expiry)));
    } else if (!expiry.needs.empty()) {
      remarks.push_back(
          fmt::format("{}: when it ends would be seen with {}.", expiry.field, expiry.needs));
    } else if (!expiry.problem.empty()) {
      remarks.push_back(
          fmt::format("{}: when it ends is not known. {}", expiry.field, expiry.problem));
    }
  }
  if (!diagnosis.superfluous.empty()) {
    remarks.push_back(fmt::format("Granted, and needed by nothing that this importer selects: {}.",
                                  fmt::join(diagnosis.superfluous, ", ")));
  }
  return remarks;
}

// One line per permission that lacks, with everything that waits for it, then the rest.
std::vector<std::string> advice_of(const Diagnosis& diagnosis) {
  Grouped grants, others;
  for (const source::DataSetCheck& check : diagnosis.checks) {
    for (const std::string& permission : check.grant) grants.add(permission, check.name);
    for (const source::MissingField& field : check.fields) {
      grants.add(field.permission,
                 fmt::format("{} of {} (or exclude it)", field.attribute, check.name));
    }
    if (!check.hidden_members_need.empty()) {
      grants.add(check.hidden_members_need, fmt::format("hidden members in {}", check.name));
    }
    if (!check.grant.empty() || !check.fields.empty()) continue;
    if (check.error) others.add(told_of(check.name, *check.error), check.name);
    if (check.state == State::kUntested) {
      others.add("not tested, there was no record to try it with.", check.name);
    }
  }
  std::vector<std::string> advice;
  if (diagnosis.sign_in) {
    advice.push_back("sign-in: " + told_of("sign-in", *diagnosis.sign_in));
  } else if (is_refused_everything(diagnosis)) {
    advice.push_back(
        "Nothing at all can be read: these credentials may be of another account, or of one "
        "without any role.");
  }
  for (const auto& [permission, what] : grants.groups()) {
    const std::string& how = diagnosis.source->granting;
    advice.push_back(fmt::format("Grant {}{}{}: {}.", with_help(*diagnosis.source, permission),
                                 how.empty() ? "" : " ", how, fmt::join(what, ", ")));
  }
  for (const auto& [sentence, names] : others.groups()) {
    advice.push_back(fmt::format("{}: {}", fmt::join(names, ", "), sentence));
  }
  for (const source::Expiry& expiry : diagnosis.expiries) {
    if (expiry.end && expiry.days_left < kRenewWithinDays) {
      advice.push_back(fmt::format("Renew {}: {}.", expiry.field, ends_text(expiry)));
    }
  }
  if (diagnosis.destination_error) {
    advice.push_back("destination: " + diagnosis.destination_error->text());
  } else if (diagnosis.destination && !diagnosis.destination->advice.empty()) {
    advice.push_back("destination: " + diagnosis.destination->advice);
  }
  for (const std::string& refusal : diagnosis.refusals) {
    advice.push_back("destination: " + refusal);
  }
  if (diagnosis.people_error) {
    advice.push_back("Jira accounts: " + diagnosis.people_error->text());
  }
  return advice;
}

void write_diagnosis(json::Writer& out, const Diagnosis& diagnosis) {
  out.begin_object();
  out.key("importer").string(diagnosis.importer);
  out.key("sign_in").begin_object();
  out.key("state").string(diagnosis.sign_in ? "failed" : "works");
  write_error(out, diagnosis.sign_in);
  out.end_object();
  out.key("checks").begin_array();
  for (const source::DataSetCheck& check : diagnosis.checks) write_check(out, check);
  out.end_array();
  write_names(out, "superfluous", diagnosis.superfluous);
  out.key("expiries").begin_array();
  for (const source::Expiry& expiry : diagnosis.expiries) {
    out.begin_object().key("field").string(expiry.field);
    if (expiry.end) out.key("end").string(*expiry.end).key("days_left").number(expiry.days_left);
    if (!expiry.needs.empty()) out.key("needs").string(expiry.needs);
    if (!expiry.problem.empty()) out.key("message").string(expiry.problem);
    out.end_object();
  }
  out.end_array();
  out.key("destination").begin_object();
  out.key("ready").boolean(is_ready(diagnosis));
  if (diagnosis.destination) {
    out.key("status").string(diagnosis.destination->status);
    out.key("advice").string(diagnosis.destination->advice);
    write_names(out, "refusals", diagnosis.refusals);
  }
  write_error(out, diagnosis.destination_error);
  out.end_object();
  if (diagnosis.people != Diagnosis::People::kNotWanted) {
    out.key("people").begin_object();
    out.key("state").string(base::snake_case(to_string(diagnosis.people)));
    write_error(out, diagnosis.people_error);
    out.end_object();
  }
  write_names(out, "advice", advice_of(diagnosis));
  out.end_object();
}

}  // namespace muster::service
