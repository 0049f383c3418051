#include "base/text.h"
#include "sandbox/assets/aql.h"

namespace muster::sandbox::assets {
namespace {

using base::equals_ignoring_case;
using base::Error;
using base::ErrorKind;
using base::Result;
using Kind = AqlExpression::Kind;
using Operator = AqlCondition::Operator;
using Subject = AqlCondition::Subject;

constexpr int kMaxDepth = 50;

struct NamedSubject {
  std::string_view name;
  Subject subject;
};
constexpr NamedSubject kSubjects[] = {{"objectType", Subject::kObjectType},
                                      {"objectTypeId", Subject::kObjectTypeId},
                                      {"objectSchema", Subject::kObjectSchema},
                                      {"objectSchemaId", Subject::kObjectSchemaId},
                                      {"Key", Subject::kKey},
                                      {"objectId", Subject::kObjectId},
                                      {"Label", Subject::kLabel}};

struct NamedOperator {
  std::string_view name;
  Operator operation;
};
// Longer symbols stand before their beginnings.
constexpr NamedOperator kSymbols[] = {
    {"==", Operator::kExactlyEqual},   {"!=", Operator::kNotEqual}, {"<=", Operator::kLessOrEqual},
    {">=", Operator::kGreaterOrEqual}, {"=", Operator::kEqual},     {"<", Operator::kLess},
    {">", Operator::kGreater}};
constexpr NamedOperator kWords[] = {{"like", Operator::kLike},
                                    {"startswith", Operator::kStartsWith},
                                    {"endswith", Operator::kEndsWith},
                                    {"in", Operator::kIn}};

class Parser {
 public:
  Parser(std::string_view text, AqlForm form) : text_(text), form_(form) {}

  Result<AqlQuery> query() {
    AqlQuery query;
    if (!at_end() && !next_is_order()) query.root = TRY(any());
    if (take_word("order")) {
      if (!take_word("by")) return wrong("'by'");
      query.order_by = TRY(path());
      query.descending = take_word("desc");
      if (!query.descending) take_word("asc");
    }
    if (!at_end()) return wrong("the end of the query");
    return query;
  }

 private:
  Result<AqlExpression> any() { return chain(Kind::kOr, "or", &Parser::all); }
  Result<AqlExpression> all() { return chain(Kind::kAnd, "and", &Parser::unary); }

  Result<AqlExpression> chain(Kind kind, std::string_view word,
                              Result<AqlExpression> (Parser::*part)()) {
    AqlExpression first = TRY((this->*part)());
    if (!take_word(word)) return first;
    AqlExpression joined{.kind = kind};
    joined.children.push_back(std::move(first));
    do {
      joined.children.push_back(TRY((this->*part)()));
    } while (take_word(word));
    return joined;
  }

  Result<AqlExpression> unary() {
    if (++depth_ > kMaxDepth) return wrong("less nesting");
    AqlExpression expression;
    if (take_word("not")) {
      expression.kind = Kind::kNot;
      expression.children.push_back(TRY(unary()));
    } else if (take_symbol("(")) {
      expression = TRY(any());
      if (!take_symbol(")")) return wrong("')'");
    } else if (take_word("object")) {
      expression = TRY(having());
    } else {
      expression.kind = Kind::kCondition;
      expression.condition = TRY(condition());
    }
    --depth_;
    return expression;
  }

  Result<AqlExpression> having() {
    if (!take_word("having")) return wrong("'having'");
    AqlExpression expression;
    if (take_word("inboundReferences")) {
      expression.kind = Kind::kInbound;
    } else if (take_word("outboundReferences")) {
      expression.kind = Kind::kOutbound;
    } else {
      return wrong("inboundReferences or outboundReferences");
    }
    if (!take_symbol("(")) return wrong("'('");
    if (take_symbol(")")) {
      expression.children.emplace_back();
      return expression;
    }
    expression.children.push_back(TRY(any()));
    if (!take_symbol(")")) return wrong("')'");
    return expression;
  }

  Result<AqlCondition> condition() {
    AqlCondition condition;
    skip_blanks();
    const bool quoted = position_ < text_.size() && text_[position_] == '"';
    condition.path = TRY(path());
    if (condition.path.size() == 1 && !quoted)
      for (const NamedSubject& one : kSubjects)
        if (equals_ignoring_case(one.name, condition.path[0])) condition.subject = one.subject;
    for (const NamedOperator& symbol : kSymbols)
      if (take_symbol(symbol.name)) {
        condition.operation = symbol.operation;
        condition.values.push_back(TRY(value(false)));
        return condition;
      }
    if (take_word("is")) {
      condition.negated = take_word("not");
      condition.operation = Operator::kIsEmpty;
      if (!take_word("empty")) return wrong("EMPTY");
      return condition;
    }
    condition.negated = take_word("not");
    for (const NamedOperator& word : kWords)
      if (take_word(word.name)) {
        condition.operation = word.operation;
        if (word.operation == Operator::kIn) return list(std::move(condition));
        condition.values.push_back(TRY(value(false)));
        return condition;
      }
    return wrong("an operator");
  }

