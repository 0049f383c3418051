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

std::optional<std::string> title_problem(std::string_view title) {
  if (base::trim(title).empty()) return "a title must not be empty";
  if (base::trim(title) != title) return "a title must not begin or end with a blank";
  const std::size_t at = title.find_first_of("=;:?.\"");
  if (at != std::string_view::npos) {
    return fmt::format("Assets does not allow '{}' in the title \"{}\"; leave out = ; : ? . and \"",
                       title[at], base::printable(title, 60));
  }
  if (std::ranges::find(kSystemAttributes, base::to_lower_ascii(title)) !=
      kSystemAttributes.end()) {
    return fmt::format("Assets has its own attribute \"{}\"; choose another title", title);
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
