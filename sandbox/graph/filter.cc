#include "sandbox/graph/filter.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"
#include "json/value.h"
#include "sandbox/graph/filter_node.h"

namespace muster::sandbox::graph {
namespace {

using json::Value;
using Node = Filter::Node;

const Value* walk(const Value& from, const std::vector<std::string>& path) {
  const Value* at = &from;
  for (const std::string& key : path) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

// Text is compared without case; ISO dates and ids compare as text too.
int compare_text(std::string_view a, std::string_view b) {
  return base::to_lower_ascii(a).compare(base::to_lower_ascii(b));
}

// Nullopt: not comparable, so that only `ne` is true.
std::optional<int> compare(const Value& value, const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNull: return value.is_null() ? std::optional(0) : std::nullopt;
    case Literal::Kind::kTrue:
    case Literal::Kind::kFalse:
      if (!value.is_bool()) return std::nullopt;
      return static_cast<int>(value.boolean()) -
             static_cast<int>(literal.kind == Literal::Kind::kTrue);
    case Literal::Kind::kNumber: {
      if (!value.is_number()) return std::nullopt;
      const double difference = value.real().value_or(0) - literal.number;
      return difference < 0 ? -1 : difference > 0 ? 1 : 0;
    }
    case Literal::Kind::kText: break;
  }
  return value.is_string() ? std::optional(compare_text(value.text(), literal.text)) : std::nullopt;
}

bool holds(Node::Kind kind, const Value& value, const Literal& literal) {
  const auto order = compare(value, literal);
  switch (kind) {
    case Node::Kind::kEqual: return order == 0;
    case Node::Kind::kNotEqual: return order != 0;
    case Node::Kind::kGreater: return order && *order > 0;
    case Node::Kind::kGreaterOrEqual: return order && *order >= 0;
    case Node::Kind::kLess: return order && *order < 0;
    case Node::Kind::kLessOrEqual: return order && *order <= 0;
    case Node::Kind::kStartsWith:
      return value.is_string() &&
             base::equals_ignoring_case(value.text().substr(0, literal.text.size()), literal.text);
    case Node::Kind::kEndsWith:
      return value.is_string() && value.text().size() >= literal.text.size() &&
             base::equals_ignoring_case(
                 value.text().substr(value.text().size() - literal.text.size()), literal.text);
    default: return false;
  }
}

class Evaluation {
 public:
  Evaluation(const Table& table, const world::World& world, std::uint32_t index)
      : table_(table), world_(world), index_(index) {}

  bool test(const Node& node, const Value* element) {
    switch (node.kind) {
      case Node::Kind::kAnd:
        return test(*node.children[0], element) && test(*node.children[1], element);
      case Node::Kind::kOr:
        return test(*node.children[0], element) || test(*node.children[1], element);
      case Node::Kind::kNot: return !test(*node.children[0], element);
      default: break;
    }
    if (node.on_element) return element != nullptr && test_value(node, walk(*element, node.path));
    std::string text;
    table_.append_value(text, world_, index_, node.column);
    if (text.empty()) text = "null";  // a property that is absent
    const auto document = json::Document::parse(std::move(text));
    return document.ok() && test_value(node, walk(document.value().root(), node.path));
  }

 private:
  bool test_value(const Node& node, const Value* value) {
    static const Value kMissing;
    if (value == nullptr) value = &kMissing;
    if (node.kind == Node::Kind::kAny) {
      if (node.children.empty()) return !value->items().empty();
      for (const Value& item : value->items()) {
        if (test(*node.children[0], &item)) return true;
      }
      return false;
    }
    if (node.kind == Node::Kind::kIn) {
      for (const Literal& literal : node.literals) {
        if (holds(Node::Kind::kEqual, *value, literal)) return true;
      }
      return false;
    }
    if (node.counts) {
      const Literal& literal = node.literals[0];
      const double difference = static_cast<double>(value->items().size()) - literal.number;
      return node.kind == Node::Kind::kEqual ? difference == 0 : difference != 0;
    }
    return holds(node.kind, *value, node.literals[0]);
  }

  const Table& table_;
  const world::World& world_;
  std::uint32_t index_;
};

bool any_node(const Node& node, bool (*check)(const Node&)) {
  if (check(node)) return true;
  for (const auto& child : node.children) {
    if (any_node(*child, check)) return true;
  }
  return false;
}

}  // namespace

Filter::Filter() = default;
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

std::optional<Refusal> Filter::parse(std::string_view text, const Table& table, Filter& filter) {
  filter.table_ = &table;
  return parse_filter(text, table, filter.root_);
}

bool Filter::needs_advanced() const {
  return any_node(*root_, [](const Node& node) {
    return node.kind == Node::Kind::kNotEqual || node.kind == Node::Kind::kNot ||
           node.kind == Node::Kind::kEndsWith || node.counts;
  });
}

bool Filter::combines_sign_in() const {
  const bool combined = root_->kind == Node::Kind::kAnd || root_->kind == Node::Kind::kOr;
  return combined && any_node(*root_, [](const Node& node) { return node.on_sign_in; });
}

bool Filter::matches(const world::World& world, std::uint32_t index) const {
  return Evaluation(*table_, world, index).test(*root_, nullptr);
}

}  // namespace muster::sandbox::graph
