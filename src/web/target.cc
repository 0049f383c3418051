#include "web/target.h"

#include <charconv>

#include "base/text.h"

namespace muster::web {
namespace {

std::optional<char> byte_of(std::string_view digits) {
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 2 || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return static_cast<char>(value);
}

std::optional<std::string> unescaped(std::string_view text, bool plus_is_blank) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      const std::optional<char> byte = byte_of(text.substr(i + 1, 2));
      if (!byte) return std::nullopt;
      plain += *byte;
      i += 2;
    }
  }
  return plain;
}

}  // namespace

std::optional<Parts> fit(std::string_view pattern, std::string_view path) {
  const auto wanted = base::split(pattern, '/');
  const auto given = base::split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  Parts parts;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].starts_with('{')) {
      if (wanted[i] != given[i]) return std::nullopt;
      continue;
    }
    std::optional<std::string> value = unescaped(given[i], false);
    if (!value || value->empty()) return std::nullopt;
    parts.emplace(wanted[i].substr(1, wanted[i].size() - 2), std::move(*value));
  }
  return parts;
}

base::Result<Parts> read_query(std::string_view target) {
  Parts query;
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return query;
  for (const std::string_view pair : base::split(target.substr(mark + 1), '&')) {
    const std::size_t equals = pair.find('=');
    auto name = unescaped(pair.substr(0, equals), true);
    auto value = unescaped(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!name || !value) {
      return base::Error{base::ErrorKind::kMalformed, "request",
                         "The query has a % that no two hexadecimal digits follow."};
    }
    query.emplace(std::move(*name), std::move(*value));
  }
  return query;
}

}  // namespace muster::web
