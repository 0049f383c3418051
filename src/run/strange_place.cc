#include "run/strange_place.h"

#include <algorithm>

namespace muster::run {
namespace {

// Is the most recent execution what the newest of our runs started, or did that start nothing?
bool is_newest(const assets::Past& past, const Begun& newest) {
  if (past.latest.empty()) return false;
  if (!newest.execution_id.empty()) return past.latest == newest.execution_id;
  // It died before it learned the id. What it started was cancelled before this was asked.
  return past.latest == newest.started_after || past.latest_is_cancelled;
}

bool follows(const Begun& later, const Begun& earlier) {
  if (!later.started_after) return false;
  return earlier.execution_id.empty() || *later.started_after == earlier.execution_id;
}

}  // namespace

bool is_strange(const assets::Past& past, const std::vector<Begun>& begun) {
  if (past.kind == assets::Past::Kind::kNothing) return false;
  if (past.kind == assets::Past::Kind::kUnknown || begun.empty()) return true;
  if (!is_newest(past, begun.front())) return true;
  if (std::ranges::any_of(begun, &Begun::was_approved)) return true;
  for (std::size_t i = 1; i < begun.size(); ++i) {
    if (!follows(begun[i - 1], begun[i])) return true;
  }
  return begun.back().started_after != "";
}

}  // namespace muster::run
