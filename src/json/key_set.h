// Finds members of one object that have the same key, at a few nanoseconds a key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "json/value.h"

namespace muster::json {

class KeySet {
 public:
  bool has_duplicates(const Member* members, std::size_t count) {
    if (count > kSmall) return large_has_duplicates(members, count);
    if (++round_ == kRounds) {  // the entries of the first rounds would count again
      slots_.fill(0);
      round_ = 1;
    }
    for (std::size_t at = 0; at < count; ++at) {
      std::size_t slot = hash(members[at].key) % kSlots;
      // An entry is the round and the member's index; entries of other rounds are empty slots.
      for (; slots_[slot] >> 8 == round_; slot = (slot + 1) % kSlots) {
        if (members[slots_[slot] & 0xFF].key == members[at].key) return true;
      }
      slots_[slot] = round_ << 8 | static_cast<std::uint32_t>(at);
    }
    return false;
  }

  // Moves the last member of every key to the front, in their order; returns how many there are.
  std::size_t keep_last(Member* members, std::size_t count);

 private:
  // Above it the keys are sorted, so that keys chosen to collide cannot cost quadratic time.
  static constexpr std::size_t kSmall = 64;
  static constexpr std::size_t kSlots = 256;
  static constexpr std::uint32_t kRounds = 1 << 24;

  static std::size_t hash(std::string_view key) {
    if (key.empty()) return 0;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(key[at]); };
    const std::uint32_t mixed = byte(0) | byte(key.size() / 2) << 8 | byte(key.size() - 1) << 16 |
                                static_cast<std::uint32_t>(key.size()) << 24;
    return mixed * 0x9E3779B1U >> 24;
  }

  static bool large_has_duplicates(const Member* members, std::size_t count);

  std::array<std::uint32_t, kSlots> slots_{};
  std::uint32_t round_ = 0;
};

}  // namespace muster::json
