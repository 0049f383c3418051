#include "tests/simulation/scenario.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/simulation/dice.h"

namespace muster::simulation {
namespace {

using checker::entra::Choice;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

sandbox::SandboxSettings draw_sandbox(Dice& dice, std::uint64_t seed, std::size_t importers) {
  sandbox::SandboxSettings settings;
  settings.seed = seed;
  auto& sizes = settings.sizes;
  sizes.users = static_cast<std::uint32_t>(dice.between(5, 60));
  sizes.groups = static_cast<std::uint32_t>(dice.between(0, 12));
  const std::uint64_t most = std::uint64_t{sizes.users} * sizes.groups;
  sizes.memberships = dice.between(0, std::min<std::uint64_t>(most, 150));
  sizes.devices = static_cast<std::uint32_t>(dice.between(0, 20));
  sizes.contacts = static_cast<std::uint32_t>(dice.between(0, 3));
  sizes.applications = static_cast<std::uint32_t>(dice.between(0, 5));
  sizes.service_principals = static_cast<std::uint32_t>(dice.between(0, 5));
  sizes.administrative_units = static_cast<std::uint32_t>(dice.between(0, 3));
  settings.max_page = static_cast<std::uint32_t>(dice.pick({0, 3, 5, 7, 10, 25}));
  settings.quota = dice.chance(5);
  if (dice.chance(25)) settings.token_lifetime = seconds(dice.pick({20, 60, 300, 900}));
  if (dice.chance(10)) settings.page_token_lifetime = seconds(dice.pick({10, 60}));
  settings.assets.import_sources = importers;
  if (dice.chance(20)) settings.assets.link_prefix = "insight";
  if (dice.chance(30)) settings.assets.starting_takes = seconds(dice.between(1, 40));
  if (dice.chance(30)) settings.assets.processing_takes = seconds(dice.pick({1, 20, 600, 4000}));
  return settings;
}

std::vector<Choice> draw_choices(Dice& dice) {
  std::vector<Choice> choices;
  const bool all = dice.chance(35);
  for (const std::string& name : checker::entra::default_data_sets()) {
    if (!all && !dice.chance(name == "users" ? 85 : name == "groups" ? 70 : 40)) continue;
    Choice choice{name, 0, {}, {}};
    if (dice.chance(4)) choice.limit = dice.between(1, 20);
    if (name == "users" && dice.chance(8)) {
      choice.where =
          checker::Condition{"Department", {dice.pick({"Operations", "Engineering", "Sales"})}};
    }
    if (name == "users" && dice.chance(8)) {
      choice.filter = checker::Condition{"Account Status", {dice.pick({"Enabled", "Disabled"})}};
    }
    choices.push_back(std::move(choice));
  }
  if (choices.empty()) choices.push_back({"users", 0, {}, {}});
  return choices;
}

// What is no address is left out, and is told by the report's count alone.
std::string edit_attribute(std::string_view attribute, std::string value, int percent) {
  if (attribute == "mail" && value != "null") {
    value = value == R"("Poet")" ? R"("poet@example.com")" : R"("=1+1@example.com")";
  }
  return fmt::format(R"([{{"data_set":"users","attribute":"{}","value":{},"percent":{}}}])",
                     attribute, value, percent);
}

std::string draw_edit(Dice& dice) {
  const std::string set = dice.pick({"users", "users", "groups", "devices", "applications"});
  switch (dice.between(0, 4)) {
    case 0:
      return fmt::format(R"([{{"data_set":"{}","remove_percent":{}}}])", set,
                         dice.pick({5, 10, 20, 40, 60, 100}));
    case 1:
      return fmt::format(R"([{{"data_set":"memberships","remove_percent":{}}}])",
                         dice.pick({10, 50, 100}));
    case 2:
      return fmt::format(
          R"([{{"data_set":"{}","attribute":"displayName","value":{},"percent":{}}}])", set,
          dice.pick({R"("Renamed")", R"("A \"quoted\" name")", "\"\"", "null"}),
          dice.pick({5, 30}));
    case 3:
      return edit_attribute(dice.pick({"jobTitle", "department", "mail", "city"}),
                            dice.pick({R"("Poet")", "null", R"("= 1 + 1")"}),
                            dice.pick({10, 50, 100}));
    default:
      return fmt::format(R"([{{"data_set":"{}","remove_first":{}}}])", set, dice.between(1, 5));
  }
}

base::Duration draw_jump(Dice& dice) {
  const std::vector<base::Duration> jumps = {hours(1),   -hours(1),   hours(24),
                                             -hours(24), minutes(30), -hours(24 * 365)};
  return dice.pick(jumps);
}

void draw_events(Dice& dice, RunPlan& plan) {
  using Kind = Event::Kind;
  const auto step = [&] { return dice.between(1, dice.chance(50) ? 40 : 160); };
  if (dice.chance(8)) plan.events.push_back({Kind::kCancel, step()});
  if (dice.chance(15)) plan.events.push_back({Kind::kKill, step()});
  if (dice.chance(10)) plan.events.push_back({Kind::kEdit, step(), draw_edit(dice)});
  if (dice.chance(5)) plan.events.push_back({Kind::kRevokeTokens, step()});
  if (dice.chance(4)) {
    plan.events.push_back({Kind::kTakeCredentials, step(), draw_taken_credentials(dice)});
  }
  if (dice.chance(3)) plan.events.push_back({Kind::kRenewToken, step()});
  if (dice.chance(8)) plan.events.push_back({Kind::kClockJump, step(), {}, draw_jump(dice)});
  if (dice.chance(3)) plan.events.push_back({Kind::kCancelInAssets, step()});
}

RunPlan draw_run(Dice& dice, const std::vector<Choice>& usual, bool first) {
  RunPlan plan;
  plan.choices = dice.chance(10) ? draw_choices(dice) : usual;
  if (!first && dice.chance(60)) plan.edits.push_back(draw_edit(dice));
  if (!first && dice.chance(15)) plan.clear_edits = true;
  plan.pause = dice.chance(50) ? base::Duration(seconds(dice.between(1, 3600)))
                               : base::Duration(hours(dice.between(1, 26)));
  plan.damage_memory = !first && dice.chance(3);
  plan.plan_only = dice.chance(8);
  if (dice.chance(12)) {
    plan.limit = dice.between(1, 30);
    plan.confirm_partial = dice.chance(60);
  }
  plan.approve = dice.chance(60);
  if (dice.chance(75)) draw_faults(dice, plan);
  if (dice.chance(4)) plan.faults.push_back(draw_bad_records(dice, plan.choices));
  draw_events(dice, plan);
  return plan;
}

// A completed run, one that must be held, and approved ones that meet trouble once they write.
void draw_approvals(Dice& dice, ImporterPlan& plan, const std::vector<Choice>& usual) {
  plan.importer.limits.max_missing_percent = 5;
  plan.importer.limits.max_missing_objects = 0;
  for (int i = 0; i < 4; ++i) {
    RunPlan& run = plan.runs.emplace_back();
    run.choices = usual;
    run.pause = minutes(dice.between(1, 90));
    run.approve = true;
    if (i == 1) {
      run.edits.push_back(
          fmt::format(R"([{{"data_set":"users","remove_percent":{}}}])", dice.pick({30, 60, 100})));
    }
    if (i < 2) continue;
    if (dice.chance(50)) draw_assets_trouble(dice, run);
    if (dice.chance(50)) {
      run.events.push_back(
          {dice.chance(50) ? Event::Kind::kKill : Event::Kind::kCancel, dice.between(40, 140)});
    }
  }
}

checker::Limits draw_limits(Dice& dice) {
  return {.max_missing_percent = static_cast<double>(dice.pick({5, 20, 50})),
          .max_missing_objects = dice.pick({0, 2, 5, 100}),
          .max_blanked_percent = static_cast<double>(dice.pick({20, 50}))};
}

// What the importer file says under `safety`.
void draw_safety(Dice& dice, checker::Importer& importer) {
  importer.limits = draw_limits(dice);
  for (const std::string& name : checker::entra::default_data_sets()) {
    if (dice.chance(4)) importer.own_limits[name] = draw_limits(dice);
  }
  if (dice.chance(20)) {  // what all the others may lose
    importer.limits = {50, 100, 50};
    importer.own_limits[dice.pick({"users", "users", "groups", "devices"})] = {5, 0, 20};
  }
  importer.reject_limit = dice.pick({0, 2, 10, 100, 100, 100});
  importer.accepts_parked = dice.chance(15);
}

// A completed run; then records that cannot become objects, so that theirs would be missing.
void draw_parking(Dice& dice, ImporterPlan& plan, const std::vector<Choice>& usual) {
  plan.importer.limits.max_missing_percent = 50;
  plan.importer.accepts_parked = dice.chance(40);
  for (int i = 0; i < 3; ++i) {
    RunPlan& run = plan.runs.emplace_back();
    run.choices = usual;
    run.pause = minutes(dice.between(1, 90));
    run.approve = dice.chance(50);
    if (i == 0) continue;
    if (dice.chance(80)) {
      run.faults.push_back(dice.chance(60) ? draw_parked_record(dice, usual)
                                           : draw_bad_records(dice, usual));
    }
    if (dice.chance(20)) run.edits.push_back(draw_edit(dice));
    if (dice.chance(20)) draw_assets_trouble(dice, run);
    run.damage_memory = dice.chance(15);
  }
  // What is approved must be what is held again.
  if (plan.runs[2].approve) plan.runs[2].faults = plan.runs[1].faults;
}

ImporterPlan draw_importer(Dice& dice, std::size_t index) {
  ImporterPlan plan;
  plan.importer.name = fmt::format("imp{}", index + 1);
  plan.import_source = index;
  draw_safety(dice, plan.importer);
  plan.attempts = static_cast<unsigned>(dice.pick({3, 5, 10, 10}));
  plan.max_wait = dice.pick({"15m", "1m", "5m"});
  plan.deadline = dice.pick({"6h", "6h", "6h", "15m"});
  const std::vector<Choice> usual = draw_choices(dice);
  if (dice.chance(10)) {
    draw_approvals(dice, plan, usual);
    return plan;
  }
  if (dice.chance(14)) {
    draw_parking(dice, plan, usual);
    return plan;
  }
  const std::uint64_t runs = dice.between(2, 4);
  for (std::uint64_t i = 0; i < runs; ++i) plan.runs.push_back(draw_run(dice, usual, i == 0));
  return plan;
}

}  // namespace

