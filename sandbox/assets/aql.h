// The part of Assets' query language (AQL) that a look at imported objects needs, and the templates
// of objectMappingIQL, which are AQL with placeholders.
// https://support.atlassian.com/jira-service-management-cloud/docs/use-assets-query-language-aql/
//
//   query  := [ or ] [ "order by" path [ "asc" | "desc" ] ]
//   or     := and { "OR" and }          and := unary { "AND" unary }
//   unary  := "NOT" unary | "(" or ")" | "object having" ("in"|"out")"boundReferences(" [ or ] ")"
//             | condition
//   condition := path operator value | path ["NOT"] "IN" "(" value { "," value } ")"
//             | path "IS" ["NOT"] "EMPTY" | "objectType IN objectTypeAndChildren(" value ")"
//   path   := name { "." name }        operator := = == != < > <= >= ["NOT"]
//   like|startswith|endswith value  := "text" | word | now([-+]30d) | currentUser() | ${locator} |
//   ${locator${0}}
//
// Names and operators ignore case, and so do comparisons, all but "==".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/assets/workspace.h"

namespace muster::sandbox::assets {

struct AqlValue {
  enum class Kind { kText, kNow, kCurrentUser, kPlaceholder, kEachPlaceholder };
  Kind kind = Kind::kText;
  std::string text;          // kText: the value; placeholders: the locator
  base::Duration offset{0};  // kNow
};

struct AqlCondition {
  enum class Subject {
    kObjectType,
    kObjectTypeId,
    kObjectSchema,
    kObjectSchemaId,
    kKey,
    kObjectId,
    kLabel,
    kAttribute
  };
  enum class Operator {
    kEqual,
    kExactlyEqual,
    kNotEqual,
    kLess,
    kGreater,
    kLessOrEqual,
    kGreaterOrEqual,
    kLike,
    kStartsWith,
    kEndsWith,
    kIn,
    kInTypeAndChildren,
    kIsEmpty
  };
  Subject subject = Subject::kAttribute;
  std::vector<std::string> path;  // kAttribute: the names that dots separate
  Operator operation = Operator::kEqual;
  bool negated = false;
  std::vector<AqlValue> values;

  // Where the attribute stood in the type that was looked at last.
  struct Memory {
    std::optional<TypeIndex> type;
    std::optional<std::uint16_t> slot;
  };
  mutable Memory memory{};
};

struct AqlExpression {
  enum class Kind { kAll, kAnd, kOr, kNot, kInbound, kOutbound, kCondition };
  Kind kind = Kind::kAll;
  std::vector<AqlExpression> children;
  AqlCondition condition;  // kCondition
};

struct AqlQuery {
  AqlExpression root;
  std::vector<std::string> order_by;  // a path; empty: in order of creation
  bool descending = false;
};

enum class AqlForm { kQuery, kTemplate };

// kMalformed with the position. Placeholders are accepted only in a template.
base::Result<AqlQuery> parse_aql(std::string_view text, AqlForm form);

// Every condition of the expression, for checks.
void each_condition(const AqlExpression& expression,
                    const std::function<void(const AqlCondition&)>& visit);

class AqlSearch {
 public:
  AqlSearch(const Workspace& workspace, base::WallTime now, std::optional<TypeIndex> only = {})
      : workspace_(workspace), now_(now), only_(only) {}

  // kMalformed when the query names an attribute that no object type has.
  base::Result<std::vector<ObjectId>> run(const AqlQuery& query) const;
  // The matching objects in order of creation, without that check.
  std::vector<ObjectId> matches(const AqlExpression& expression) const;

 private:
  bool holds(const AqlExpression& expression, ObjectId id) const;
  bool holds(const AqlCondition& condition, ObjectId id) const;
  bool compare(const AqlCondition& condition, std::string_view held, bool numeric) const;
  bool any_value(const AqlCondition& condition, ObjectId id, std::size_t step) const;
  bool has_value(const AqlCondition& condition, ObjectId id, std::size_t step) const;
  std::optional<std::uint16_t> slot(const AqlCondition& condition, TypeIndex type,
                                    std::size_t step) const;
  std::vector<ObjectId> candidates(const AqlExpression& expression) const;
  bool collect_by_index(const AqlCondition& condition, std::vector<ObjectId>& ids) const;
  base::Status check_names(const AqlExpression& expression) const;
  std::string sort_text(const std::vector<std::string>& path, ObjectId id) const;
  std::string text_of(const AqlValue& value) const;

  const Workspace& workspace_;
  base::WallTime now_;
  std::optional<TypeIndex> only_;  // looks at objects of this type alone
};

inline constexpr std::string_view kCurrentUser = "muster-sandbox-admin";

}  // namespace muster::sandbox::assets
