// The permission doctor: tries each selected data set and relation with a single record, and says
// what works, what is missing and how to grant it.
//
//   std::vector<DataSetCheck> checks = check_data_sets(session, plans, stop);
//   for (const DataSetCheck& check : checks) print(check.name, check.state, check.grant);
//
// It goes on after a failure: the admin gets the whole list at once. A failed sign-in fails every
// check with the same error; sign in first (Session::sign_in) to tell that once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"
#include "source/grants.h"
#include "source/listing.h"
#include "source/record_reader.h"
#include "source/session.h"

namespace muster::source {

// What the importer selected of one data set, and the relations it needs that start there.
struct CheckPlan {
  const catalogue::DataSet* data_set = nullptr;
  RecordsPlan records;
  std::vector<const catalogue::Relation*> relations;
  std::vector<const catalogue::DataSet*> rows;  // whose records are inside those of `data_set`
};

struct DataSetCheck {
  enum class State {
    kWorks,
    kEmpty,              // works, and there is no record; of data sets only
    kMissingPermission,  // `grant` says which, as far as anybody can know
    kNotAvailable,       // a licence or service is missing: no permission helps
    kUntested,           // a relation of a data set that has no record, or could not be read
    kFailed              // see `error`
  };
  std::string name;  // of the data set or relation
  bool is_relation = false;
  State state = State::kFailed;
  std::uint64_t records_seen = 0;  // 0 or 1
  // Permissions to grant. When the token lists what it was granted: exactly those that lack.
  // Otherwise, after a refusal: all that the reading needs, because nobody says which one lacks.
  std::vector<std::string> grant;
  std::vector<MissingField> fields;  // each needs a permission of its own
  std::string hidden_members_need;   // permission without which some members are not shown
  std::optional<base::Error> error;  // of every state but kWorks, kEmpty and kUntested
};

std::string_view to_string(DataSetCheck::State state);  // "works", "missing permission", ...

std::vector<DataSetCheck> check_data_sets(Session& session, std::span<const CheckPlan> plans,
                                          const base::Stop& stop);

}  // namespace muster::source