  Result<AqlCondition> list(AqlCondition condition) {
    if (take_word("objectTypeAndChildren")) {
      if (condition.subject != Subject::kObjectType) return wrong("objectType before it");
      condition.operation = Operator::kInTypeAndChildren;
    }
    if (!take_symbol("(")) return wrong("'('");
    do {
      condition.values.push_back(TRY(value(true)));
    } while (take_symbol(","));
    if (!take_symbol(")")) return wrong("')'");
    return condition;
  }

  Result<std::vector<std::string>> path() {
    std::vector<std::string> path;
    do {
      skip_blanks();
      std::string name = position_ < text_.size() && text_[position_] == '"'
                             ? TRY(quoted())
                             : std::string(word(" \t\r\n.,()=<>!\""));
      if (name.empty()) return wrong("an attribute");
      path.push_back(std::move(name));
    } while (take_symbol("."));
    return path;
  }

  Result<AqlValue> value(bool in_list) {
    skip_blanks();
    if (position_ == text_.size()) return wrong("a value");
    if (text_[position_] == '"') return AqlValue{.text = TRY(quoted())};
    if (text_.substr(position_).starts_with("${")) return placeholder(in_list);
    const std::size_t start = position_;
    const std::string text(word(" \t\r\n,()=<>!\""));
    if (text.empty()) return wrong("a value");
    if (!take_symbol("(")) return AqlValue{.text = text};
    return function(text, start);
  }

  Result<AqlValue> function(std::string_view name, std::size_t start) {
    AqlValue value;
    if (equals_ignoring_case(name, "now")) {
      value.kind = AqlValue::Kind::kNow;
      std::string_view offset = base::trim(word(")"));
      const bool back = offset.starts_with('-');
      if (back || offset.starts_with('+')) offset.remove_prefix(1);
      if (!offset.empty()) {
        const auto duration = base::parse_duration(offset);
        if (!duration) return wrong("a duration such as -30d");
        value.offset = back ? -*duration : *duration;
      }
    } else if (equals_ignoring_case(name, "currentUser")) {
      value.kind = AqlValue::Kind::kCurrentUser;
    } else {
      position_ = start;
      return wrong("now() or currentUser()");
    }
    if (!take_symbol(")")) return wrong("')'");
    return value;
  }

  // ${locator} is one quoted value; ${locator${0}} all values, separated by commas.
  Result<AqlValue> placeholder(bool in_list) {
    if (form_ != AqlForm::kTemplate) return wrong("a value; placeholders belong into a mapping");
    position_ += 2;
    AqlValue value{.kind = AqlValue::Kind::kPlaceholder};
    value.text = std::string(word("$} \t\r\n"));
    if (take_exactly("${0}")) {
      value.kind = AqlValue::Kind::kEachPlaceholder;
      if (!in_list) return wrong("IN ( ) around a placeholder for all values");
    }
    if (value.text.empty() || !take_exactly("}")) return wrong("${locator} or ${locator${0}}");
    return value;
  }

  Result<std::string> quoted() {
    const std::size_t start = position_++;
    std::string text;
    while (position_ < text_.size() && text_[position_] != '"') {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      text += text_[position_++];
    }
    if (position_ == text_.size()) {
      position_ = start;
      return wrong("a closing quote");
    }
    ++position_;
    return text;
  }

  std::string_view word(std::string_view ends) {
    const std::size_t start = position_;
    position_ = std::min(text_.find_first_of(ends, position_), text_.size());
    return text_.substr(start, position_ - start);
  }

  void skip_blanks() {
    position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
  }
  bool at_end() {
    skip_blanks();
    return position_ == text_.size();
  }
  bool take_exactly(std::string_view symbol) {
    if (!text_.substr(position_).starts_with(symbol)) return false;
    position_ += symbol.size();
    return true;
  }
  bool take_symbol(std::string_view symbol) {
    skip_blanks();
    return take_exactly(symbol);
  }
  bool take_word(std::string_view wanted) {
    skip_blanks();
    const std::size_t start = position_;
    if (equals_ignoring_case(word(" \t\r\n.,()=<>!\""), wanted)) return true;
    position_ = start;
    return false;
  }
  bool next_is_order() {
    const std::size_t start = position_;
    const bool order = take_word("order") && take_word("by");
    position_ = start;
    return order;
  }

  Error wrong(std::string_view expected) const {
    return {ErrorKind::kMalformed, "aql",
            fmt::format("AQL: expected {} at position {}", expected, position_)};
  }

  std::string_view text_;
  AqlForm form_;
  std::size_t position_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<AqlQuery> parse_aql(std::string_view text, AqlForm form) {
  return Parser(text, form).query();
}

void each_condition(const AqlExpression& expression,
                    const std::function<void(const AqlCondition&)>& visit) {
  if (expression.kind == Kind::kCondition) visit(expression.condition);
  for (const AqlExpression& child : expression.children) each_condition(child, visit);
}

}  // namespace muster::sandbox::assets
