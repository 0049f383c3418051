// A row that is only a number into a fixed list.
#pragma once

#include <cstdint>

#include "sandbox/world/world.h"

namespace muster::sandbox::graph {

struct Numbered {
  Numbered(const world::World& of, std::uint32_t number) : world(of), index(number) {}
  const world::World& world;
  std::uint32_t index;
};
using Number = const Numbered&;

}  // namespace muster::sandbox::graph
