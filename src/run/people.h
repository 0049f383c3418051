// The step after an import: people in Assets get their Jira accounts (assets/people.h says why the
// import cannot bring them).
//
// Only objects that this run sent are looked at, only what differs is written, and nothing is ever
// taken away: who is unknown or ambiguous keeps what stands there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "assets/people.h"
#include "mapping/plan.h"
#include "run/collection.h"
#include "run/importer.h"
#include "run/progress.h"
#include "run/report.h"

namespace muster::run {

struct PeopleTask {
  const PeopleSettings& settings;
  const mapping::Plan& plan;
  std::size_t data_set = 0;  // index in Plan::data_sets
  const Collection& collection;
  std::string target;   // assets::Readiness::target
  std::string type_id;  // assets::TypeOutcome::id
};

// Blocks until it is done, failed or stopped; the report says which. The caller knows why it
// stopped: a stop is told as `cancelled`.
PeopleReport fill_in_accounts(assets::People& people, const PeopleTask& task, Progress& progress,
                              const base::Stop& stop);

// What stands in the report until then, and for good when the process dies meanwhile.
PeopleReport unfinished_people(const PeopleSettings& settings);

// Index in Plan::data_sets; nullopt: unknown or off.
std::optional<std::size_t> people_data_set(const mapping::Plan& plan, std::string_view name);
// Index in ObjectType::attributes of what is sent under this name: the catalogue's, or the one it
// was added with.
std::optional<std::size_t> people_attribute(const mapping::Plan& plan, std::size_t data_set,
                                            std::string_view name);

}  // namespace muster::run
