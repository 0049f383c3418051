#include "sandbox/assets/reference_template.h"

namespace muster::sandbox::assets {

using Operator = AqlCondition::Operator;

std::string join_values(const Values& values) {
  std::string joined;
  for (std::string_view value : values) {
    if (!joined.empty()) joined += kConcatenator;
    joined += value;
  }
  return joined;
}

namespace {

bool is_placeholder(const AqlValue& value) {
  return value.kind == AqlValue::Kind::kPlaceholder ||
         value.kind == AqlValue::Kind::kEachPlaceholder;
}

bool is_text(const AqlValue& value) {
  return value.kind == AqlValue::Kind::kText || is_placeholder(value);
}

}  // namespace

base::Result<ReferenceTemplate> ReferenceTemplate::parse(std::string_view text) {
  ReferenceTemplate result;
  result.query_ = TRY(parse_aql(text, AqlForm::kTemplate));
  each_condition(result.query_.root, [&](const AqlCondition& condition) {
    for (const AqlValue& value : condition.values)
      if (is_placeholder(value) && std::ranges::count(result.locators_, value.text) == 0)
        result.locators_.push_back(value.text);
  });
  const AqlExpression& root = result.query_.root;
  const AqlCondition& condition = root.condition;
  result.is_lookup_ =
      root.kind == AqlExpression::Kind::kCondition && !condition.negated &&
      condition.subject == AqlCondition::Subject::kAttribute && condition.path.size() == 1 &&
      (condition.operation == Operator::kEqual || condition.operation == Operator::kExactlyEqual ||
       condition.operation == Operator::kIn) &&
      std::ranges::all_of(condition.values, is_text);
  return result;
}

template <typename Visit>
void ReferenceTemplate::each_text(const AqlValue& value, const std::vector<Values>& inputs,
                                  Visit&& visit) const {
  if (!is_placeholder(value)) {
    visit(std::string_view(value.text));
    return;
  }
  const auto position = std::ranges::find(locators_, value.text) - locators_.begin();
  const Values& values = inputs[static_cast<std::size_t>(position)];
  if (value.kind == AqlValue::Kind::kEachPlaceholder || values.size() == 1) {
    for (std::string_view text : values) visit(text);
  } else {
    visit(std::string_view(join_values(values)));
  }
}

AqlExpression ReferenceTemplate::filled_in(const AqlExpression& expression,
                                           const std::vector<Values>& inputs) const {
  AqlExpression filled{.kind = expression.kind, .condition = expression.condition};
  for (const AqlExpression& child : expression.children)
    filled.children.push_back(filled_in(child, inputs));
  filled.condition.values.clear();
  for (const AqlValue& value : expression.condition.values) {
    if (!is_text(value)) {
      filled.condition.values.push_back(value);
      continue;
    }
    each_text(value, inputs, [&](std::string_view text) {
      filled.condition.values.push_back({.text = std::string(text)});
    });
  }
  return filled;
}

void ReferenceTemplate::resolve(const Workspace& workspace, TypeIndex target, base::WallTime now,
                                const std::vector<Values>& inputs,
                                std::vector<ObjectId>& ids) const {
  const std::size_t before = ids.size();
  const AqlCondition& condition = query_.root.condition;
  std::optional<std::uint16_t> slot;
  if (is_lookup_) {
    AqlCondition::Memory& memory = condition.memory;
    if (memory.type != target)
      memory = {.type = target, .slot = workspace.types[target].slot_of(condition.path[0])};
    slot = memory.slot;
  }
  if (slot && !workspace.types[target].attributes[*slot].is_reference()) {
    for (const AqlValue& value : condition.values)
      each_text(value, inputs, [&](std::string_view text) {
        workspace.with_value(target, *slot, text, condition.operation == Operator::kExactlyEqual,
                             [&](ObjectId id) { ids.push_back(id); });
      });
    std::sort(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end());
    ids.erase(std::unique(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end()), ids.end());
    return;
  }
  const auto found = AqlSearch(workspace, now, target).matches(filled_in(query_.root, inputs));
  ids.insert(ids.end(), found.begin(), found.end());
}

}  // namespace muster::sandbox::assets
