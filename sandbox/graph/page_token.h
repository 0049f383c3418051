// Opaque page tokens: a position that only fits the query it was made for.
//
// Position, time of issue and a keyed hash over both and the query. A client that changes the
// token, or the query around it, gets a 400 like from Graph.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/scheduler.h"
#include "crypto/keyed_hash.h"

namespace muster::sandbox::graph {

class PageTokens {
 public:
  explicit PageTokens(std::uint64_t seed);

  struct Position {
    std::uint64_t row = 0;
    std::uint32_t page = 0;  // how many pages came before
    base::Instant issued{};
  };

  std::string make(std::string_view query, const Position& position) const;
  // Nullopt when the token was not made for this query.
  std::optional<Position> read(std::string_view query, std::string_view token) const;

 private:
  crypto::Hash128 sign(std::string_view query, std::string_view plain) const;
  crypto::HashKey key_{};
};

}  // namespace muster::sandbox::graph
