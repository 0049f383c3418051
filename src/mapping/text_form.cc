#include "mapping/text_form.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

namespace muster::mapping {
namespace {

bool is_blank_or_control(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

bool is_one_word(std::string_view text) { return std::ranges::none_of(text, is_blank_or_control); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 3986 section 3.1.
bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

bool is_below(std::string_view two_digits, int limit) {
  return is_digit(two_digits[0]) && is_digit(two_digits[1]) &&
         (two_digits[0] - '0') * 10 + (two_digits[1] - '0') < limit;
}

}  // namespace

bool is_url(std::string_view text) {
  constexpr std::string_view kMark = "://";
  const std::size_t mark = text.find(kMark);
  if (mark == std::string_view::npos || !is_scheme(text.substr(0, mark))) return false;
  const std::string_view host = text.substr(mark + kMark.size());
  return !host.empty() && std::string_view("/?#").find(host[0]) == std::string_view::npos &&
         is_one_word(text);
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && is_one_word(text);
}

bool is_ip_address(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return false;
  const std::string address(text);
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return inet_pton(AF_INET, address.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
}

bool is_time_of_day(std::string_view text) {
  const bool with_seconds = text.size() == 8;
  if (!with_seconds && text.size() != 5) return false;
  return is_below(text.substr(0, 2), 24) && text[2] == ':' && is_below(text.substr(3, 2), 60) &&
         (!with_seconds || (text[5] == ':' && is_below(text.substr(6, 2), 60)));
}

}  // namespace muster::mapping
