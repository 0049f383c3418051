#include "sandbox/jamf/rsql.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::sandbox::jamf {

struct Rsql::Node {
  enum class Kind { kAnd, kOr, kCompare };
  Kind kind = Kind::kCompare;
  std::vector<std::shared_ptr<const Node>> children;
  std::string field, op;
  std::vector<std::string> values;
};

namespace {

using Node = Rsql::Node;
using NodePointer = std::shared_ptr<const Node>;

constexpr std::string_view kOperators[] = {
    "==", "!=", "=in=", "=out=", "=lt=", "=le=", "=gt=", "=ge=", "<=", ">=", "<", ">"};
constexpr int kMostNested = 32;

class Parser {
 public:
  Parser(std::string_view text, std::string_view allowed) : text_(text), allowed_(allowed) {}

  std::optional<Refusal> parse(NodePointer& root) {
    root = either(0);
    blanks();
    if (root != nullptr && at_ < text_.size()) fail("unexpected text");
    return refusal_;
  }

 private:
  NodePointer fail(std::string_view why) {
    if (!refusal_) refusal_ = bad_request("filter", fmt::format("{} at position {}", why, at_));
    return nullptr;
  }
  void blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view what) {
    blanks();
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  bool take_word(std::string_view word) {
    blanks();
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(word) || rest.size() == word.size() || rest[word.size()] != ' ') {
      return false;
    }
    at_ += word.size();
    return true;
  }

  NodePointer join(Node::Kind kind, NodePointer left, NodePointer right) {
    if (left == nullptr || right == nullptr) return nullptr;
    return std::make_shared<Node>(Node{.kind = kind, .children = {left, right}});
  }
  NodePointer either(int depth) {
    NodePointer left = both(depth);
    while (left != nullptr && (take(",") || take_word("or"))) {
      left = join(Node::Kind::kOr, left, both(depth));
    }
    return left;
  }
  NodePointer both(int depth) {
    NodePointer left = single(depth);
    while (left != nullptr && (take(";") || take_word("and"))) {
      left = join(Node::Kind::kAnd, left, single(depth));
    }
    return left;
  }
  NodePointer single(int depth) {
    if (!take("(")) return comparison();
    if (depth == kMostNested) return fail("too many parentheses");
    NodePointer inner = either(depth + 1);
    if (inner != nullptr && !take(")")) return fail("')' is missing");
    return inner;
  }

  NodePointer comparison() {
    blanks();
    const std::size_t end = std::min(text_.find_first_of("=!<> ();,", at_), text_.size());
    auto node = std::make_shared<Node>();
    node->field = text_.substr(at_, end - at_);
    if (!is_among(allowed_, node->field)) {
      return fail(fmt::format("'{}' is no field of this filter", node->field));
    }
    at_ = end;
    blanks();
    for (const std::string_view op : kOperators) {
      if (!node->op.empty() || !take(op)) continue;
      node->op = op;
    }
    if (node->op.empty()) return fail("an operator is missing");
    const bool list = node->op == "=in=" || node->op == "=out=";
    if (list && !take("(")) return fail("'(' is missing");
    do {
      auto value = take_value();
      if (!value) return fail("a value is missing");
      node->values.push_back(std::move(*value));
    } while (list && take(","));
    if (list && !take(")")) return fail("')' is missing");
    return node;
  }

  std::optional<std::string> take_value() {
    blanks();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const char quote = text_[at_++];
      std::string value;
      for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        value += text_[at_];
      }
      if (at_++ == text_.size()) return std::nullopt;
      return value;
    }
    const std::size_t end = std::min(text_.find_first_of("=!<> ();,'\"", at_), text_.size());
    if (end == at_) return std::nullopt;
    std::string value(text_.substr(at_, end - at_));
    at_ = end;
    return value;
  }

  std::string_view text_, allowed_;
  std::size_t at_ = 0;
  std::optional<Refusal> refusal_;
};

// '*' stands for any text.
bool matches(std::string_view text, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  for (std::size_t skip = 0; skip <= text.size(); ++skip) {
    if (matches(text.substr(skip), pattern)) return true;
  }
  return false;
}

int compare(std::string_view left, std::string_view right) {
  const auto a = base::parse_double(left);
  const auto b = base::parse_double(right);
  if (a && b) return *a < *b ? -1 : *a > *b;
  return left.compare(right);
}

bool compares(const Node& node, const json::Value* value) {
  const std::string text =
      value == nullptr ? "" : base::to_lower_ascii(std::string(json::scalar_text(*value)));
  const auto equal = [&](const std::string& wanted) {
    return matches(text, base::to_lower_ascii(wanted));
  };
  const bool any = std::any_of(node.values.begin(), node.values.end(), equal);
  if (node.op == "==" || node.op == "=in=") return any;
  if (node.op == "!=" || node.op == "=out=") return !any;
  const int order = compare(text, base::to_lower_ascii(node.values.front()));
  if (node.op == "<" || node.op == "=lt=") return order < 0;
  if (node.op == "<=" || node.op == "=le=") return order <= 0;
  if (node.op == ">" || node.op == "=gt=") return order > 0;
  return order >= 0;
}

bool holds(const Node& node, const json::Value& record) {
  switch (node.kind) {
    case Node::Kind::kCompare: return compares(node, field_of(record, node.field));
    case Node::Kind::kAnd:
      return holds(*node.children[0], record) && holds(*node.children[1], record);
    case Node::Kind::kOr:
      return holds(*node.children[0], record) || holds(*node.children[1], record);
  }
  return false;
}

}  // namespace

std::optional<Refusal> Rsql::parse(std::string_view text, std::string_view allowed, Rsql& out) {
  if (base::trim(text).empty()) return std::nullopt;
  return Parser(text, allowed).parse(out.root_);
}

bool Rsql::fits(const json::Value& record) const {
  return root_ == nullptr || holds(*root_, record);
}

const json::Value* field_of(const json::Value& record, std::string_view field) {
  const json::Value* value = &record;
  for (const std::string_view part : base::split(field, '.')) {
    value = value->find(part);
    if (value == nullptr) break;
  }
  if (value != nullptr) return value;
  for (const json::Member& section : record.members()) {
    if (const json::Value* inside = section.value.find(field)) return inside;
  }
  return nullptr;
}

bool is_among(std::string_view names, std::string_view name) {
  const auto all = base::split(names, ' ');
  return !name.empty() && std::find(all.begin(), all.end(), name) != all.end();
}

}  // namespace muster::sandbox::jamf
