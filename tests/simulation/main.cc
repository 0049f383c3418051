// simulation_test --seeds N [--from S] [--jobs J]: plays seeds in J processes; the last line sums
// up. Without --from, $MUSTER_SEEDS_FROM says where to begin, or 1. simulation_test --seed S: plays
// one and prints its timeline. Without these options: its unit tests.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "base/text.h"
#include "tests/simulation/simulation.h"

namespace muster::simulation {
namespace {

// How often at least 2,000 seeds must bring about what is hard to reach: about half of what they
// do. Knobs that no longer reach something would otherwise be noticed by nobody.
constexpr std::uint64_t kSeedsThatReachAll = 2000;
const std::map<std::string, std::uint64_t> kFloors = {
    {"completed ok", 2000},
    {"completed_with_rejects destination_rejected", 100},
    {"completed_with_rejects not_confirmed", 60},
    {"completed_with_rejects rejects", 6},
    {"cancelled cancelled", 150},
    {"died", 400},
    {"failed deadline", 8},
    {"failed destination_rejected", 80},
    {"failed destination_token", 50},
    {"failed destination_unavailable", 150},
    {"failed source_incomplete", 5},
    {"failed source_permission", 40},
    {"failed source_protocol", 180},
    {"failed source_sign_in", 35},
    {"failed source_throttled", 10},
    {"failed source_unavailable", 100},
    {"failed store_unavailable", 140},
    {"held partial_not_confirmed", 150},
    {"finding: gate_blanked", 400},
    {"finding: gate_dropped", 80},
    {"finding: gate_empty", 200},
    {"finding: gate_missing", 200},
    {"finding: gate_parked", 40},
    {"finding: gate_unreadable", 100},
    {"approved: gate_blanked", 150},
    {"approved: gate_dropped", 25},
    {"approved: gate_empty", 80},
    {"approved: gate_missing", 100},
    {"approved: gate_parked", 2},
    {"approved: gate_unreadable", 40},
    {"reject: empty_key", 50},
    {"pages read ahead", 2000},
    {"plan: completed ok", 100},
};

constexpr unsigned kSecondsPerSeed = 60;  // of real time; an endless loop costs no virtual time

std::string replay_command(std::uint64_t seed) {
  return fmt::format("script/simulate --seed {}", seed);
}

std::string failure_text(std::uint64_t seed, const Verdict& verdict) {
  std::string text = fmt::format("seed {} FAILED; replay: {}\n", seed, replay_command(seed));
  for (const auto& violation : verdict.violations) text += "  " + violation.message() + "\n";
  return text;
}

// A crash or a loop inside a seed: what led to it is all there is to say.
void tell_and_die(int signal) {
  if (const checker::History* history = current_history()) {
    const std::string text = checker::timeline(*history);
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

int play_one(std::uint64_t seed) {
  ::signal(SIGABRT, tell_and_die);
  ::signal(SIGALRM, tell_and_die);
  ::alarm(kSecondsPerSeed);
  const std::string folder = folder_of(getpid());
  const Verdict verdict = play(seed, folder);
  std::filesystem::remove_all(folder);
  fmt::print("{}", verdict.timeline);
  for (const std::string& outcome : verdict.outcomes) fmt::print("outcome: {}\n", outcome);
  if (verdict.violations.empty()) {
    fmt::print("seed {} passed\n", seed);
    return 0;
  }
  fmt::print("{}", failure_text(seed, verdict));
  return 1;
}

struct Range {
  std::uint64_t next, end, step;
};

// What a worker tells its parent, one line each: "begin SEED", "outcome TEXT", "failed SEED" with
// the violations in lines that start with two blanks, "end".
struct Worker {
  pid_t process = -1;
  int pipe = -1;
  Range range;
  std::string buffer;
  std::optional<std::uint64_t> seed;
};

void work(const Range& range, int out) {
  const std::string folder = folder_of(getpid());
  const auto say = [&](const std::string& text) {
    std::size_t at = 0;
    while (at < text.size()) {
      const ssize_t written = ::write(out, text.data() + at, text.size() - at);
      if (written <= 0) _exit(1);
      at += static_cast<std::size_t>(written);
    }
  };
  for (std::uint64_t seed = range.next; seed < range.end; seed += range.step) {
    say(fmt::format("begin {}\n", seed));
    ::alarm(kSecondsPerSeed);
    const Verdict verdict = play(seed, folder);
    ::alarm(0);
    std::string text;
    for (const std::string& outcome : verdict.outcomes) text += "outcome " + outcome + "\n";
    if (!verdict.violations.empty()) text += failure_text(seed, verdict);
    say(text + "end\n");
  }
  std::filesystem::remove_all(folder);
}

class Crew {
 public:
  int run(std::uint64_t from, std::uint64_t seeds, std::uint64_t jobs) {
    for (std::uint64_t i = 0; i < jobs; ++i) {
      Worker& worker = workers_.emplace_back();
      worker.range = {from + i, from + seeds, jobs};
      start(worker);
    }
    while (any_left()) listen();
    for (const auto& [outcome, count] : outcomes_) fmt::print("{:>8}  {}\n", count, outcome);
    const bool reached = seeds < kSeedsThatReachAll || reached_all();
    fmt::print("{} seeds passed, {} failed\n", played_ - failed_, failed_);
    return failed_ == 0 && reached ? 0 : 1;
  }

 private:
  bool reached_all() const {
    bool reached = true;
    for (const auto& [outcome, least] : kFloors) {
      const auto found = outcomes_.find(outcome);
      const std::uint64_t count = found == outcomes_.end() ? 0 : found->second;
      if (count >= least) continue;
      fmt::print("FAILED: '{}' came about {} times, {} are wanted of {} seeds\n", outcome, count,
                 least, kSeedsThatReachAll);
      reached = false;
    }
    return reached;
  }

  void start(Worker& worker) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    std::fflush(stdout);
    worker.process = ::fork();
    if (worker.process == 0) {
      ::close(ends[0]);
      work(worker.range, ends[1]);
      _exit(0);
    }
    ::close(ends[1]);
    worker.pipe = ends[0];
  }

  bool any_left() const {
    for (const Worker& worker : workers_) {
      if (worker.pipe >= 0) return true;
    }
    return false;
  }

  void listen() {
    std::vector<pollfd> ready;
    for (const Worker& worker : workers_) ready.push_back({worker.pipe, POLLIN, 0});
    ::poll(ready.data(), ready.size(), -1);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i].pipe < 0 || ready[i].revents == 0) continue;
      char bytes[65536];
      const ssize_t size = ::read(workers_[i].pipe, bytes, sizeof bytes);
      if (size > 0) {
        workers_[i].buffer.append(bytes, static_cast<std::size_t>(size));
        take_lines(workers_[i]);
      } else {
        ended(workers_[i]);
      }
    }
  }

