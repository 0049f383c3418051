// Object ids found by a hash: eight bytes an entry, several ids per hash allowed, never removed
// from (its owner rebuilds it after removals). The caller checks whether a candidate really
// matches.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace muster::sandbox::assets {

class IdTable {
 public:
  void clear(std::size_t expected = 0) {
    size_ = 0;
    slots_.assign(std::bit_ceil(expected * 2 + 16), Slot{});
  }

  void insert(std::uint64_t hash, std::uint32_t id) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    place(Slot{static_cast<std::uint32_t>(hash), id});
    ++size_;
  }

  // Calls visit(id) for each candidate until it returns true; tells whether one did.
  template <typename Visit>
  bool find(std::uint64_t hash, Visit&& visit) const {
    if (slots_.empty()) return false;
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t at = tag & mask(); slots_[at].id != 0; at = (at + 1) & mask())
      if (slots_[at].tag == tag && visit(slots_[at].id)) return true;
    return false;
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t id = 0;  // 0: free; object ids start at 1
  };

  std::size_t mask() const { return slots_.size() - 1; }

  void place(Slot slot) {
    std::size_t at = slot.tag & mask();
    while (slots_[at].id != 0) at = (at + 1) & mask();
    slots_[at] = slot;
  }

  void grow() {
    std::vector<Slot> old(std::bit_ceil(slots_.size() * 2 + 16));
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.id != 0) place(slot);
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace muster::sandbox::assets
