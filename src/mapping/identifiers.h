// What identifies a record beyond its source: the hashes by which run/ finds the object that other
// sources know already. The values themselves are forgotten at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keyed_hash.h"
#include "json/value.h"
#include "mapping/plan.h"

namespace muster::mapping {

class Identifiers {
 public:
  // `data_set` must have an identity. One per thread: paths remember places.
  Identifiers(const Plan& plan, std::size_t data_set);
  ~Identifiers();

  void read(const json::Value& record);
  // Of the last record: by Identity::match; absent where it has none that can be used.
  const std::vector<std::optional<crypto::Hash128>>& values() const;
  // Of them, how many were there and are placeholders.
  std::uint32_t placeholders() const;
  // IdentityPlace::newest as a number that grows; 0: none.
  std::int64_t newest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::mapping
