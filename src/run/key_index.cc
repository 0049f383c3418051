#include "run/key_index.h"

#include <functional>

#include "base/check.h"

namespace muster::run {

std::string_view KeyIndex::text(Id id) const {
  const std::uint64_t begin = id == 0 ? 0 : ends_[id - 1];
  return std::string_view(texts_).substr(begin, ends_[id] - begin);
}

namespace {

std::uint32_t hash_of(std::string_view key) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>{}(key));
}

}  // namespace

// The slot that holds the key, or the free one where it would go. Needs at least one free slot.
std::size_t KeyIndex::slot_of(std::string_view key, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.id_plus_1 == 0) return at;
    if (slot.hash == hash && text(slot.id_plus_1 - 1) == key) return at;
  }
}

void KeyIndex::grow() {
  std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id_plus_1 == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].id_plus_1 != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

void KeyIndex::make_room(std::size_t keys) {
  while ((ends_.size() + keys) * 4 > slots_.size() * 3) grow();
}

KeyIndex::Id KeyIndex::intern(std::string_view key) {
  make_room(1);
  return intern(key, hash_of(key));
}

void KeyIndex::intern_all(std::span<const std::string_view> keys, std::vector<Id>& ids) {
  make_room(keys.size());
  const std::size_t mask = slots_.size() - 1;
  hashes_.clear();
  for (const std::string_view key : keys) {
    hashes_.push_back(hash_of(key));
    __builtin_prefetch(&slots_[hashes_.back() & mask]);
  }
  for (const std::uint32_t hash : hashes_) {
    const Id id_plus_1 = slots_[hash & mask].id_plus_1;
    if (id_plus_1 != 0) __builtin_prefetch(&ends_[id_plus_1 - 1]);
  }
  for (const std::uint32_t hash : hashes_) {
    const Id id_plus_1 = slots_[hash & mask].id_plus_1;
    if (id_plus_1 != 0) __builtin_prefetch(text(id_plus_1 - 1).data());
  }
  for (std::size_t i = 0; i < keys.size(); ++i) ids.push_back(intern(keys[i], hashes_[i]));
}

KeyIndex::Id KeyIndex::intern(std::string_view key, std::uint32_t hash) {
  Slot& slot = slots_[slot_of(key, hash)];
  if (slot.id_plus_1 != 0) return slot.id_plus_1 - 1;
  MUSTER_CHECK(ends_.size() < UINT32_MAX - 1, "a data set has fewer than 2^32 keys");
  texts_.append(key);
  ends_.push_back(texts_.size());
  slot = {static_cast<Id>(ends_.size()), hash};
  return static_cast<Id>(ends_.size() - 1);
}

std::optional<KeyIndex::Id> KeyIndex::find(std::string_view key) const {
  if (slots_.empty()) return std::nullopt;
  const Id found = slots_[slot_of(key, hash_of(key))].id_plus_1;
  return found == 0 ? std::nullopt : std::optional<Id>(found - 1);
}

}  // namespace muster::run
