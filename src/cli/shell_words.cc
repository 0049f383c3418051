#include "cli/shell_words.h"

#include <algorithm>
#include <cctype>

namespace muster::cli {

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view kHarmless = "_./:=@%+,-";
  const bool is_plain =
      !word.empty() && std::all_of(word.begin(), word.end(), [&](unsigned char c) {
        return std::isalnum(c) != 0 || kHarmless.find(static_cast<char>(c)) != kHarmless.npos;
      });
  if (is_plain) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace muster::cli
