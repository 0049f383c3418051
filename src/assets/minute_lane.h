// How calls to Atlassian are paced: so many a minute, few at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/lane.h"

namespace muster::assets {

// Of JsmSettings and PeopleSettings, which an importer sets alike.
template <typename Settings>
net::LaneSettings minute_lane(const Settings& settings, std::string_view name,
                              std::size_t in_flight) {
  net::LaneSettings lane;
  lane.name = name;
  lane.units = settings.requests_per_minute;
  lane.window = std::chrono::minutes(1);
  lane.initial_in_flight = static_cast<std::uint32_t>(in_flight);
  lane.max_in_flight = static_cast<std::uint32_t>(in_flight);
  lane.attempts = settings.attempts;
  lane.max_wait = settings.max_wait;
  return lane;
}

}  // namespace muster::assets
