#include "run/people.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"

namespace muster::run {
namespace {

using assets::AccountChange;
using assets::FoundAccounts;
using assets::Person;
using assets::Written;
using base::Error;
using base::ErrorKind;
using base::Status;
using base::Stop;

void list(ListedObjects& listed, const std::string& object_key) {
  ++listed.count;
  if (listed.objects.size() < kMaxListedObjects) listed.objects.push_back(object_key);
}

class PeopleStep {
 public:
  PeopleStep(assets::People& people, const PeopleTask& task, Progress& progress,
             PeopleReport& report, const Stop& stop)
      : people_(people), task_(task), progress_(progress), report_(report), stop_(stop) {}

  Status run();

 private:
  assets::PeopleObjects objects() const;
  void take(Person person);
  Status settle(std::span<const FoundAccounts> batch);
  Status write(std::span<const AccountChange> changes, std::span<const std::string> object_keys);

  assets::People& people_;
  const PeopleTask& task_;
  Progress& progress_;
  PeopleReport& report_;
  const Stop& stop_;
  std::vector<std::string> emails_;                      // distinct, in lower case
  std::unordered_map<std::string, std::size_t> places_;  // in emails_
  std::vector<std::vector<Person>> owners_;              // of each address
};

assets::PeopleObjects PeopleStep::objects() const {
  const catalogue::ObjectType& type = task_.plan.type_of(task_.data_set);
  const mapping::DataSetPlan& set = task_.plan.data_sets[task_.data_set];
  const auto email = people_attribute(task_.plan, task_.data_set, task_.settings.email);
  return {.target = task_.target,
          .type_id = task_.type_id,
          .type_name = type.name,
          .key_attribute = type.attributes[set.key_attribute].name,
          .email_attribute = email ? type.attributes[*email].name : std::string(),
          .account_attribute = task_.settings.attribute};
}

void PeopleStep::take(Person person) {
  const auto key = task_.collection.keys().find(person.key);
  if (!key || !task_.collection.has_object(*key)) return;  // not of this run
  ++report_.objects;
  std::string email = base::to_lower_ascii(base::trim(person.email));
  person.email.clear();
  if (email.empty()) {
    ++report_.without_email;
    return;
  }
  const auto [place, is_new] = places_.emplace(email, emails_.size());
  if (is_new) {
    emails_.push_back(std::move(email));
    owners_.emplace_back();
  }
  owners_[place->second].push_back(std::move(person));
}

// Has one of these accounts: where there are several, somebody chose it.
bool has_one_of(const Person& person, const std::vector<std::string>& accounts) {
  return std::ranges::find_first_of(person.accounts, accounts) != person.accounts.end();
}

Status PeopleStep::settle(std::span<const FoundAccounts> batch) {
  std::vector<AccountChange> changes;
  std::vector<std::string> object_keys;
  for (const FoundAccounts& found : batch) {
    for (const Person& person : owners_[found.email]) {
      if (found.accounts.empty()) {
        list(report_.unknown, person.object_key);
      } else if (has_one_of(person, found.accounts)) {
        ++report_.unchanged;
      } else if (found.accounts.size() > 1) {
        list(report_.ambiguous, person.object_key);
      } else {
        changes.push_back({person.object_id, found.accounts.front()});
        object_keys.push_back(person.object_key);
        continue;
      }
      ++progress_.people_done;
    }
  }
  return write(changes, object_keys);
}

Status PeopleStep::write(std::span<const AccountChange> changes,
                         std::span<const std::string> object_keys) {
  std::vector<Written> written;
  Status outcome = people_.write(changes, written, stop_);
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] == Written::kDone) ++report_.written;
    if (written[i] == Written::kRefused) list(report_.refused, object_keys[i]);
    if (written[i] != Written::kNot) ++progress_.people_done;
  }
  return outcome;
}

Status PeopleStep::run() {
  TRY(people_.open(objects(), stop_));
  TRY(people_.read([this](Person person) { take(std::move(person)); }, stop_));
  progress_.people_total = report_.objects - report_.without_email;
  return people_.find(
      emails_, [this](std::span<const FoundAccounts> batch) { return settle(batch); }, stop_);
}

std::string counts_of(const PeopleReport& report) {
  std::string text = fmt::format("{} written, {} unchanged", base::with_thousands(report.written),
                                 base::with_thousands(report.unchanged));
  const std::pair<const char*, std::uint64_t> others[] = {{"ambiguous", report.ambiguous.count},
                                                          {"unknown in Jira", report.unknown.count},
                                                          {"refused", report.refused.count},
                                                          {"without e-mail", report.without_email}};
  for (const auto& [name, count] : others) {
    if (count > 0) text += fmt::format(", {} {}", base::with_thousands(count), name);
  }
  return text + ".";
}

void conclude(PeopleReport& report, const Status& outcome) {
  if (outcome.ok()) {
    report.state = "done";
    report.reason = "ok";
    report.message = counts_of(report);
    return;
  }
  const Error& error = outcome.error();
  const bool cancelled = error.kind == ErrorKind::kCancelled;
  report.state = cancelled ? "cancelled" : "failed";
  report.reason = error.reason;
  report.message = cancelled ? "Stopped as asked." : error.text();
  if (report.written > 0) {
    report.message += fmt::format(" Until then {} written.",
                                  base::count_of(report.written, "account was", "accounts were"));
  }
  report.message += " The import is not concerned; the next run fills in what is missing.";
}

}  // namespace

PeopleReport unfinished_people(const PeopleSettings& settings) {
  PeopleReport report;
  report.state = "unfinished";
  report.reason = "process_died";
  report.message =
      "Jira accounts are being filled in, or the process ended meanwhile; then the next run fills "
      "in what is missing.";
  report.data_set = settings.data_set;
  report.attribute = settings.attribute;
  return report;
}

PeopleReport fill_in_accounts(assets::People& people, const PeopleTask& task, Progress& progress,
                              const Stop& stop) {
  PeopleReport report = unfinished_people(task.settings);
  conclude(report, PeopleStep(people, task, progress, report, stop).run());
  const assets::PeopleTraffic traffic = people.traffic();
  report.requests = traffic.requests;
  report.throttled = traffic.throttled;
  report.waited_seconds = traffic.waited_seconds;
  return report;
}

std::optional<std::size_t> people_data_set(const mapping::Plan& plan, std::string_view name) {
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    if (plan.data_sets[i].data_set->name == name) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> people_attribute(const mapping::Plan& plan, std::size_t data_set,
                                            std::string_view name) {
  for (const mapping::Field& field : plan.data_sets[data_set].field_rules) {
    const std::string& title = plan.type_of(data_set).attributes[field.object_attribute].name;
    const bool is_it = field.attribute != nullptr ? field.attribute->name == name
                                                  : !field.added.empty() && title == name;
    if (is_it) return field.object_attribute;
  }
  return std::nullopt;
}

}  // namespace muster::run
