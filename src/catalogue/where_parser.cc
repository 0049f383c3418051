#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "catalogue/where_node.h"

namespace muster::catalogue {
namespace {

using base::Error;
using base::ErrorKind;
using Node = Where::Node;
using NodeResult = base::Result<std::unique_ptr<Node>>;

constexpr std::size_t kMaxText = 10'000;
constexpr std::size_t kMaxNesting = 32;
constexpr std::int64_t kMaxPatternBytes = std::int64_t{1} << 20;  // compiled

struct Operator {
  std::string_view text;
  Node::Kind kind;
  bool negated = false;
  bool ignores_case = false;
};

// Longer signs first, so that "<=" is not read as "<".
constexpr std::array kOperators = {
    Operator{"==~", Node::Kind::kMatches, false, true},
    Operator{"!=~", Node::Kind::kMatches, true, true},
    Operator{"==", Node::Kind::kEqual},
    Operator{"!=", Node::Kind::kEqual, true},
    Operator{"<=", Node::Kind::kLessOrEqual},
    Operator{">=", Node::Kind::kGreaterOrEqual},
    Operator{"<", Node::Kind::kLess},
    Operator{">", Node::Kind::kGreater},
    Operator{"in", Node::Kind::kEqual},
    Operator{"contains", Node::Kind::kContains},
    Operator{"starts_with", Node::Kind::kStartsWith},
    Operator{"ends_with", Node::Kind::kEndsWith},
    Operator{"matches", Node::Kind::kMatches},
};

struct Slip {
  std::string_view text;
  std::string_view advice;
};

// What people write who come from OData, SQL or a programming language.
constexpr std::array kOperatorSlips = {
    Slip{"=~", "write matches"},
    Slip{"=", "write == for equal"},
    Slip{"eq", "write =="},
    Slip{"ne", "write !="},
    Slip{"lt", "write <"},
    Slip{"le", "write <="},
    Slip{"gt", "write >"},
    Slip{"ge", "write >="},
    Slip{"is", "write =="},
    Slip{"like", "write contains or matches"},
    Slip{"not", "write not ( ... ) around the whole comparison"},
};
constexpr std::array kJoinSlips = {
    Slip{"&&", "write and"}, Slip{"&", "write and"},       Slip{"||", "write or"},
    Slip{"|", "write or"},   Slip{",", "write and or or"}, Slip{"AND", "write and"},
    Slip{"OR", "write or"},
};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_name_character(char c) {
  return is_letter_or_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("_-$@#:/.").find(c) != std::string_view::npos;
}

bool is_word(std::string_view text) { return is_letter_or_digit(text.front()); }

bool takes_text_only(Node::Kind kind) {
  return kind == Node::Kind::kContains || kind == Node::Kind::kStartsWith ||
         kind == Node::Kind::kEndsWith || kind == Node::Kind::kMatches;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  NodeResult parse() {
    if (text_.size() > kMaxText) {
      return failure(kMaxText, fmt::format("longer than {} bytes", kMaxText));
    }
    if (!base::is_valid_utf8(text_)) return failure(0, "the text is not UTF-8");
    std::unique_ptr<Node> node = TRY(either(0));
    skip_blanks();
    if (at_ == text_.size()) return node;
    if (text_[at_] == ')') return failure(at_, "')' without '('");
    return failure(at_, "expected and, or, or the end" + advice(kJoinSlips));
  }

 private:
  NodeResult either(std::size_t depth) { return chain(Node::Kind::kOr, "or", depth); }
  NodeResult both(std::size_t depth) { return chain(Node::Kind::kAnd, "and", depth); }

  NodeResult chain(Node::Kind kind, std::string_view word, std::size_t depth) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    do {
      node->children.push_back(TRY(kind == Node::Kind::kOr ? both(depth) : negation(depth)));
    } while (take(word));
    if (node->children.size() > 1) return node;
    return std::move(node->children.front());
  }

  NodeResult negation(std::size_t depth) {
    skip_blanks();
    if (depth > kMaxNesting) {
      return failure(at_, fmt::format("nested deeper than {} levels", kMaxNesting));
    }
    if (take("not")) return opposite(TRY(negation(depth + 1)));
    if (at_ < text_.size() && text_[at_] == '!') {
      return failure(at_, "write not instead of !");
    }
    if (take("(")) {
      std::unique_ptr<Node> node = TRY(either(depth + 1));
      if (!take(")")) return failure(at_, "expected ')'");
      return node;
    }
    return comparison();
  }

  static std::unique_ptr<Node> opposite(std::unique_ptr<Node> node) {
    auto made = std::make_unique<Node>();
    made->kind = Node::Kind::kNot;
    made->children.push_back(std::move(node));
    return made;
  }

  NodeResult comparison() {
    auto node = std::make_unique<Node>();
    const std::size_t start = at_;
    if (take("exists")) {
      if (take("(")) {
        node->path = TRY(path());
        if (!take(")")) return failure(at_, "expected ')' after the path of exists");
        return node;
      }
      at_ = start;  // a field named exists
    }
    node->path = TRY(path());
    const Operator* found = nullptr;
    skip_blanks();
    const std::size_t operator_at = at_;
    for (const Operator& candidate : kOperators) {
      if (found == nullptr && take(candidate.text)) found = &candidate;
    }
    if (found == nullptr) return no_operator();
    node->kind = found->kind;
    TRY(operands(*node, *found, operator_at));
    return found->negated ? opposite(std::move(node)) : std::move(node);
  }

