// How values that are no database types lie in rows. Internal to the room.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/scheduler.h"

namespace muster::store {

inline std::int64_t micros(base::WallTime time) { return time.time_since_epoch().count(); }

inline std::optional<std::int64_t> micros(const std::optional<base::WallTime>& time) {
  return time ? std::optional(micros(*time)) : std::nullopt;
}

inline base::WallTime wall_time(std::int64_t micros) {
  return base::WallTime(std::chrono::microseconds(micros));
}

}  // namespace muster::store
