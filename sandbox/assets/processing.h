// What Assets does with the records of an execution once it is completed: match, write, treat what
// is missing, then resolve references; and count.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sandbox/assets/extraction.h"

namespace muster::sandbox::assets {

enum class MissingPolicy { kIgnore, kRemove, kUpdate };
enum class EmptyPolicy { kIgnore, kRemove };  // a field that was sent empty
enum class UnknownPolicy { kIgnore, kAdd };   // a select value nobody knows

// Set in Assets' screens per object type mapping; the mapping document cannot say it.
struct TypePolicy {
  MissingPolicy missing = MissingPolicy::kIgnore;
  std::string missing_attribute;  // kUpdate: gets missing_value
  std::string missing_value;
  bool ignore_case = false;  // matchIdentifierIgnoreCase
  // A production importer saw empty values clear and absent ones stay, although the documentation's
  // example says IGNORE; so clearing is what this imitation does unless told otherwise.
  EmptyPolicy empty = EmptyPolicy::kRemove;
  UnknownPolicy unknown = UnknownPolicy::kIgnore;
};

using Policies = std::map<std::string, TypePolicy, std::less<>>;  // by object type name

// The counters of one type in progressResult.objectTypeResultMap.
struct TypeResult {
  TypeIndex type = 0;
  std::uint64_t entries = 0, created = 0, updated = 0, identical = 0;
  std::uint64_t missing_updated = 0, missing_deleted = 0;
  std::uint64_t duplicates = 0, empty_labels = 0, empty_keys = 0;
  std::uint64_t refused = 0;  // not on the wire: entries with an error
  std::uint64_t updated_references = 0;
  std::uint64_t unresolved_references = 0;  // not on the wire: values that found no object
  std::vector<std::string> errors;
};

struct StagedType {
  Extraction extraction;
  std::vector<StagedRecord> records;
};

struct ProcessingSettings {
  std::uint32_t execution = 0;   // a number of its own, ascending
  std::size_t object_limit = 0;  // of the workspace; 0: none
  base::WallTime now{};
};

// A type without a policy has the defaults. The staged records are used up.
std::vector<TypeResult> process(Workspace& workspace, std::vector<StagedType>& staged,
                                const Policies& policies, const ProcessingSettings& settings);

}  // namespace muster::sandbox::assets
