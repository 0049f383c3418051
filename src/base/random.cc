#include "base/random.h"

#include <sodium.h>

#include <atomic>

#include "base/check.h"

namespace muster::base {
namespace {

class SystemRandom final : public Random {
 public:
  SystemRandom() { MUSTER_CHECK(sodium_init() >= 0, "libsodium starts"); }

  std::uint64_t next() override {
    std::uint64_t value;
    randombytes_buf(&value, sizeof value);
    return value;
  }
};

// SplitMix64 (Steele, Lea, Flood 2014): its whole state is a counter, so that one atomic addition
// makes it safe for any thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : counter_(seed) {}

  std::uint64_t next() override {
    std::uint64_t mixed = counter_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;
  std::atomic<std::uint64_t> counter_;
};

}  // namespace

double Random::unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

std::uint64_t Random::below(std::uint64_t limit) {
  MUSTER_CHECK(limit > 0, "a random number needs a range");
  // Values past the last whole multiple of the limit would make small results likelier.
  const std::uint64_t excess = (0 - limit) % limit;
  std::uint64_t value = next();
  while (value < excess) value = next();
  return value % limit;
}

std::unique_ptr<Random> make_system_random() { return std::make_unique<SystemRandom>(); }

std::unique_ptr<Random> make_seeded_random(std::uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

}  // namespace muster::base
