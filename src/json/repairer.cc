#include "json/repairer.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "json/scan.h"

namespace muster::json {
namespace {

// What stands at the start of some text: a unit that is fine, one to replace, or one whose end has
// not arrived.
struct Unit {
  enum class State { kFine, kBroken, kUnfinished } state;
  std::size_t length = 0;
};
using State = Unit::State;

bool begins_utf8(std::string_view text) {
  // Some second bytes are allowed after some first bytes only; one of these two always is.
  for (const char filler : {'\x80', '\xBF'}) {
    std::string whole(text);
    whole.resize(4, filler);
    if (base::utf8_length(whole) > text.size()) return true;
  }
  return false;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// \uXXXX with as many digits as there are.
bool begins_escape(std::string_view text) {
  constexpr std::string_view kStart = "\\u";
  const std::string_view digits = text.substr(std::min(text.size(), kStart.size()));
  return kStart.starts_with(text.substr(0, kStart.size())) &&
         std::all_of(digits.begin(), digits.end(), is_hex);
}

unsigned code_of(std::string_view escape) {
  unsigned code = 0;
  std::from_chars(escape.data() + 2, escape.data() + 6, code, 16);
  return code;
}

bool is_leading(unsigned code) { return code >= 0xD800 && code <= 0xDBFF; }
bool is_trailing(unsigned code) { return code >= 0xDC00 && code <= 0xDFFF; }

Unit look_at_escape(std::string_view text) {
  if (text.size() == 1) return {State::kUnfinished, 1};
  if (text[1] != 'u') return {State::kFine, static_cast<unsigned char>(text[1]) < 0x80 ? 2u : 1u};
  const std::string_view escape = text.substr(0, 6);
  if (!begins_escape(escape)) return {State::kFine, 2};  // the parser will refuse it
  if (escape.size() < 6) return {State::kUnfinished, escape.size()};
  if (is_trailing(code_of(escape))) return {State::kBroken, 6};
  if (!is_leading(code_of(escape))) return {State::kFine, 6};
  const std::string_view other = text.substr(6, 6);
  if (!begins_escape(other)) return {State::kBroken, 6};
  if (other.size() < 6) return {State::kUnfinished, 6};
  return is_trailing(code_of(other)) ? Unit{State::kFine, 12} : Unit{State::kBroken, 6};
}

Unit look_at(std::string_view text) {
  if (text[0] == '\\') return look_at_escape(text);
  const std::size_t length = base::utf8_length(text);
  if (length > 0) return {State::kFine, length};
  if (text.size() < 4 && begins_utf8(text)) return {State::kUnfinished, 1};
  return {State::kBroken, 1};
}

// An unfinished unit that nothing will finish: half a character or pair is broken, half an escape
// is left for the parser to refuse.
Unit at_end_of_text(Unit unit, std::string_view text) {
  if (unit.state != State::kUnfinished) return unit;
  const bool is_half_escape = text[0] == '\\' && unit.length < 6;
  return {is_half_escape ? State::kFine : State::kBroken, unit.length};
}

// Calls visit(position, unit) for every unit that is not plain; stops when it returns false.
template <typename Visit>
void each_unit(std::string_view text, bool last, Visit visit) {
  std::size_t at = 0;
  while ((at += plain_prefix(text.substr(at), '\\')) < text.size()) {
    Unit unit = look_at(text.substr(at));
    if (last) unit = at_end_of_text(unit, text.substr(at));
    if (!visit(at, unit)) return;
    at += unit.length;
  }
}

}  // namespace

std::string_view Repairer::repair(std::string_view bytes, bool last) {
  std::string joined;
  if (!held_.empty()) {
    joined = std::move(held_);
    joined += bytes;
    held_.clear();
    return rewrite(joined, 0, last);
  }
  std::size_t clean = bytes.size();
  each_unit(bytes, last, [&](std::size_t at, Unit unit) {
    if (unit.state == State::kFine) return true;
    clean = at;
    return false;
  });
  return clean == bytes.size() ? bytes : rewrite(bytes, clean, last);
}

std::string_view Repairer::rewrite(std::string_view text, std::size_t clean, bool last) {
  out_.assign(text.substr(0, clean));
  std::size_t copied = clean;
  const std::string_view rest = text.substr(clean);
  each_unit(rest, last, [&](std::size_t at, Unit unit) {
    if (unit.state == State::kFine) return true;
    at += clean;
    out_ += text.substr(copied, at - copied);
    if (unit.state == State::kUnfinished) {
      held_ = text.substr(at);
      copied = text.size();
      return false;
    }
    out_ += text[at] == '\\' ? "\\uFFFD" : base::kReplacementCharacter;
    copied = at + unit.length;
    ++repaired_;
    return true;
  });
  out_ += text.substr(copied);
  return out_;
}

}  // namespace muster::json
