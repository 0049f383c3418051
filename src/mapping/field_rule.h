// How the text of one attribute of an object is made from a record.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalogue/derived.h"
#include "json/path.h"
#include "mapping/coerce.h"
#include "mapping/plan.h"

namespace muster::mapping {

// How one attribute's text is made, with everything looked up beforehand.
struct FieldRule {
  enum class Make { kPath, kJoin, kStatus, kLookup, kDerived, kReference, kComposed };
  Make make = Make::kPath;
  std::string prefix;  // ,"display_name":
  catalogue::AttributeType type = catalogue::AttributeType::kText;
  std::vector<json::Path> paths;
  std::string join;
  const std::vector<std::string>* nulls = nullptr;
  const std::vector<catalogue::StatusValue>* statuses = nullptr;
  const catalogue::LookupTable* table = nullptr;
  json::Path otherwise;
  std::optional<catalogue::Derivation> derivation;
  std::optional<catalogue::Composition> composition;
  std::string only_prefix, prepend;  // of the values of a reference
  catalogue::Where when;             // it has any
  std::string name;                  // for rejects
  // Paths on which something of the wrong kind may stand in the way of the values.
  std::vector<json::Path> winding;
  json::Path::End end = json::Path::End::kAny;
  bool any_will_do = false;  // the paths are alternatives
  bool is_plural = false;

  bool is_reference() const { return make == Make::kReference || make == Make::kComposed; }
};

FieldRule make_rule(const Plan& plan, const DataSetPlan& data_set, const Field& field);

// Appends the value (kWritten only). Counts into `bad` what could not be used, also where other
// values of the field could: text where a list should be is no empty list.
Coerced append_field(std::string& out, const FieldRule& rule, const json::Value& record,
                     std::string& scratch, std::uint64_t& bad);

}  // namespace muster::mapping
