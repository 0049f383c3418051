// Keys of one data set as small numbers: relations are kept as pairs of these, not as text.
//
// Ids are given in order of first sight and never change. About 12 bytes beside the key's own text.
// Not synchronised: the owner says which Monitor guards it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::run {

class KeyIndex {
 public:
  using Id = std::uint32_t;

  Id intern(std::string_view key);
  std::optional<Id> find(std::string_view key) const;
  std::string_view text(Id id) const;  // valid until the next intern()
  std::size_t size() const { return ends_.size(); }

 private:
  std::size_t slot_of(std::string_view key) const;
  void grow();

  std::string texts_;
  std::vector<std::uint64_t> ends_;  // end of each key in texts_
  std::vector<Id> slots_;            // open addressing; id + 1, 0 = free
};

}  // namespace muster::run
