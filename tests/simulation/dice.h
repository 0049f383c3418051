// Draws for a scenario. The same seed gives the same draws.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"

namespace muster::simulation {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(base::make_seeded_random(seed)) {}

  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + random_->below(most - least + 1);
  }
  bool chance(unsigned percent) { return random_->below(100) < percent; }
  template <typename T>
  const T& pick(const std::vector<T>& of) {
    return of[random_->below(of.size())];
  }
  std::string pick(std::initializer_list<const char*> of) {
    return std::data(of)[random_->below(of.size())];
  }
  std::uint64_t pick(std::initializer_list<int> of) {
    return static_cast<std::uint64_t>(std::data(of)[random_->below(of.size())]);
  }
  base::Random& random() { return *random_; }

 private:
  std::unique_ptr<base::Random> random_;
};

}  // namespace muster::simulation
