// Randomness as an interface, so that a seed replays a simulated run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace muster::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;  // any thread

  double unit();                             // [0, 1)
  std::uint64_t below(std::uint64_t limit);  // [0, limit), limit > 0
};

std::unique_ptr<Random> make_system_random();                    // the kernel's, for keys and ids
std::unique_ptr<Random> make_seeded_random(std::uint64_t seed);  // repeatable, never for secrets

}  // namespace muster::base
