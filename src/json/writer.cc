#include "json/writer.h"

#include <charconv>
#include <cmath>

#include "base/check.h"

namespace muster::json {

void Writer::separate() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

Writer& Writer::open(char bracket) {
  separate();
  need_comma_ = false;
  out_ += bracket;
#ifndef NDEBUG
  open_ += bracket;
#endif
  return *this;
}

Writer& Writer::close(char bracket) {
#ifndef NDEBUG
  MUSTER_CHECK(open_.ends_with(bracket == '}' ? '{' : '['), "every bracket is closed by its own");
  open_.pop_back();
#endif
  out_ += bracket;
  need_comma_ = true;
  return *this;
}

Writer& Writer::begin_object() { return open('{'); }
Writer& Writer::end_object() { return close('}'); }
Writer& Writer::begin_array() { return open('['); }
Writer& Writer::end_array() { return close(']'); }

Writer& Writer::key(std::string_view name) {
#ifndef NDEBUG
  MUSTER_CHECK(open_.ends_with('{'), "only an object has keys");
#endif
  string(name);
  out_ += ':';
  need_comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  separate();
  append_quoted(out_, text);
  return *this;
}

template <typename Number>
Writer& Writer::digits(Number value) {
  std::array<char, 24> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return raw({buffer.data(), static_cast<std::size_t>(result.ptr - buffer.data())});
}

Writer& Writer::number(std::int64_t value) { return digits(value); }
Writer& Writer::number(std::uint64_t value) { return digits(value); }

Writer& Writer::real(double value, int decimals) {
  if (!std::isfinite(value)) return null();
  return raw(fmt::format("{:.{}f}", value, decimals));
}

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }
Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

Writer& Writer::value(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull: return null();
    case Kind::kFalse:
    case Kind::kTrue: return boolean(value.boolean());
    case Kind::kNumber: return raw(value.text());
    case Kind::kString: return string(value.text());
    case Kind::kArray:
      begin_array();
      for (const Value& item : value.items()) this->value(item);
      return end_array();
    case Kind::kObject:
      begin_object();
      for (const Member& member : value.members()) key(member.key).value(member.value);
      return end_object();
  }
  return *this;
}

}  // namespace muster::json
