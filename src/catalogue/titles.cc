#include "catalogue/titles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace muster::catalogue {
namespace {

constexpr std::array<std::string_view, 8> kAcronyms = {"id", "ip",  "mac", "mdm",
                                                       "os", "sku", "uri", "url"};
// Assets gives these to every object type itself.
constexpr std::array<std::string_view, 3> kSystemAttributes = {"key", "created", "updated"};

// Answered with 400 in names of schemas and object types (contract jsm-assets, section 8).
constexpr std::string_view kReserved = "=;:?.\"";
constexpr std::size_t kLongestName = 255;  // no limit is documented; this fits any column
constexpr std::size_t kShortestStatus = 2;
constexpr std::size_t kLongestStatus = 30;

std::string capitalised(std::string_view word) {
  std::string text(word);
  const bool is_acronym = std::ranges::find(kAcronyms, word) != kAcronyms.end();
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!is_acronym) break;
  }
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool may_stand_in_status(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == ' ' || c == '-';
}

}  // namespace

std::string title_from_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
  const std::string words = base::snake_case(name);
  std::string title;
  for (const std::string_view word : base::split(words, '_')) {
    if (word.empty()) continue;
    if (!title.empty()) title += ' ';
    const std::size_t digits = std::ranges::find_if(word, is_digit) - word.begin();
    title += capitalised(word.substr(0, digits));
    if (digits > 0 && digits < word.size()) title += ' ';
    title += word.substr(digits);
  }
  return title;
}

std::optional<std::string> name_problem(std::string_view name) {
  if (base::trim(name).empty()) return "a name in Assets must not be empty";
  if (base::trim(name) != name) return "a name in Assets must not begin or end with a blank";
  if (name.size() > kLongestName) {
    return fmt::format("a name in Assets may have at most {} bytes", kLongestName);
  }
  const std::size_t at = name.find_first_of(kReserved);
  if (at != std::string_view::npos) {
    return fmt::format("Assets does not allow '{}' in the name \"{}\"; leave out = ; : ? . and \"",
                       name[at], base::printable(name, 60));
  }
  if (std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
    return fmt::format("the name \"{}\" has a control character", base::printable(name, 60));
  }
  return std::nullopt;
}

std::optional<std::string> title_problem(std::string_view title) {
  if (auto problem = name_problem(title)) return problem;
  if (std::ranges::find(kSystemAttributes, base::to_lower_ascii(title)) !=
      kSystemAttributes.end()) {
    return fmt::format("Assets has its own attribute \"{}\"; choose another name", title);
  }
  return std::nullopt;
}

std::optional<std::string> status_problem(std::string_view status) {
  const bool fits = status.size() >= kShortestStatus && status.size() <= kLongestStatus;
  if (fits && std::ranges::all_of(status, may_stand_in_status)) return std::nullopt;
  return fmt::format("the status \"{}\" must have {} to {} letters, digits, blanks or hyphens",
                     base::printable(status, 60), kShortestStatus, kLongestStatus);
}

}  // namespace muster::catalogue
