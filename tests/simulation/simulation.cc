#include "tests/simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "run/report.h"
#include "store/store.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/process.h"
#include "tests/simulation/world.h"

namespace muster::simulation {
namespace {

using checker::Violation;

constexpr int kLastAttempts = 4;

class Player {
 public:
  Player(World& world, std::vector<Violation>& found) : world_(world), found_(found) {}

  void play() {
    play_importers();
    heal();
    for (const ImporterPlan& importer : world_.scenario.importers) make_whole(importer);
    world_.observer.look_at_executions(*world_.sandbox);
    read_records();
  }

 private:
  void play_importers() {
    const auto& importers = world_.scenario.importers;
    std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
    for (std::size_t i = 1; i < importers.size(); ++i) {
      threads.push_back(world_.scheduler->start(importers[i].importer.name,
                                                [&, i] { play_runs(importers[i], ""); }));
    }
    if (world_.scenario.twin) {
      threads.push_back(world_.scheduler->start("twin", [&] { play_runs(importers[0], "-twin"); }));
    }
    play_runs(importers[0], "");
    for (auto& thread : threads) thread->join();
  }

  void play_runs(const ImporterPlan& importer, const std::string& suffix) {
    for (std::size_t i = 0; i < importer.runs.size(); ++i) {
      const RunPlan& plan = importer.runs[i];
      base::sleep_for(*world_.scheduler, plan.pause, base::Stop());
      checker::Observer::name_thread(importer.importer.name + suffix);
      if (plan.clear_edits) world_.clear_edits();
      for (const std::string& edit : plan.edits) world_.edit(edit);
      if (plan.damage_memory) world_.damage_memory(importer.importer.name);
      world_.copy_tokens();
      world_.add_faults(plan.faults, plan.assets_faults);
      Process(world_, importer, plan, fmt::format("{}{}/{}", importer.importer.name, suffix, i + 1))
          .live();
      world_.clear_faults();
    }
  }

  void heal() {
    checker::Observer::name_thread("first");
    world_.clear_faults();
    world_.unstick();
    world_.copy_tokens();
    world_.clock_offset = base::Duration(0);
    world_.slow_network = 1;
    world_.observer.note("", "all faults are over");
  }

  // All is well again: a run, and after a hold an approved one, must bring everything over.
  void make_whole(const ImporterPlan& importer) {
    RunPlan plan;
    plan.choices = importer.runs.back().choices;
    plan.confirm_partial = true;
    plan.approve = true;
    std::string last = "it never ran";
    for (int attempt = 1; attempt <= kLastAttempts; ++attempt) {
      base::sleep_for(*world_.scheduler, std::chrono::hours(3), base::Stop());
      const std::string label = fmt::format("{}/last{}", importer.importer.name, attempt);
      Process(world_, importer, plan, label).live();
      const checker::Run& run = world_.history.runs.back();
      if (run.label != label || !run.report) continue;
      const run::Report& report = *run.report;
      last =
          fmt::format("{} ({}): {}", run::to_string(report.state), report.reason, report.message);
      const bool good =
          report.state == run::State::kCompleted ||
          (report.state == run::State::kCompletedWithRejects && report.reason != "not_confirmed");
      if (good) return;
    }
    found_.push_back({"liveness", importer.importer.name,
                      fmt::format("all faults were over, but {} attempts brought no completed run; "
                                  "the last one: {}",
                                  kLastAttempts, last)});
  }

  // What the store says in the end.
  void read_records() {
    const auto opened = store::open_store(world_.store_url());
    if (!opened.ok()) return;
    for (const ImporterPlan& importer : world_.scenario.importers) {
      const auto rows = (*opened)->runs(importer.importer.name, 1000);
      if (!rows.ok()) continue;
      for (const store::RunRow& row : *rows) record(row);
    }
  }

