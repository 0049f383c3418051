// An objectMappingIQL: which objects a record refers to, as a query with placeholders.
// https://support.atlassian.com/jira-service-management-cloud/docs/use-placeholders-to-replace-information-depending-on-context
//
//   ReferenceTemplate groups = TRY(ReferenceTemplate::parse("\"Object ID\" IN
//   (${group_ids${0}})")); groups.resolve(workspace, target_type, now, {values_of_group_ids}, ids);
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sandbox/assets/aql.h"

namespace muster::sandbox::assets {

// Joins several source values where one is expected (an import source's defaultConcatenator).
inline constexpr std::string_view kConcatenator = ",";
std::string join_values(const Values& values);

class ReferenceTemplate {
 public:
  static base::Result<ReferenceTemplate> parse(std::string_view text);

  // The record's fields that the placeholders name, each once.
  const std::vector<std::string>& locators() const { return locators_; }
  const AqlExpression& expression() const { return query_.root; }

  // Appends the objects of `target` that match, in ascending order; inputs are in the order of
  // locators(). ${locator} with several values is one joined text, as everywhere in the importer.
  void resolve(const Workspace& workspace, TypeIndex target, base::WallTime now,
               const std::vector<Values>& inputs, std::vector<ObjectId>& ids) const;

 private:
  AqlExpression filled_in(const AqlExpression& expression, const std::vector<Values>& inputs) const;
  template <typename Visit>
  void each_text(const AqlValue& value, const std::vector<Values>& inputs, Visit&& visit) const;

  AqlQuery query_;
  std::vector<std::string> locators_;
  bool is_lookup_ = false;  // one equality on one attribute: answered by the index alone
};

}  // namespace muster::sandbox::assets
