#include "sandbox/okta/filter.h"

#include <algorithm>

#include "base/text.h"

namespace muster::sandbox::okta {
namespace {

constexpr std::string_view kOperators[] = {"eq", "sw", "co", "gt", "ge", "lt", "le"};

// Text at a path of names; empty when there is none.
std::string_view text_at(const json::Value& record, std::string_view path) {
  const json::Value* value = &record;
  for (const std::string_view name : base::split(path, '.')) {
    value = value->find(name);
    if (value == nullptr) return {};
  }
  return json::scalar_text(*value);
}

// Dates of one form, so that they compare as texts do.
bool compares(std::string_view op, std::string_view left, std::string_view right) {
  if (left.empty()) return false;
  if (op == "eq") return left == right;
  if (op == "sw") return left.starts_with(right);
  if (op == "co") return left.find(right) != std::string_view::npos;
  if (op == "gt") return left > right;
  if (op == "ge") return left >= right;
  if (op == "lt") return left < right;
  return left <= right;
}

}  // namespace

struct Filter::Node {
  enum { kAll, kAny, kTerm } kind = kTerm;
  std::vector<Node> parts{};
  std::string path{}, op{}, value{};
};

// any := all ("or" all)*; all := part ("and" part)*; part := "(" any ")" | path op value
struct Filter::Parser {
  std::string_view rest;
  std::vector<Use> uses{};

  void skip() { rest = base::trim(rest); }

  bool take_word(std::string_view word) {
    skip();
    if (!rest.starts_with(word)) return false;
    const std::string_view after = rest.substr(word.size());
    if (!after.empty() && after.front() != ' ' && after.front() != '(') return false;
    rest = after;
    return true;
  }

  std::string_view take_until(std::string_view ends) {
    skip();
    const std::string_view taken = rest.substr(0, std::min(rest.find_first_of(ends), rest.size()));
    rest.remove_prefix(taken.size());
    return taken;
  }

  std::optional<Node> list(bool any) {
    Node node{.kind = any ? Node::kAny : Node::kAll};
    do {
      auto next = any ? list(false) : part();
      if (!next) return std::nullopt;
      node.parts.push_back(std::move(*next));
    } while (take_word(any ? "or" : "and"));
    return node;
  }

  std::optional<Node> part() {
    skip();
    if (rest.starts_with('(')) {
      rest.remove_prefix(1);
      auto inside = list(true);
      skip();
      if (!inside || !rest.starts_with(')')) return std::nullopt;
      rest.remove_prefix(1);
      return inside;
    }
    Node term{.path = std::string(take_until(" ()\"")), .op = std::string(take_until(" ()\""))};
    skip();
    const bool known =
        std::find(std::begin(kOperators), std::end(kOperators), term.op) != std::end(kOperators);
    if (term.path.empty() || !known || !rest.starts_with('"')) return std::nullopt;
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    term.value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    uses.push_back({term.path, term.op});
    return term;
  }
};

std::optional<Filter> Filter::parse(std::string_view text) {
  Parser parser{.rest = text};
  auto root = parser.list(true);
  parser.skip();
  if (!root || !parser.rest.empty()) return std::nullopt;
  Filter filter;
  filter.root_ = std::make_shared<const Node>(std::move(*root));
  filter.uses_ = std::move(parser.uses);
  return filter;
}

bool Filter::holds(const Node& node, const json::Value& record) {
  const auto part = [&](const Node& each) { return holds(each, record); };
  switch (node.kind) {
    case Node::kAll: return std::all_of(node.parts.begin(), node.parts.end(), part);
    case Node::kAny: return std::any_of(node.parts.begin(), node.parts.end(), part);
    case Node::kTerm: break;
  }
  return compares(node.op, text_at(record, node.path), node.value);
}

bool Filter::matches(const json::Value& record) const { return holds(*root_, record); }

}  // namespace muster::sandbox::okta
