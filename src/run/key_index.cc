#include "run/key_index.h"

#include <functional>

#include "base/check.h"

namespace muster::run {

std::string_view KeyIndex::text(Id id) const {
  const std::uint64_t begin = id == 0 ? 0 : ends_[id - 1];
  return std::string_view(texts_).substr(begin, ends_[id] - begin);
}

// The slot that holds the key, or the free one where it would go. Needs at least one free slot.
std::size_t KeyIndex::slot_of(std::string_view key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(key)&mask;
  while (slots_[slot] != 0 && text(slots_[slot] - 1) != key) slot = (slot + 1) & mask;
  return slot;
}

void KeyIndex::grow() {
  slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
  for (Id id = 0; id < ends_.size(); ++id) slots_[slot_of(text(id))] = id + 1;
}

KeyIndex::Id KeyIndex::intern(std::string_view key) {
  if ((ends_.size() + 1) * 4 > slots_.size() * 3) grow();
  const std::size_t slot = slot_of(key);
  if (slots_[slot] != 0) return slots_[slot] - 1;
  MUSTER_CHECK(ends_.size() < UINT32_MAX - 1, "a data set has fewer than 2^32 keys");
  texts_.append(key);
  ends_.push_back(texts_.size());
  slots_[slot] = static_cast<Id>(ends_.size());
  return static_cast<Id>(ends_.size() - 1);
}

std::optional<KeyIndex::Id> KeyIndex::find(std::string_view key) const {
  if (slots_.empty()) return std::nullopt;
  const Id found = slots_[slot_of(key)];
  return found == 0 ? std::nullopt : std::optional<Id>(found - 1);
}

}  // namespace muster::run
