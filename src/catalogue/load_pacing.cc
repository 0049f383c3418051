// How fast the source may be asked.
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

constexpr double kMostUnits = 1e9;
constexpr std::uint64_t kMostInFlight = 256;

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