Scenario draw_scenario(std::uint64_t seed) {
  Dice dice(sandbox::world::mix(seed));  // neighbours must not share their draws
  Scenario scenario;
  scenario.seed = seed;
  const std::size_t importers = dice.chance(15) ? dice.between(2, 3) : 1;
  scenario.sandbox = draw_sandbox(dice, seed, importers);
  scenario.slow_network = static_cast<unsigned>(dice.pick({1, 1, 1, 5, 40}));
  scenario.twin = dice.chance(6);
  const bool slow_assets = scenario.sandbox.assets.processing_takes > std::chrono::minutes(5);
  const std::vector<std::string> policies = {"ignore", "remove", "update"};
  const std::string policy = dice.pick(policies);
  for (std::size_t i = 0; i < importers; ++i) {
    ImporterPlan plan = draw_importer(dice, i);
    plan.importer.missing = policy == "remove"   ? checker::Missing::kRemove
                            : policy == "update" ? checker::Missing::kUpdate
                                                 : checker::Missing::kIgnore;
    plan.importer.missing_attribute = "Display Name";
    plan.importer.missing_value = "(gone)";
    if (slow_assets) plan.deadline = "6h";
    plan.declared_missing = dice.chance(50) ? policy : "unknown";
    plan.importer.says_ignore = plan.declared_missing == "ignore";
    scenario.importers.push_back(std::move(plan));
  }
  return scenario;
}

}  // namespace muster::simulation
