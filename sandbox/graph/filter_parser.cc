#include <fmt/format.h>

#include "base/text.h"
#include "sandbox/graph/filter_node.h"

namespace muster::sandbox::graph {
namespace {

using Node = Filter::Node;
using NodePointer = std::unique_ptr<Node>;

// Deeper nesting than any sane filter; keeps hostile input off the stack.
constexpr int kMaxDepth = 64;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':' || c == '/' || c == '$' || c == '+';
}

class Parser {
 public:
  Parser(std::string_view text, const Table& table) : text_(text), table_(table) {}

  std::optional<Refusal> parse(NodePointer& root) {
    root = parse_or();
    skip_blanks();
    if (root != nullptr && at_ < text_.size()) fail("unexpected text");
    if (!refusal_) return std::nullopt;
    root.reset();
    return refusal_;
  }

 private:
  NodePointer fail(std::string_view why) {
    if (!refusal_) {
      refusal_ = bad_request(
          fmt::format("Invalid filter clause: {} at position {} in '{}'.", why, at_, text_));
    }
    return nullptr;
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view peek_word() {
    skip_blanks();
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    if (peek_word() != word) return false;
    at_ += word.size();
    return true;
  }

  NodePointer join(Node::Kind kind, NodePointer left, NodePointer right) {
    if (left == nullptr || right == nullptr) return nullptr;
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    return node;
  }

  NodePointer parse_or() {
    NodePointer left = parse_and();
    while (left != nullptr && take_word("or"))
      left = join(Node::Kind::kOr, std::move(left), parse_and());
    return left;
  }
  NodePointer parse_and() {
    NodePointer left = parse_unary();
    while (left != nullptr && take_word("and"))
      left = join(Node::Kind::kAnd, std::move(left), parse_unary());
    return left;
  }

  NodePointer parse_unary() {
    if (++depth_ > kMaxDepth) return fail("nested too deeply");
    NodePointer node = parse_term();
    --depth_;
    return node;
  }

  NodePointer parse_term() {
    if (take_word("not")) {
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::kNot;
      node->children.push_back(parse_unary());
      return node->children[0] == nullptr ? nullptr : std::move(node);
    }
    if (take('(')) {
      NodePointer inner = parse_or();
      if (inner != nullptr && !take(')')) return fail("')' expected");
      return inner;
    }
    const std::string_view word = peek_word();
    if (word == "startswith" || word == "startsWith")
      return parse_function(Node::Kind::kStartsWith, word);
    if (word == "endswith" || word == "endsWith")
      return parse_function(Node::Kind::kEndsWith, word);
    return parse_comparison();
  }

  NodePointer parse_function(Node::Kind kind, std::string_view name) {
    at_ += name.size();
    auto node = std::make_unique<Node>();
    node->kind = kind;
    if (!take('(')) return fail("'(' expected");
    if (!parse_path(*node) || !take(',')) return fail("a property and ',' expected");
    const auto literal = parse_literal();
    if (!literal || literal->kind != Literal::Kind::kText) return fail("a text in quotes expected");
    node->literals.push_back(*literal);
    if (!take(')')) return fail("')' expected");
    return node;
  }

  NodePointer parse_comparison() {
    auto node = std::make_unique<Node>();
    if (!parse_path(*node)) return fail("a property expected");
    if (node->kind == Node::Kind::kAny) return parse_any(std::move(node));
    if (take_word("in")) return parse_in(std::move(node));
    static constexpr std::pair<std::string_view, Node::Kind> kOperators[] = {
        {"eq", Node::Kind::kEqual},   {"ne", Node::Kind::kNotEqual},
        {"gt", Node::Kind::kGreater}, {"ge", Node::Kind::kGreaterOrEqual},
        {"lt", Node::Kind::kLess},    {"le", Node::Kind::kLessOrEqual}};
    for (const auto& [word, kind] : kOperators) {
      if (!take_word(word)) continue;
      node->kind = kind;
      const auto literal = parse_literal();
      if (!literal) return fail("a value expected");
      node->literals.push_back(*literal);
      return node;
    }
    return fail("an operator expected");
  }

  NodePointer parse_in(NodePointer node) {
    node->kind = Node::Kind::kIn;
    if (!take('(')) return fail("'(' expected");
    do {
      const auto literal = parse_literal();
      if (!literal) return fail("a value expected");
      node->literals.push_back(*literal);
    } while (take(','));
    return take(')') ? std::move(node) : fail("')' expected");
  }

  // assignedLicenses/any(x:x/skuId eq ...), groupTypes/any(c:c eq 'Unified'), x/any()
  NodePointer parse_any(NodePointer node) {
    if (!take('(')) return fail("'(' expected");
    if (take(')')) return node;
    const std::string_view word = peek_word();
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos || colon == 0) return fail("a variable and ':' expected");
    variable_ = word.substr(0, colon);
    at_ += colon + 1;
    node->children.push_back(parse_or());
    variable_ = {};
    if (node->children[0] == nullptr) return nullptr;
    return take(')') ? std::move(node) : fail("')' expected");
  }

  bool parse_path(Node& node) {
    const std::string_view word = peek_word();
    if (word.empty()) return false;
    std::vector<std::string_view> parts = base::split(word, '/');
    at_ += word.size();
    if (parts.back() == "any") {
      node.kind = Node::Kind::kAny;
      parts.pop_back();
    } else if (parts.back() == "$count") {
      node.counts = true;
      parts.pop_back();
    }
    if (parts.empty()) return false;
    if (!variable_.empty() && parts.front() == variable_) {
      node.on_element = true;
    } else {
      const auto column = table_.find(parts.front());
      if (!column || table_.shown(*column) == Shown::kSingleOnly) {
        refusal_ = bad_request(fmt::format("Could not find a property named '{}'.", parts.front()));
        return false;
      }
      node.column = *column;
      node.on_sign_in = table_.name(*column) == "signInActivity";
    }
    node.path.assign(parts.begin() + 1, parts.end());
    return true;
  }

  std::optional<Literal> parse_literal() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '\'') return parse_text();
    const std::string_view word = peek_word();
    if (word.empty()) return std::nullopt;
    at_ += word.size();
    if (word == "null") return Literal{.kind = Literal::Kind::kNull};
    if (word == "true") return Literal{.kind = Literal::Kind::kTrue};
    if (word == "false") return Literal{.kind = Literal::Kind::kFalse};
    if (const auto number = base::parse_double(word)) {
      return Literal{.kind = Literal::Kind::kNumber, .text = {}, .number = *number};
    }
    // Dates and ids stand without quotes.
    if (world::looks_like_guid(word) || base::parse_utc(word)) {
      return Literal{.kind = Literal::Kind::kText, .text = std::string(word)};
    }
    return std::nullopt;
  }

  std::optional<Literal> parse_text() {
    Literal literal{.kind = Literal::Kind::kText};
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\'') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '\'') {
          ++at_;
          return literal;
        }
        ++at_;  // '' is one quote
      }
      literal.text += text_[at_];
    }
    return std::nullopt;
  }

  std::string_view text_;
  const Table& table_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string_view variable_;
  std::optional<Refusal> refusal_;
};

}  // namespace

std::optional<Refusal> parse_filter(std::string_view text, const Table& table,
                                    std::unique_ptr<Filter::Node>& root) {
  return Parser(text, table).parse(root);
}

}  // namespace muster::sandbox::graph
