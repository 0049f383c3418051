// Keys of one data set as small numbers: relations are kept as pairs of these, not as text.
//
// Ids are given in order of first sight and never change. About 20 bytes beside the key's own text.
// Not synchronised: the owner says which Monitor guards it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster::run {

class KeyIndex {
 public:
  using Id = std::uint32_t;

  Id intern(std::string_view key);
  // Appends the key's ids. Looks all up side by side, so that they wait for memory together.
  void intern_all(std::span<const std::string_view> keys, std::vector<Id>& ids);
  std::optional<Id> find(std::string_view key) const;
  std::string_view text(Id id) const;  // valid until the next intern()
  std::size_t size() const { return ends_.size(); }

 private:
  // A part of the hash stands beside the id, so that other keys are passed without looking at their
  // text, which would cost a cache miss each.
  struct Slot {
    Id id_plus_1 = 0;  // 0 = free
    std::uint32_t hash = 0;
  };

  std::size_t slot_of(std::string_view key, std::uint32_t hash) const;
  Id intern(std::string_view key, std::uint32_t hash);
  void make_room(std::size_t keys);
  void grow();

  std::string texts_;
  std::vector<std::uint64_t> ends_;  // end of each key in texts_
  std::vector<Slot> slots_;          // open addressing
  std::vector<std::uint32_t> hashes_;
};

}  // namespace muster::run
