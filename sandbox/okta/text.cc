#include "sandbox/okta/text.h"

#include "base/text.h"
#include "sandbox/append.h"

namespace muster::sandbox::okta {
namespace {

void begin_member(std::string& out, std::string_view name) {
  if (!out.empty() && out.back() != '{') out += ',';
  put_text(out, name);
  out += ':';
}

}  // namespace

void put_time(std::string& out, std::int64_t seconds) {
  if (seconds == 0) return put_null(out);
  out += '"';
  append_timestamp(out, seconds);
  out.pop_back();
  out += ".000Z\"";
}

std::string storable(std::string_view text) {
  constexpr unsigned char kFourBytes = 0xF0;
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (static_cast<unsigned char>(text[at]) >= kFourBytes) {
      at += 3;
    } else {
      out += text[at];
    }
  }
  return std::string(base::trim(out));
}

void member(std::string& out, std::string_view name, std::string_view text) {
  begin_member(out, name);
  text.empty() ? put_null(out) : put_escaped(out, text);
}

void member_time(std::string& out, std::string_view name, std::int64_t seconds) {
  begin_member(out, name);
  put_time(out, seconds);
}

void member_raw(std::string& out, std::string_view name, std::string_view json) {
  begin_member(out, name);
  out += json;
}

}  // namespace muster::sandbox::okta
