#include "run/time_zone.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/text.h"

namespace muster::run {
namespace {

const std::filesystem::path kZones = "/usr/share/zoneinfo";

// All names begin with a capital letter, and nothing else in the database does.
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

bool may_be_in_a_name(char c) {
  return is_capital(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' ||
         c == '_' || c == '+' || c == '-';
}

}  // namespace

bool is_time_zone(const std::string& name) {
  if (name.empty() || !is_capital(name[0])) return false;
  if (!std::all_of(name.begin(), name.end(), may_be_in_a_name)) return false;
  std::error_code ignored;
  return !std::filesystem::is_directory(kZones, ignored) ||
         std::filesystem::is_regular_file(kZones / name, ignored);
}

std::optional<std::string> closest_time_zone(const std::string& name) {
  std::vector<std::string> names;
  std::error_code problem;
  std::filesystem::recursive_directory_iterator at(kZones, problem);
  for (; !problem && at != std::filesystem::recursive_directory_iterator(); at.increment(problem)) {
    const std::string found = at->path().lexically_relative(kZones).string();
    if (!is_capital(found[0])) {
      at.disable_recursion_pending();  // posix/, right/: the same zones counted differently
    } else if (at->is_regular_file(problem)) {
      names.push_back(found);
    }
  }
  std::sort(names.begin(), names.end());
  return base::closest(name, names);
}

}  // namespace muster::run
