#include "tests/simulation/service/installation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/id.h"
#include "sandbox/world/guid.h"
#include "store/db.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/store.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/service/judge.h"
#include "tests/simulation/service/node.h"

namespace muster::simulation {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSourceSecret = "MUSTER_SIMULATED_SECRET";

std::string token_name(const ImporterOfSite& importer) {
  return fmt::format("MUSTER_SIMULATED_TOKEN_{}", importer.import_source);
}

void must(const base::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error().text());
}

Scenario scenario_of(const InstallationPlan& plan) {
  Scenario scenario{.seed = plan.seed};
  scenario.sandbox.seed = plan.seed;
  scenario.sandbox.sizes = {.users = 4, .groups = 1, .memberships = 2, .devices = 0};
  scenario.sandbox.assets.import_sources = plan.importers.size();
  for (const ImporterOfSite& importer : plan.importers) {
    ImporterPlan made{.import_source = importer.import_source, .declared_missing = "ignore"};
    made.importer.name = importer.importer;
    scenario.importers.push_back(std::move(made));
  }
  return scenario;
}

class Installation {
 public:
  Installation(const InstallationPlan& plan, World& world)
      : plan_(plan), world_(world), nodes_(plan.nodes, nullptr) {
    const auto made = store::open_store(world.store_url());
    must(made.ok() ? base::Status() : base::Status(made.error()));
    set_up();
    judge_ = std::make_unique<Judge>(world, plan);
    disturbed_until_ = world.scheduler->now() + plan.trouble;
    ends_ = disturbed_until_ + plan.quiet;
  }

  void play() {
    std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
    for (unsigned i = 0; i < plan_.nodes; ++i) {
      threads.push_back(world_.scheduler->start(fmt::format("life of node-{}", i), [this, i] {
        checker::Observer::name_thread(fmt::format("life of node-{}", i));
        live(i);
      }));
    }
    disturb();
    base::sleep_until(*world_.scheduler, ends_, base::Stop());
    for (auto& thread : threads) thread->join();
    judge_->look_at_the_end();
  }

  const Judge& judge() const { return *judge_; }
  std::vector<std::string> events() const { return events_; }

 private:
  void set_up() {
    const auto sites = store::open_sites(world_.store_url());
    const auto importers = store::open_importers(world_.store_url());
    const base::WallTime now = world_.wall_now();
    const store::AuditEntry entry{.at = now, .who = "ada", .origin = "test", .act = "site.add"};
    for (const SitePlan& site : plan_.sites) {
      const auto added = (*sites)->add(
          {.site = site.site,
           .name = site.site,
           .created = now,
           .trial_from = now - std::chrono::floor<std::chrono::microseconds>(site.trial_before)},
          entry);
      must(added.ok() ? base::Status() : base::Status(added.error()));
      give_hash_key(site.site);
      if (!site.active_for) continue;
      must((*sites)->entitle(
          site.site, now + std::chrono::floor<std::chrono::microseconds>(*site.active_for), entry));
    }
    ::setenv(kSourceSecret, world_.sandbox->connection(kSourceOrigin).client_secret.c_str(), 1);
    give_tokens();
    for (const ImporterOfSite& importer : plan_.importers) {
      const auto put =
          (*importers)
              ->put(importer.site,
                    {.importer = importer.importer, .definition = definition(world_, importer)},
                    "ada", now);
      must(put.ok() ? base::Status() : base::Status(put.error()));
    }
  }

  // Drawn by chance otherwise, and when a tick is due within its minutes depends on it.
  void give_hash_key(const std::string& site) {
    const auto db = store::open_db(world_.store_url());
    must(db.ok() ? base::Status() : base::Status(db.error()));
    const std::string key =
        fmt::format("{:016x}", sandbox::world::mix(++hash_keys_ ^ plan_.seed << 20));
    must((*db)->run("INSERT INTO site_keys (site, name, bytes) VALUES ($1, 'hash', $2)", site,
                    store::Blob{key}));
  }

