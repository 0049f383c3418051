// How fast the source may be asked.
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

constexpr double kMostUnits = 1e9;
constexpr std::uint64_t kMostInFlight = 256;

// Headers that mean nothing without another one.
void check_told_quota(Loading& loading, MappingReader& map, const LaneRule& lane) {
  const auto needs = [&](std::string_view key, std::string_view other, bool has_other) {
    if (!map.has(key) || has_other) return;
    loading.check.error(map.mark_of(key), fmt::format("\"{}\" needs \"{}\"", key, other));
  };
  needs("share", "limit_header", !lane.limit_header.empty());
  needs("share", "remaining_header", !lane.remaining_header.empty());
  needs("concurrency_when", "limit_header", !lane.limit_header.empty());
  needs("reset_is", "reset_header", !lane.reset_header.empty());
  needs("remaining_header", "reset_header",
        !lane.reset_header.empty() || !lane.period_header.empty());
}

LaneRule load_lane(Loading& loading, const YamlMember& member) {
  MappingReader map(loading.check, member.value, fmt::format("lane \"{}\"", member.key));
  LaneRule lane;
  lane.name = member.key;
  map.node("units", Need::kRequired);
  lane.units = map.number("units", 1, 0.001, kMostUnits);
  lane.window = map.duration("window", lane.window);
  lane.initial_in_flight = static_cast<std::uint32_t>(
      map.whole_number("initial_in_flight", lane.initial_in_flight, 1, kMostInFlight));
  lane.max_in_flight = static_cast<std::uint32_t>(
      map.whole_number("max_in_flight", lane.max_in_flight, 1, kMostInFlight));
  lane.cost_header = map.text("cost_header");
  lane.pressure_header = map.text("pressure_header");
  lane.remaining_header = map.text("remaining_header");
  lane.limit_header = map.text("limit_header");
  lane.reset_header = map.text("reset_header");
  lane.period_header = map.text("period_header");
  lane.reset_is_unix_time =
      map.choice("reset_is", {"seconds", "unix_time"}, "seconds") == "unix_time";
  lane.share = map.number("share", 1, 0.01, 1);
  lane.zero_limit_is_concurrency =
      map.choice("concurrency_when", {"never", "limit_zero"}, "never") == "limit_zero";
  check_told_quota(loading, map, lane);
  if (lane.window <= base::Duration::zero()) {
    loading.check.error(map.mark_of("window"), "\"window\" must be longer than 0s");
  }
  if (lane.initial_in_flight > lane.max_in_flight) {
    loading.check.error(map.mark_of("initial_in_flight"),
                        "\"initial_in_flight\" must not be more than \"max_in_flight\"");
  }
  map.done();
  return lane;
}

}  // namespace

void load_lanes(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"lanes\"");
  map.each([&](const YamlMember& member) {
    loading.source.lanes.push_back(load_lane(loading, member));
  });
}

}  // namespace muster::catalogue
