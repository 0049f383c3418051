#include "base/text.h"
#include "sandbox/assets/aql.h"

namespace muster::sandbox::assets {
namespace {

using base::equals_ignoring_case;
using Kind = AqlExpression::Kind;
using Operator = AqlCondition::Operator;
using Subject = AqlCondition::Subject;

bool is_equality(const AqlCondition& condition) {
  return !condition.negated &&
         (condition.operation == Operator::kEqual || condition.operation == Operator::kIn ||
          condition.operation == Operator::kExactlyEqual);
}

bool contains_folded(std::string_view text, std::string_view part) {
  return base::to_lower_ascii(text).find(base::to_lower_ascii(part)) != std::string::npos;
}

bool starts_folded(std::string_view text, std::string_view part) {
  return text.size() >= part.size() && equals_ignoring_case(text.substr(0, part.size()), part);
}

bool ends_folded(std::string_view text, std::string_view part) {
  return text.size() >= part.size() &&
         equals_ignoring_case(text.substr(text.size() - part.size()), part);
}

int order(std::string_view a, std::string_view b, bool numeric) {
  if (numeric) {
    const auto left = base::parse_double(a);
    const auto right = base::parse_double(b);
    if (left && right) return *left < *right ? -1 : *left > *right ? 1 : 0;
  }
  return base::to_lower_ascii(a).compare(base::to_lower_ascii(b));
}

bool is_time(std::string_view name) {
  return equals_ignoring_case(name, "Created") || equals_ignoring_case(name, "Updated");
}

std::string time_text(const Object& object, std::string_view name) {
  return base::format_utc(equals_ignoring_case(name, "Created") ? object.created : object.updated);
}

void keep_each_once(std::vector<ObjectId>& ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

std::string AqlSearch::text_of(const AqlValue& value) const {
  switch (value.kind) {
    case AqlValue::Kind::kNow:
      return base::format_utc(now_ +
                              std::chrono::duration_cast<std::chrono::microseconds>(value.offset));
    case AqlValue::Kind::kCurrentUser: return std::string(kCurrentUser);
    default: return value.text;
  }
}

bool AqlSearch::compare(const AqlCondition& condition, std::string_view held, bool numeric) const {
  const auto any = [&](auto test) {
    return std::ranges::any_of(condition.values,
                               [&](const AqlValue& value) { return test(text_of(value)); });
  };
  switch (condition.operation) {
    case Operator::kExactlyEqual:
      return any([&](const std::string& value) { return held == value; });
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kIn:
    case Operator::kInTypeAndChildren:
      return any([&](const std::string& value) { return equals_ignoring_case(held, value); });
    case Operator::kLess:
      return any([&](const std::string& value) { return order(held, value, numeric) < 0; });
    case Operator::kGreater:
      return any([&](const std::string& value) { return order(held, value, numeric) > 0; });
    case Operator::kLessOrEqual:
      return any([&](const std::string& value) { return order(held, value, numeric) <= 0; });
    case Operator::kGreaterOrEqual:
      return any([&](const std::string& value) { return order(held, value, numeric) >= 0; });
    case Operator::kLike:
      return any([&](const std::string& value) { return contains_folded(held, value); });
    case Operator::kStartsWith:
      return any([&](const std::string& value) { return starts_folded(held, value); });
    case Operator::kEndsWith:
      return any([&](const std::string& value) { return ends_folded(held, value); });
    case Operator::kIsEmpty: return false;
  }
  return false;
}

std::optional<std::uint16_t> AqlSearch::slot(const AqlCondition& condition, TypeIndex type,
                                             std::size_t step) const {
  if (step > 0) return workspace_.types[type].slot_of(condition.path[step]);
  AqlCondition::Memory& memory = condition.memory;
  if (memory.type != type)
    memory = {.type = type, .slot = workspace_.types[type].slot_of(condition.path[0])};
  return memory.slot;
}

bool AqlSearch::any_value(const AqlCondition& condition, ObjectId id, std::size_t step) const {
  const Object& object = workspace_.at(id);
  const bool last = step + 1 == condition.path.size();
  const auto found = slot(condition, object.type, step);
  if (!found)
    return last && is_time(condition.path[step]) &&
           compare(condition, time_text(object, condition.path[step]), false);
  const Attribute& attribute = workspace_.types[object.type].attributes[*found];
  if (attribute.is_reference())
    return std::ranges::any_of(object.links, [&](const Link& link) {
      if (link.slot != *found) return false;
      if (!last) return any_value(condition, link.target, step + 1);
      return compare(condition, workspace_.label(link.target), false) ||
             compare(condition, workspace_.object_key(link.target), false);
    });
  if (!last) return false;
  const bool numeric = attribute.type == "integer" || attribute.type == "double";
  for (std::string_view value : values_at(object.values, *found))
    if (compare(condition, value, numeric)) return true;
  return false;
}

bool AqlSearch::has_value(const AqlCondition& condition, ObjectId id, std::size_t step) const {
  const Object& object = workspace_.at(id);
  const bool last = step + 1 == condition.path.size();
  const auto found = slot(condition, object.type, step);
  if (!found) return last && is_time(condition.path[step]);
  if (!values_at(object.values, *found).empty()) return last;
  return std::ranges::any_of(object.links, [&](const Link& link) {
    return link.slot == *found && (last || has_value(condition, link.target, step + 1));
  });
}

bool AqlSearch::holds(const AqlCondition& condition, ObjectId id) const {
  const Object& object = workspace_.at(id);
  const ObjectType& type = workspace_.types[object.type];
  if (condition.operation == Operator::kIsEmpty)
    return (condition.subject == Subject::kAttribute && !has_value(condition, id, 0)) !=
           condition.negated;
  const bool turned = condition.operation == Operator::kNotEqual || condition.negated;
  const auto test = [&](std::string_view held) {
    return compare(condition, held, false) != turned;
  };
  switch (condition.subject) {
    case Subject::kObjectType:
      if (condition.operation != Operator::kInTypeAndChildren) return test(type.name);
      for (std::optional<TypeIndex> at = object.type; at; at = workspace_.types[*at].parent)
        if (compare(condition, workspace_.types[*at].name, false)) return !turned;
      return turned;
    case Subject::kObjectTypeId: return test(std::to_string(type.id));
    case Subject::kObjectSchema: return test(workspace_.schemas[type.schema].name);
    case Subject::kObjectSchemaId: return test(std::to_string(workspace_.schemas[type.schema].id));
    case Subject::kKey: return test(workspace_.object_key(id));
    case Subject::kObjectId: return compare(condition, std::to_string(id), true) != turned;
    case Subject::kLabel: return test(workspace_.label(id));
    case Subject::kAttribute: return any_value(condition, id, 0) != turned;
  }
  return false;
}

bool AqlSearch::holds(const AqlExpression& expression, ObjectId id) const {
  const auto child_holds = [&](const AqlExpression& child) { return holds(child, id); };
  switch (expression.kind) {
    case Kind::kAll: return true;
    case Kind::kAnd: return std::ranges::all_of(expression.children, child_holds);
    case Kind::kOr: return std::ranges::any_of(expression.children, child_holds);
    case Kind::kNot: return !holds(expression.children[0], id);
    case Kind::kOutbound:
      return std::ranges::any_of(workspace_.at(id).links, [&](const Link& link) {
        return holds(expression.children[0], link.target);
      });
    case Kind::kInbound: {
      bool found = false;
      workspace_.each_object([&](ObjectId other) {
        found =
            found || (std::ranges::any_of(workspace_.at(other).links,
                                          [&](const Link& link) { return link.target == id; }) &&
                      holds(expression.children[0], other));
      });
      return found;
    }
    case Kind::kCondition: return holds(expression.condition, id);
  }
  return false;
}

// Answers an equality from an index; false when it needs to be looked for one by one.
bool AqlSearch::collect_by_index(const AqlCondition& condition, std::vector<ObjectId>& ids) const {
  if (!is_equality(condition) || condition.subject != Subject::kAttribute ||
      condition.path.size() != 1 || is_time(condition.path[0]))
    return false;
  const auto look = [&](TypeIndex type) {
    const auto found = workspace_.types[type].slot_of(condition.path[0]);
    if (!found) return true;
    if (workspace_.types[type].attributes[*found].is_reference()) return false;
    for (const AqlValue& value : condition.values)
      workspace_.with_value(type, *found, text_of(value),
                            condition.operation == Operator::kExactlyEqual,
                            [&](ObjectId id) { ids.push_back(id); });
    return true;
  };
  if (only_) return look(*only_);
  for (TypeIndex type = 0; type < workspace_.types.size(); ++type)
    if (!look(type)) return false;
  return true;
}

std::vector<ObjectId> AqlSearch::candidates(const AqlExpression& expression) const {
  std::vector<ObjectId> ids;
  if (expression.kind == Kind::kCondition && collect_by_index(expression.condition, ids))
    return ids;
  if (expression.kind == Kind::kAnd)
    for (const AqlExpression& child : expression.children) {
      ids.clear();
      if (child.kind == Kind::kCondition && collect_by_index(child.condition, ids)) return ids;
    }
  if (only_) return workspace_.types[*only_].objects;
  ids.clear();
  workspace_.each_object([&](ObjectId id) { ids.push_back(id); });
  return ids;
}

std::vector<ObjectId> AqlSearch::matches(const AqlExpression& expression) const {
  std::vector<ObjectId> ids = candidates(expression);
  keep_each_once(ids);
  std::erase_if(ids, [&](ObjectId id) {
    return (only_ && workspace_.at(id).type != *only_) || !holds(expression, id);
  });
  return ids;
}

base::Status AqlSearch::check_names(const AqlExpression& expression) const {
  std::string unknown;
  each_condition(expression, [&](const AqlCondition& condition) {
    if (condition.subject != Subject::kAttribute || is_time(condition.path[0])) return;
    const bool known = std::ranges::any_of(workspace_.types, [&](const ObjectType& type) {
      return type.slot_of(condition.path[0]).has_value();
    });
    if (!known) unknown = condition.path[0];
  });
  if (unknown.empty()) return {};
  return base::Error{base::ErrorKind::kMalformed, "aql",
                     fmt::format("AQL: no object type has the attribute \"{}\"", unknown)};
}

std::string AqlSearch::sort_text(const std::vector<std::string>& path, ObjectId id) const {
  const Object& object = workspace_.at(id);
  if (path.size() == 1 && equals_ignoring_case(path[0], "Key")) return fmt::format("{:010}", id);
  const auto found = workspace_.types[object.type].slot_of(path[0]);
  if (!found) return is_time(path[0]) ? time_text(object, path[0]) : std::string();
  for (const Link& link : object.links)
    if (link.slot == *found)
      return path.size() == 1 ? std::string(workspace_.label(link.target))
                              : sort_text({path.begin() + 1, path.end()}, link.target);
  return std::string(values_at(object.values, *found).front());
}

base::Result<std::vector<ObjectId>> AqlSearch::run(const AqlQuery& query) const {
  TRY(check_names(query.root));
  std::vector<ObjectId> ids = matches(query.root);
  if (query.order_by.empty()) return ids;
  std::vector<std::pair<std::string, ObjectId>> keyed;
  for (ObjectId id : ids) keyed.emplace_back(sort_text(query.order_by, id), id);
  // By number only when all are numbers: mixing the two orders would be none.
  const bool numeric = std::ranges::all_of(
      keyed, [](const auto& one) { return base::parse_double(one.first).has_value(); });
  std::ranges::stable_sort(keyed, [&](const auto& a, const auto& b) {
    const int comparison = order(a.first, b.first, numeric);
    return query.descending ? comparison > 0 : comparison < 0;
  });
  std::ranges::transform(keyed, ids.begin(), [](const auto& one) { return one.second; });
  return ids;
}

}  // namespace muster::sandbox::assets