  // As somebody copies them from Assets.
  void give_tokens() {
    world_.copy_tokens();
    for (const ImporterOfSite& importer : plan_.importers) {
      ::setenv(token_name(importer).c_str(), world_.token(importer.import_source).c_str(), 1);
    }
  }

  // One machine's processes, one after the other.
  void live(unsigned number) {
    Dice dice(sandbox::world::mix(plan_.seed * 131 + number));
    while (world_.scheduler->now() < ends_) {
      const bool is_last = world_.scheduler->now() >= disturbed_until_;
      NodeSettings settings{.name = fmt::format("node-{}", number),
                            .seed = dice.between(1, 1U << 30),
                            .workers = plan_.workers,
                            .pauses = plan_.pauses};
      RunPlan faults;
      if (!is_last) draw_faults(dice, faults);
      settings.network_faults = faults.network;
      Node node(world_, std::move(settings), *judge_);
      if (!is_last && dice.chance(25)) node.kill_after_statements(dice.between(20, 3000));
      nodes_[number] = &node;
      const base::Status started = node.start();
      if (started.ok()) {
        node.live_until(is_last ? ends_ : std::min(disturbed_until_, life(dice)));
      } else if (!node.is_dead()) {
        world_.observer.note(node.label(), "does not start: " + started.error().text());
      }
      if (!is_last && !node.is_dead() && dice.chance(50)) node.kill();
      if (node.is_dead()) events_.emplace_back("a node dies");
      node.stop();
      nodes_[number] = nullptr;
      if (!is_last || !started.ok()) {
        base::sleep_for(*world_.scheduler, pause(dice), base::Stop());
      }
    }
  }

  base::Instant life(Dice& dice) {
    return world_.scheduler->now() + plan_.between * static_cast<int>(dice.between(1, 12)) / 3;
  }
  static base::Duration pause(Dice& dice) {
    return std::chrono::seconds(dice.chance(60) ? dice.between(0, 30) : dice.between(30, 1800));
  }

  void disturb() {
    Dice dice(sandbox::world::mix(plan_.seed ^ 0x6469));
    for (;;) {
      base::sleep_for(*world_.scheduler, plan_.between * static_cast<int>(dice.between(1, 20)) / 10,
                      base::Stop());
      if (world_.scheduler->now() >= disturbed_until_) break;
      happen(dice);
    }
    world_.clear_faults();
    world_.unstick();
    give_tokens();
    world_.clock_offset = base::Duration(0);
    world_.slow_network = 1;
    world_.is_disk_full = false;
    world_.observer.note("", "all trouble is over");
    // What was begun, or waits for its next attempt, may still feel it.
    base::sleep_for(*world_.scheduler, 2h + (plan_.jumps_by_days ? 1h : 0h), base::Stop());
    judge_->quiet_begins();
  }

  void happen(Dice& dice) {
    const std::uint64_t kind = dice.between(0, 99);
    if (kind < 25) {
      freeze(dice);
    } else if (kind < 50) {
      kill(dice);
    } else if (kind < 62) {
      RunPlan faults;
      draw_faults(dice, faults);
      world_.add_faults(faults.faults, faults.assets_faults);
      happened("the other systems have faults");
    } else if (kind < 70) {
      world_.clear_faults();
      world_.unstick();
    } else if (kind < 78) {
      jump(dice);
    } else if (kind < 85) {
      ask_for_a_run(dice);
    } else if (kind < 93) {
      world_.is_disk_full = true;
      happened("the disk is full");
      base::sleep_for(*world_.scheduler, std::chrono::seconds(dice.between(1, 600)), base::Stop());
      world_.is_disk_full = false;
      world_.observer.note("", "there is room on the disk again");
    } else {
      world_.slow_network = static_cast<unsigned>(dice.pick({1, 1, 5, 20}));
    }
  }

  void happened(std::string event) {
    world_.observer.note("", event);
    events_.push_back(std::move(event));
  }

