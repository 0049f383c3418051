#include "catalogue/where.h"

#include <algorithm>
#include <compare>

#include "base/text.h"
#include "catalogue/where_node.h"

namespace muster::catalogue {
namespace {

using Node = Where::Node;
using json::scalar_text;
using json::Value;

// A path that ends at an array asks about its elements.
template <typename Test>
bool any_value(const Node& node, const Value& record, Test&& test) {
  bool found = false;
  node.path.each_item(record, [&](const Value& value) { found = found || test(value); });
  return found;
}

std::partial_ordering order_numbers(const Value& value, const Literal& literal) {
  std::optional<std::int64_t> integer = value.integer();
  std::optional<double> real = value.real();
  if (value.is_string()) {
    integer = base::parse_int(value.text());
    real = base::parse_double(value.text());
  }
  // 2^53 + 1 and its neighbour are the same double.
  if (integer && literal.integer) return *integer <=> *literal.integer;
  if (!real) return std::partial_ordering::unordered;
  return *real <=> literal.real;
}

std::partial_ordering order_texts(std::string_view text, const Literal& literal) {
  if (literal.time) {
    if (const auto time = time_in_where(text)) return *time <=> *literal.time;
  }
  return text <=> std::string_view(literal.text);
}

// The literal says what is compared: a number literal compares numbers, also those that the source
// sends as text; a quoted one compares times or text.
std::partial_ordering order(const Value& value, const Literal& literal) {
  if (value.is_null() || value.is_object() || value.is_array()) {
    return std::partial_ordering::unordered;
  }
  switch (literal.kind) {
    case Literal::Kind::kNumber: return order_numbers(value, literal);
    case Literal::Kind::kText:
    case Literal::Kind::kBoolean: return order_texts(scalar_text(value), literal);
    case Literal::Kind::kNull: break;
  }
  return std::partial_ordering::unordered;
}

bool is_true(const Node& node, const Value& record);

bool exists(const Node& node, const Value& record) {
  return any_value(node, record, [](const Value& value) { return !value.is_null(); });
}

bool equals_any(const Node& node, const Value& record) {
  return std::ranges::any_of(node.literals, [&](const Literal& literal) {
    if (literal.kind == Literal::Kind::kNull) return !exists(node, record);
    return any_value(node, record, [&](const Value& value) { return order(value, literal) == 0; });
  });
}

template <typename Accept>  // bool(std::partial_ordering)
bool any_ordered(const Node& node, const Value& record, Accept&& accept) {
  return any_value(node, record,
                   [&](const Value& value) { return accept(order(value, node.literals.front())); });
}

template <typename Test>  // bool(std::string_view)
bool any_text(const Node& node, const Value& record, Test&& test) {
  return any_value(node, record, [&](const Value& value) {
    const bool has_text = value.is_string() || value.is_number() || value.is_bool();
    return has_text && test(scalar_text(value));
  });
}

bool matches_pattern(const Node& node, std::string_view text) {
  const re2::StringPiece piece(text.data(), text.size());
  return node.whole_text ? re2::RE2::FullMatch(piece, *node.pattern)
                         : re2::RE2::PartialMatch(piece, *node.pattern);
}

bool is_true(const Node& node, const Value& record) {
  const auto holds = [&](const std::unique_ptr<Node>& child) { return is_true(*child, record); };
  const std::string_view wanted =
      node.literals.empty() ? std::string_view() : node.literals[0].text;
  switch (node.kind) {
    case Node::Kind::kAnd: return std::ranges::all_of(node.children, holds);
    case Node::Kind::kOr: return std::ranges::any_of(node.children, holds);
    case Node::Kind::kNot: return !holds(node.children.front());
    case Node::Kind::kExists: return exists(node, record);
    case Node::Kind::kEqual: return equals_any(node, record);
    case Node::Kind::kLess:
      return any_ordered(node, record, [](std::partial_ordering o) { return o < 0; });
    case Node::Kind::kLessOrEqual:
      return any_ordered(node, record, [](std::partial_ordering o) { return o <= 0; });
    case Node::Kind::kGreater:
      return any_ordered(node, record, [](std::partial_ordering o) { return o > 0; });
    case Node::Kind::kGreaterOrEqual:
      return any_ordered(node, record, [](std::partial_ordering o) { return o >= 0; });
    case Node::Kind::kContains:
      return any_text(node, record, [&](std::string_view text) {
        return text.find(wanted) != std::string_view::npos;
      });
    case Node::Kind::kStartsWith:
      return any_text(node, record,
                      [&](std::string_view text) { return text.starts_with(wanted); });
    case Node::Kind::kEndsWith:
      return any_text(node, record, [&](std::string_view text) { return text.ends_with(wanted); });
    case Node::Kind::kMatches:
      return any_text(node, record,
                      [&](std::string_view text) { return matches_pattern(node, text); });
  }
  return false;
}

std::unique_ptr<Node> copy(const Node& node) {
  auto made = std::make_unique<Node>();
  made->kind = node.kind;
  for (const auto& child : node.children) made->children.push_back(copy(*child));
  made->path = node.path;
  made->literals = node.literals;
  made->pattern = node.pattern;
  made->whole_text = node.whole_text;
  return made;
}

void collect_first_keys(const Node& node, std::vector<std::string>& keys) {
  for (const auto& child : node.children) collect_first_keys(*child, keys);
  const std::string_view key = node.path.first_key();
  if (!key.empty() && std::ranges::find(keys, key) == keys.end()) keys.emplace_back(key);
}

void collect_paths(const Node& node, std::vector<json::Path>& paths) {
  for (const auto& child : node.children) collect_paths(*child, paths);
  const bool is_known =
      std::ranges::find(paths, node.path.text(), &json::Path::text) != paths.end();
  if (!node.path.text().empty() && !is_known) paths.push_back(node.path);
}

void collect_comparisons(const Node& node, std::vector<Where::Comparison>& found) {
  for (const auto& child : node.children) collect_comparisons(*child, found);
  const bool has_order = node.kind == Node::Kind::kLess || node.kind == Node::Kind::kLessOrEqual ||
                         node.kind == Node::Kind::kGreater ||
                         node.kind == Node::Kind::kGreaterOrEqual;
  if (!has_order && node.kind != Node::Kind::kEqual) return;
  for (const Literal& literal : node.literals) {
    if (literal.kind == Literal::Kind::kNull) continue;
    found.push_back({node.path.text(), literal.text, literal.time.has_value(), has_order});
  }
}

}  // namespace

std::optional<base::WallTime> time_in_where(std::string_view text) {
  constexpr std::size_t kDateLength = 10;  // 2024-01-01
  if (text.size() < kDateLength || text[4] != '-') return std::nullopt;
  if (text.size() > kDateLength) return base::parse_utc(text);
  return base::parse_utc(std::string(text) + "T00:00:00Z");
}

Where::Where() = default;
Where::Where(Where&&) noexcept = default;
Where& Where::operator=(Where&&) noexcept = default;
Where::~Where() = default;

base::Result<Where> Where::parse(std::string_view text) {
  Where where;
  where.root_ = TRY(parse_where(text));
  where.text_ = text;
  return where;
}

Where Where::clone() const {
  Where where;
  where.text_ = text_;
  if (root_) where.root_ = copy(*root_);
  return where;
}

bool Where::matches(const json::Value& record) const {
  return root_ == nullptr || is_true(*root_, record);
}

std::vector<Where::Comparison> Where::comparisons() const {
  std::vector<Comparison> found;
  if (root_) collect_comparisons(*root_, found);
  return found;
}

std::vector<json::Path> Where::paths() const {
  std::vector<json::Path> paths;
  if (root_) collect_paths(*root_, paths);
  return paths;
}

std::vector<std::string> Where::first_keys() const {
  std::vector<std::string> keys;
  if (root_) collect_first_keys(*root_, keys);
  return keys;
}

}  // namespace muster::catalogue