  void take_lines(Worker& worker) {
    for (;;) {
      const std::size_t end = worker.buffer.find('\n');
      if (end == std::string::npos) return;
      take_line(worker, worker.buffer.substr(0, end));
      worker.buffer.erase(0, end + 1);
    }
  }

  void take_line(Worker& worker, const std::string& line) {
    if (line.starts_with("begin ")) {
      worker.seed = std::strtoull(line.c_str() + 6, nullptr, 10);
    } else if (line == "end") {
      worker.range.next = *worker.seed + worker.range.step;
      worker.seed.reset();
      ++played_;
    } else if (line.starts_with("outcome ")) {
      ++outcomes_[line.substr(8)];
    } else {
      failed_ += line.starts_with("seed ");
      fmt::print("{}\n", line);
    }
  }

  void ended(Worker& worker) {
    ::close(worker.pipe);
    worker.pipe = -1;
    int status = 0;
    ::waitpid(worker.process, &status, 0);
    std::filesystem::remove_all(folder_of(worker.process));
    if (!worker.seed) return;
    ++played_;
    ++failed_;
    fmt::print("seed {} FAILED; replay: {}\n  its process ended with {} {}\n", *worker.seed,
               replay_command(*worker.seed), WIFSIGNALED(status) ? "signal" : "code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    worker.range.next = *worker.seed + worker.range.step;
    worker.seed.reset();
    worker.buffer.clear();
    if (worker.range.next < worker.range.end) start(worker);
  }

  std::vector<Worker> workers_;
  std::map<std::string, std::uint64_t> outcomes_;
  std::uint64_t played_ = 0, failed_ = 0;
};

std::optional<std::uint64_t> option(int argc, char** argv, std::string_view name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (name != argv[i]) continue;
    const auto number = base::parse_int(argv[i + 1]);
    if (!number || *number < 0) {
      fmt::print(stderr, "simulation_test: {} needs a number\n", name);
      std::exit(2);
    }
    return static_cast<std::uint64_t>(*number);
  }
  return std::nullopt;
}

std::uint64_t seeds_from_environment() {
  const char* text = std::getenv("MUSTER_SEEDS_FROM");
  if (text == nullptr || *text == '\0') return 1;
  const auto number = base::parse_int(text);
  if (number && *number >= 0) return static_cast<std::uint64_t>(*number);
  fmt::print(stderr, "simulation_test: MUSTER_SEEDS_FROM is no number\n");
  std::exit(2);
}

}  // namespace
}  // namespace muster::simulation

int main(int argc, char** argv) {
  using namespace muster::simulation;  // NOLINT
  if (const auto seed = option(argc, argv, "--seed")) return play_one(*seed);
  if (const auto seeds = option(argc, argv, "--seeds")) {
    const std::uint64_t from = option(argc, argv, "--from").value_or(seeds_from_environment());
    const std::uint64_t jobs = option(argc, argv, "--jobs").value_or(2);
    return Crew().run(from, *seeds, std::max<std::uint64_t>(jobs, 1));
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
