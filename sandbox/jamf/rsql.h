// Filters as Jamf Pro understands them: city=="Chicago" and name=="*build*".
// https://developer.jamf.com/jamf-pro/docs/filtering-with-rsql
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "sandbox/jamf/refusal.h"

namespace muster::sandbox::jamf {

class Rsql {
 public:
  // `allowed`: names of fields between blanks.
  static std::optional<Refusal> parse(std::string_view text, std::string_view allowed, Rsql& out);
  bool always() const { return root_ == nullptr; }
  // Fields are looked up as paths, or else as members of a section (field_of).
  bool fits(const json::Value& record) const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;  // null: everything fits
};

// The value a field of a filter or sort means: "general.name" by path, "osVersion" in whichever
// section has it. Null: none.
const json::Value* field_of(const json::Value& record, std::string_view field);
// Whether `names` has `name` between blanks.
bool is_among(std::string_view names, std::string_view name);

}  // namespace muster::sandbox::jamf
