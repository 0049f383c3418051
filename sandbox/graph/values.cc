#include "sandbox/graph/values.h"

namespace muster::sandbox::graph {

world::Guid guid_from(std::uint64_t high, std::uint64_t low) {
  high = (high & ~std::uint64_t{0xF000}) | 0x4000;
  low = (low & ~(std::uint64_t{3} << 62)) | std::uint64_t{1} << 63;
  world::Guid guid;
  int nibble = 0;
  for (char& c : guid.text) {
    const auto at = &c - guid.text.data();
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      c = '-';
      continue;
    }
    const std::uint64_t word = nibble < 16 ? high : low;
    c = "0123456789abcdef"[word >> (60 - 4 * (nibble % 16)) & 15];
    ++nibble;
  }
  return guid;
}

world::Guid random_guid(const world::World& world, world::Kind kind, std::uint32_t index,
                        std::uint32_t salt) {
  return guid_from(world.bits(kind, index, salt), world.bits(kind, index, salt + 0x8000));
}

}  // namespace muster::sandbox::graph
