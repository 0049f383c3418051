#include "base/text.h"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>
#include <cmath>
#include <numeric>

#include "base/utf8.h"

namespace muster::base {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// Characters that move the cursor, end the line or turn the direction of what follows (Unicode
// technical report 36, section 3.5), so that one value could pass for something else.
bool is_deceptive(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

std::string escape(char32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code == '\t') return "\\t";
  if (code < 0x80) return fmt::format("\\x{:02X}", static_cast<unsigned>(code));
  return fmt::format("\\u{:04x}", static_cast<unsigned>(code));
}

// Optimal string alignment distance: one slip is a wrong, missing, extra or swapped letter.
std::size_t slips_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string encode_base64(std::string_view bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  text.pop_back();  // libsodium ends it with NUL
  return text;
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end) return std::nullopt;
  return number;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_unreserved(char c) {
  return is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos;
}

std::string url_encode(std::string_view text, bool blank_as_plus) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else if (c == ' ' && blank_as_plus) {
      encoded += '+';
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace

bool is_code(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || std::string_view("._:/+-").find(c) != std::string_view::npos;
  });
}

std::string printable(std::string_view text, std::size_t limit) {
  constexpr std::string_view kCut = "...";
  std::string out;
  std::size_t cut = 0;  // where the text would be cut if it became too long
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    if (length == 0) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(rest[0]));
    } else if (const char32_t code = utf8_decode(rest, length); is_deceptive(code)) {
      out += escape(code);
    } else {
      out += rest.substr(0, length);
    }
    if (out.size() > limit) return out.substr(0, cut).append(kCut);
    if (out.size() + kCut.size() <= limit) cut = out.size();
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string with_thousands(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string count_of(std::uint64_t number, std::string_view singular) {
  return count_of(number, singular, std::string(singular) + "s");
}

std::string count_of(std::uint64_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", with_thousands(number), number == 1 ? singular : plural);
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be printed as 1024.0.
  for (; size >= 1023.95 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates) {
  const std::string wanted = to_lower_ascii(word);
  std::size_t fewest = 1 + std::min<std::size_t>(word.size() / 4, 2);
  std::optional<std::string> best;
  for (const std::string& candidate : candidates) {
    const std::size_t slips = slips_between(wanted, to_lower_ascii(candidate));
    // A candidate that shares no letter with the word is not what was meant.
    if (slips >= std::max(word.size(), candidate.size())) continue;
    if (slips > fewest || (best && slips == fewest)) continue;
    fewest = slips;
    best = candidate;
  }
  return best;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = to_lower(c);
  return lower;
}

std::string snake_case(std::string_view text) {
  std::string out;
  bool at_word_start = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_letter_or_digit =
        is_lower(c) || is_upper(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
    if (!is_letter_or_digit) {
      at_word_start = true;
      continue;
    }
    if (is_upper(c) && at > 0) {
      const bool after_lower = is_lower(text[at - 1]) || is_digit(text[at - 1]);
      // The last capital of a run begins the next word: "SKUName" is "sku_name".
      const bool ends_capitals =
          is_upper(text[at - 1]) && at + 1 < text.size() && is_lower(text[at + 1]);
      at_word_start = at_word_start || after_lower || ends_capitals;
    }
    if (at_word_start && !out.empty()) out += '_';
    at_word_start = false;
    out += to_lower(c);
  }
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char left, char right) { return to_lower(left) == to_lower(right); });
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<double> parse_double(std::string_view text) {
  const auto number = parse_whole<double>(text);
  if (number && !std::isfinite(*number)) return std::nullopt;  // "inf" and "nan" are words
  return number;
}

std::string percent_encode(std::string_view text) { return url_encode(text, false); }

std::string form_encode(std::string_view text) { return url_encode(text, true); }

std::string base64_encode(std::string_view bytes) {
  return encode_base64(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::string base64url_encode(std::string_view bytes) {
  return encode_base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<std::string> base64url_decode(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

std::string hex_encode(std::string_view bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                 bytes.size());
  text.pop_back();  // libsodium ends it with NUL
  return text;
}

}  // namespace muster::base
