#include "source/asked_names.h"

#include <algorithm>

namespace muster::source {
namespace {

bool is_part_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Numbers are values.
bool is_name(std::string_view word) { return !word.empty() && (word[0] < '0' || word[0] > '9'); }

std::vector<std::string_view> names_of(std::string_view text) {
  std::vector<std::string_view> names;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_part_of_name(text[i])) continue;
    if (const std::string_view word = text.substr(begin, i - begin); is_name(word)) {
      names.push_back(word);
    }
    begin = i + 1;
  }
  return names;
}

std::string without_quoted(std::string_view filter) {
  std::string rest;
  char quote = '\0';
  for (const char c : filter) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    rest += quote == '\0' ? c : ' ';
  }
  return rest;
}

}  // namespace

std::vector<std::string> names_in_complaint(std::string_view complaint,
                                            const std::vector<std::string>& fields,
                                            std::string_view filter) {
  const std::vector<std::string_view> said = names_of(complaint);
  std::vector<std::string> found;
  const auto look = [&](std::string_view name) {
    constexpr std::size_t kShortest = 3;  // "id", "or" stand in many sentences
    if (name.size() < kShortest) return;
    if (std::ranges::find(said, name) == said.end()) return;
    if (std::ranges::find(found, name) == found.end()) found.emplace_back(name);
  };
  for (const std::string& field : fields) look(field);
  const std::string rest = without_quoted(filter);
  for (const std::string_view name : names_of(rest)) look(name);
  return found;
}

}  // namespace muster::source
