// How big a world is.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace muster::sandbox::world {

struct Sizes {
  std::uint32_t users = 5000;
  std::uint32_t groups = 300;
  std::uint64_t memberships = 40'000;  // rows of all member lists together, exactly
  std::uint32_t devices = 4000;
  std::uint32_t contacts = 60;
  std::uint32_t applications = 40;
  std::uint32_t service_principals = 120;
  std::uint32_t administrative_units = 12;
  std::uint32_t programs = 0;  // on every Mac, beside the usual ones
};

// "users=5000,groups=300": names not given keep their value in `sizes`. kSettings otherwise.
base::Result<Sizes> parse_sizes(std::string_view text, Sizes sizes = {});
// What cannot exist: more memberships than users x groups, more than 16 million of anything.
base::Status check_sizes(const Sizes& sizes);

}  // namespace muster::sandbox::world