  void kill(Dice& dice) {
    Node* node = nodes_[dice.between(0, plan_.nodes - 1)];
    if (node == nullptr) return;
    if (dice.chance(30)) {
      node->kill_after_statements(dice.between(1, 60));
    } else {
      node->kill_after_exchanges(dice.between(1, 50));
    }
  }

  void freeze(Dice& dice) {
    Node* node = nodes_[dice.between(0, plan_.nodes - 1)];
    if (node == nullptr) return;
    const auto time = std::chrono::seconds(dice.pick({2, 25, 40, 90, 600}));
    if (dice.chance(30)) {
      node->freeze(time);
    } else {
      node->freeze_after_exchanges(dice.between(1, 20), time);
    }
    events_.emplace_back("a node is frozen");
  }

  void jump(Dice& dice) {
    const auto by = plan_.jumps_by_days && dice.chance(30)
                        ? std::chrono::minutes(72h)
                        : std::chrono::minutes(dice.between(0, 180)) - 90min;
    world_.clock_offset = by;
    happened(fmt::format("the clock is wrong by {} min", by / 1min));
    events_.back() = "the clock is wrong";
  }

  void ask_for_a_run(Dice& dice) {
    const ImporterOfSite& importer = dice.pick(plan_.importers);
    const auto jobs = store::open_jobs(world_.store_url());
    if (!jobs.ok()) return;
    const base::WallTime now = world_.wall_now();
    const base::Status asked = (*jobs)->ask(
        {.site = importer.site,
         .job_id = base::make_time_id(now, dice.random()),
         .importer = importer.importer,
         .trigger = "manual",
         .due = now},
        {.site = importer.site, .at = now, .who = "ada", .origin = "test", .act = "run.ask"});
    if (asked.ok()) happened("somebody asks for a run");
  }

  const InstallationPlan& plan_;
  World& world_;
  std::uint64_t hash_keys_ = 0;  // given so far
  std::unique_ptr<Judge> judge_;
  std::vector<Node*> nodes_;  // that live now
  base::Instant disturbed_until_{}, ends_{};
  std::vector<std::string> events_;
};

}  // namespace

std::string definition(const World& world, const ImporterOfSite& importer) {
  const sandbox::Connection source = world.sandbox->connection(kSourceOrigin);
  return fmt::format(
      R"(version: 1
importers:
  - name: {}
    source: entra
    connection: {{ cloud: custom, login_url: "{}", api_url: "{}", tenant_id: "{}", client_id: "{}",
                  client_secret: {{ env: {} }}, allow_private_address: true }}
    data_sets: {{ groups: off, devices: off, licenses: off, applications: off,
                 service_principals: off, directory_roles: off, administrative_units: off,
                 domains: off, organization: off }}
    destination: {{ type: jsm_assets, token: {{ env: {} }}, api_url: "{}/assets",
                   allow_private_address: true, schema: {{ name: Test, description: Test }},
                   missing_objects: ignore }}
    retry: {{ attempts: 4, max_wait: 2m }}
    deadline: 30m
    schedule: {}
{})",
      importer.importer, source.login_url, source.api_url, source.tenant_id, source.client_id,
      kSourceSecret, token_name(importer), kAssetsOrigin, importer.schedule,
      importer.blackout.empty() ? "" : "    blackout: " + importer.blackout + "\n");
}

Verdict play_installation(std::uint64_t seed, const std::string& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Verdict verdict;
  checker::History history;
  show_when_crashing(&history);
  const InstallationPlan plan = draw_installation(seed);
  const Scenario scenario = scenario_of(plan);
  {
    World world(scenario, folder, history);
    Installation installation(plan, world);
    installation.play();
    verdict.violations = installation.judge().violations();
    verdict.outcomes = installation.judge().outcomes();
    const std::vector<std::string> events = installation.events();
    verdict.outcomes.insert(verdict.outcomes.end(), events.begin(), events.end());
  }
  verdict.timeline = checker::timeline(history);
  show_when_crashing(nullptr);
  return verdict;
}

}  // namespace muster::simulation