  void record(const store::RunRow& row) {
    for (checker::Run& run : world_.history.runs) {
      const bool same =
          run.report ? run.report->run_id == row.run_id : run_id_of(run) == row.run_id;
      if (!same) continue;
      run.final_states.push_back(row.state);
      if (run.report || row.state == "abandoned" || row.report.empty()) return;
      // It died after its end was on record: that report is what everybody sees.
      auto report = run::read_report(row.report);
      if (report.ok()) run.report = std::move(*report);
      return;
    }
  }

  // A dead run's id, from the names of its chunks or, before any, from nothing.
  std::string run_id_of(const checker::Run& run) const {
    const auto found = world_.run_ids.find(run.label);
    return found == world_.run_ids.end() ? std::string() : found->second;
  }

  World& world_;
  std::vector<Violation>& found_;
};

std::string_view path_and_query(std::string_view url) {
  const std::size_t host = url.find("://");
  return host == std::string_view::npos ? url
                                        : url.substr(std::min(url.find('/', host + 3), url.size()));
}

// How many pages were asked for before the page that links to them was whole.
std::size_t read_ahead_in(const checker::History& history, const std::string& run) {
  std::map<std::string_view, checker::Order> asked;
  std::size_t count = 0;
  for (const checker::Call& call : history.calls) {
    if (call.run == run && call.method == "GET") asked.emplace(call.target, call.at);
  }
  for (const checker::Call& call : history.calls) {
    if (call.run != run || !call.page || call.page->next.empty()) continue;
    const auto next = asked.find(path_and_query(call.page->next));
    count += next != asked.end() && next->second < call.answered;
  }
  return count;
}

void add_details(const run::Report& report, std::vector<std::string>& outcomes) {
  std::set<std::string> details;
  for (const run::Finding& finding : report.gate.findings) {
    details.insert("finding: " + finding.reason);
    if (!report.gate.approved_by.empty()) details.insert("approved: " + finding.reason);
  }
  for (const auto& reject : report.rejects) details.insert("reject: " + reject.reason);
  outcomes.insert(outcomes.end(), details.begin(), details.end());
}

bool parked_without_asking(const checker::History& history, const checker::Run& run) {
  if (!run.report || run.report->reason != "rejects") return false;
  return std::ranges::any_of(history.importers, [&](const checker::Importer& importer) {
    return importer.name == run.importer && importer.accepts_parked && !importer.says_ignore;
  });
}

std::vector<std::string> outcomes_of(const checker::History& history) {
  std::vector<std::string> outcomes;
  for (const checker::Run& run : history.runs) {
    if (run.died) {
      outcomes.emplace_back("died");
    } else if (run.report) {
      outcomes.push_back(fmt::format("{}{} {}", run.plan_only ? "plan: " : "",
                                     run::to_string(run.report->state), run.report->reason));
      add_details(*run.report, outcomes);
    }
    if (read_ahead_in(history, run.label) > 0) outcomes.emplace_back("pages read ahead");
    if (parked_without_asking(history, run)) outcomes.emplace_back("parked: accepted");
  }
  for (const checker::Note& note : history.notes) {
    for (const char* what : {kCredentialsEnd, kStoreHangs}) {
      if (note.text.find(what) != std::string::npos) outcomes.emplace_back(what);
    }
  }
  return outcomes;
}

}  // namespace

Verdict play(std::uint64_t seed, const std::string& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Verdict verdict;
  checker::History history;
  show_when_crashing(&history);
  const Scenario scenario = draw_scenario(seed);
  {
    World world(scenario, folder, history);
    Player(world, verdict.violations).play();
  }
  const std::vector<Violation> judged = checker::check(history);
  verdict.violations.insert(verdict.violations.end(), judged.begin(), judged.end());
  verdict.outcomes = outcomes_of(history);
  verdict.timeline = checker::timeline(history);
  show_when_crashing(nullptr);
  return verdict;
}

}  // namespace muster::simulation
