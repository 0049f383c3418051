// What importing Entra ID means, worked out from the truth of the sandbox and not from muster's
// catalogue or plan: the same facts written a second time, so that a mistake in one of them shows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "sandbox/sandbox.h"
#include "tests/checker/history.h"

namespace muster::checker::entra {

// The data sets that an importer reads when it names none.
const std::vector<std::string>& default_data_sets();

// As an importer file says it; relations and references follow.
struct Choice {
  std::string data_set;
  std::uint64_t limit = 0;
  std::optional<Condition> filter, where;
};
Selection select(const std::vector<Choice>& choices);
// Without the selection's details: every default data set.
Selection select_defaults();

// Everything that the sandbox's source holds now.
Truth read_truth(sandbox::Sandbox& sandbox);

// The key of a record as it stands in a page, and of an object in a data call.
std::string record_key(std::string_view target, const json::Value& record);
std::string object_key(std::string_view selector, const json::Value& object);
// "Object ID": the attribute that holds the key in Assets.
std::string key_title(std::string_view object_type);

}  // namespace muster::checker::entra
