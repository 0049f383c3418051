// Okta's ids: twenty letters and digits that begin with what they name, computed in both
// directions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::sandbox::okta {

enum class Kind : std::uint8_t { kUser, kGroup, kApp, kDevice, kRole };

class Ids {
 public:
  explicit Ids(std::uint64_t seed);

  std::string make(Kind kind, std::uint32_t index) const;
  // Nullopt when this scheme never made it.
  std::optional<std::uint32_t> read(Kind kind, std::string_view id) const;

 private:
  std::uint64_t seed_;
};

}  // namespace muster::sandbox::okta
