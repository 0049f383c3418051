#include "json/key_set.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace muster::json {

bool KeySet::large_has_duplicates(const Member* members, std::size_t count) {
  std::vector<std::string_view> keys(count);
  std::transform(members, members + count, keys.begin(), [](const Member& m) { return m.key; });
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

std::size_t KeySet::keep_last(Member* members, std::size_t count) {
  std::unordered_set<std::string_view> seen;
  const auto is_repeated = [&](const Member& member) { return !seen.insert(member.key).second; };
  // From the back, so that the last of a key is the first to be seen.
  const auto reversed = std::make_reverse_iterator(members + count);
  const auto end = std::make_reverse_iterator(members);
  const auto kept = std::remove_if(reversed, end, is_repeated);
  const auto unique = static_cast<std::size_t>(kept - reversed);
  std::copy(members + count - unique, members + count, members);
  return unique;
}

}  // namespace muster::json
