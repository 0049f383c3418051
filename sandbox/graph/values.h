// Values that several tables write.
#pragma once

#include <string>

#include "sandbox/append.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::graph {

// Quotes what `append` writes; only looks for escapes when something needs one.
template <typename Append>
void put_escaped_from(std::string& out, Append append) {
  const std::size_t start = out.size();
  out += '"';
  append(out);
  if (out.find_first_of("\"\\", start + 1) != std::string::npos) {
    const std::string text = out.substr(start + 1);
    out.resize(start);
    return put_escaped(out, text);
  }
  out += '"';
}

// A random version 4 id that stands for no object of the world (request ids, key ids).
world::Guid random_guid(const world::World& world, world::Kind kind, std::uint32_t index,
                        std::uint32_t salt);
world::Guid guid_from(std::uint64_t high, std::uint64_t low);

}  // namespace muster::sandbox::graph