  Error no_operator() const {
    if (at_ == text_.size()) {
      return failure(at_, "expected a comparison such as == \"value\" after the path");
    }
    const std::string hint = advice(kOperatorSlips);
    if (!hint.empty()) return failure(at_, "unknown operator" + hint);
    return failure(at_,
                   "expected one of == != ==~ !=~ < <= > >= in contains starts_with ends_with "
                   "matches");
  }

  base::Status operands(Node& node, const Operator& used, std::size_t operator_at) {
    if (used.text == "in") return list(node);
    skip_blanks();
    const std::size_t operand_at = at_;
    Literal literal = TRY(this->literal());
    const bool is_text = literal.kind == Literal::Kind::kText;
    if (takes_text_only(used.kind) && !is_text) {
      return failure(operand_at, fmt::format("{} needs text in double quotes", used.text));
    }
    const bool has_order = is_text || literal.kind == Literal::Kind::kNumber;
    if (used.kind != Node::Kind::kEqual && !has_order) {
      return failure(
          operator_at,
          fmt::format("true, false and null have no order; write == or !=, not {}", used.text));
    }
    if (used.kind == Node::Kind::kMatches) TRY(compile(node, literal.text, used, operand_at));
    node.literals.push_back(std::move(literal));
    return {};
  }

  base::Status list(Node& node) {
    if (!take("[")) return failure(at_, "expected a list such as [\"a\", \"b\"] after in");
    do {
      node.literals.push_back(TRY(literal()));
    } while (take(","));
    if (!take("]")) return failure(at_, "expected ',' or ']' in the list");
    return {};
  }

  base::Status compile(Node& node, const std::string& pattern, const Operator& used,
                       std::size_t position) const {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMaxPatternBytes);
    // RE2 folds the case of all letters, not only of ASCII: "MÜLLER" is "Müller".
    options.set_literal(used.ignores_case);
    options.set_case_sensitive(!used.ignores_case);
    node.pattern = std::make_shared<re2::RE2>(pattern, options);
    node.whole_text = used.ignores_case;
    if (node.pattern->ok()) return {};
    return failure(position,
                   "the pattern is not accepted: " + base::printable(node.pattern->error()));
  }

  base::Result<json::Path> path() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' || c == '[') {
        const std::size_t end =
            c == '"' ? text_.find('"', at_ + 1) : json::end_of_bracket(text_, at_);
        if (end == std::string_view::npos) {
          return failure(at_, c == '"' ? "quote without end" : "'[' without ']'");
        }
        at_ = end + 1;
      } else if (is_name_character(c) || (c == '*' && at_ > start && text_[at_ - 1] == '.')) {
        ++at_;
      } else {
        break;
      }
    }
    const std::string_view found = text_.substr(start, at_ - start);
    if (found.empty()) return failure(start, "expected a path such as department");
    auto path = json::Path::parse(found);
    if (!path.ok()) return failure(start, path.error().message);
    if (path->first_key().empty()) return failure(start, "a path begins with a name");
    return path;
  }

  base::Result<Literal> literal() {
    skip_blanks();
    const std::size_t start = at_;
    if (at_ == text_.size()) return failure(at_, "expected a value");
    const char c = text_[at_];
    if (c == '"') return text_literal();
    if (c == '-' || (c >= '0' && c <= '9')) return number_literal();
    Literal literal;
    if (take("null")) return literal;
    for (const bool value : {true, false}) {
      if (!take(value ? "true" : "false")) continue;
      literal.kind = Literal::Kind::kBoolean;
      literal.text = value ? "true" : "false";
      return literal;
    }
    return failure(start,
                   "expected a value: text stands in double quotes, beside numbers, true, "
                   "false and null");
  }

  base::Result<Literal> text_literal() {
    const std::size_t start = at_;
    Literal literal;
    literal.kind = Literal::Kind::kText;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        literal.time = time_in_where(literal.text);
        return literal;
      }
      // Other backslashes stay, so that patterns are written as they are: "^\d+$".
      const bool escapes = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                           (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      if (escapes) ++at_;
      literal.text += text_[at_];
    }
    return failure(start, "quote without end");
  }

  base::Result<Literal> number_literal() {
    const std::size_t start = at_;
    while (at_ < text_.size() &&
           (is_letter_or_digit(text_[at_]) ||
            std::string_view("+-.").find(text_[at_]) != std::string_view::npos)) {
      ++at_;
    }
    const std::string_view found = text_.substr(start, at_ - start);
    const auto real = base::parse_double(found);
    if (!real || !std::isfinite(*real)) {
      return failure(start, "not a number; text stands in double quotes");
    }
    Literal literal;
    literal.kind = Literal::Kind::kNumber;
    literal.text = found;
    literal.real = *real;
    literal.integer = base::parse_int(found);
    return literal;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  bool stands_here(std::string_view sign) const {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(sign)) return false;
    return !is_word(sign) || rest.size() == sign.size() || !is_name_character(rest[sign.size()]);
  }

  bool take(std::string_view sign) {
    skip_blanks();
    if (!stands_here(sign)) return false;
    at_ += sign.size();
    return true;
  }

  template <std::size_t kSize>
  std::string advice(const std::array<Slip, kSize>& slips) const {
    for (const Slip& slip : slips) {
      if (stands_here(slip.text)) return fmt::format("; {}", slip.advice);
    }
    return {};
  }

  Error failure(std::size_t position, std::string_view what) const {
    const auto begins_character = [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    };
    const auto before = std::ranges::count_if(text_.substr(0, position), begins_character);
    return Error{ErrorKind::kSettings, "invalid_where",
                 fmt::format("at character {}: {}", before + 1, what)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

NodeResult parse_where(std::string_view text) { return Parser(text).parse(); }

}  // namespace muster::catalogue
