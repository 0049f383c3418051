#include "tests/simulation/service/plan.h"

#include <fmt/format.h>

#include "sandbox/world/guid.h"
#include "tests/simulation/dice.h"

namespace muster::simulation {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr std::uint64_t kLongEvery = 250;

// Three months of a large installation: most sites' trials end meanwhile.
InstallationPlan draw_long(std::uint64_t seed, Dice& dice) {
  InstallationPlan plan{.seed = seed, .nodes = 2, .workers = 3};
  plan.pauses = {.worker = 10min, .planner = 30min, .courier = 6h};
  plan.trouble = days(81);
  plan.quiet = days(9);
  plan.between = 12h;
  for (std::size_t i = 0; i < 200; ++i) {
    const std::string site = fmt::format("site-{}", i);
    plan.sites.push_back(
        {.site = site,
         .trial_before = days(dice.between(0, 20)),
         .active_for = dice.chance(70) ? std::optional<base::Duration>(days(365)) : std::nullopt});
    plan.importers.push_back(
        {.site = site,
         .importer = fmt::format("importer-{}", i),
         .import_source = i,
         .schedule = fmt::format(
             "{{ weekly: [{}], at: \"{:02}:{:02}\", time_zone: {} }}",
             dice.pick({"mon", "tue", "wed", "thu", "fri", "sat", "sun"}), dice.between(0, 23),
             dice.between(0, 59),
             dice.pick({"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}))});
  }
  return plan;
}

InstallationPlan draw_short(std::uint64_t seed, Dice& dice) {
  InstallationPlan plan{.seed = seed,
                        .nodes = static_cast<unsigned>(dice.between(1, 3)),
                        .workers = static_cast<unsigned>(dice.between(1, 3))};
  plan.pauses = {
      .worker = std::chrono::seconds(dice.pick({20, 60, 180})), .planner = 120s, .courier = 10min};
  const std::uint64_t importers = dice.between(1, 4);
  plan.trouble = std::chrono::hours(dice.between(2, importers > 2 ? 5 : 9));
  plan.quiet = 5h;
  plan.between = std::chrono::minutes(dice.between(10, 40));
  plan.jumps_by_days = dice.chance(10);
  const std::uint64_t sites = dice.between(1, 3);
  for (std::size_t i = 0; i < sites; ++i) {
    SitePlan site{.site = fmt::format("site-{}", i)};
    // Its trial and the grace after it end while it is disturbed, or ended before.
    if (dice.chance(15)) site.trial_before = days(44) - std::chrono::hours(dice.between(0, 6));
    if (dice.chance(30)) site.active_for = days(30);
    plan.sites.push_back(site);
  }
  for (std::size_t i = 0; i < importers; ++i) {
    ImporterOfSite importer{.site = plan.sites[i % sites].site,
                            .importer = fmt::format("importer-{}", i),
                            .import_source = i,
                            .schedule = dice.pick({"hourly", "{ every: 30m }", "{ every: 2h }",
                                                   "{ cron: \"7,37 * * * *\", time_zone: UTC }"})};
    if (dice.chance(20)) {
      importer.blackout =
          "[{ days: [mon, tue, wed, thu, fri, sat, sun], from: \"02:00\", to: "
          "\"03:30\", time_zone: UTC }]";
    }
    plan.importers.push_back(std::move(importer));
  }
  return plan;
}

}  // namespace

InstallationPlan draw_installation(std::uint64_t seed) {
  Dice dice(sandbox::world::mix(seed ^ 0x73657276));
  return seed % kLongEvery == 0 ? draw_long(seed, dice) : draw_short(seed, dice);
}

}  // namespace muster::simulation
