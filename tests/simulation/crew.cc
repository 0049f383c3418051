#include "tests/simulation/crew.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/text.h"

namespace muster::simulation {
namespace {

const checker::History* playing = nullptr;

std::string replay_command(const Game& game, std::uint64_t seed) {
  return fmt::format("{} --seed {}", game.command, seed);
}

std::string failure_text(const Game& game, std::uint64_t seed, const Verdict& verdict) {
  std::string text = fmt::format("seed {} FAILED; replay: {}\n", seed, replay_command(game, seed));
  for (const auto& violation : verdict.violations) text += "  " + violation.message() + "\n";
  return text;
}

// A crash or a loop inside a seed: what led to it is all there is to say.
void tell_and_die(int signal) {
  if (playing != nullptr) {
    const std::string text = checker::timeline(*playing);
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

// Of the processor, so that a busy machine fails nothing.
void limit_time(unsigned seconds) {
  const itimerval limit{.it_interval = {}, .it_value = {.tv_sec = seconds, .tv_usec = 0}};
  ::setitimer(ITIMER_PROF, &limit, nullptr);
}

int play_one(const Game& game, std::uint64_t seed) {
  ::signal(SIGABRT, tell_and_die);
  ::signal(SIGPROF, tell_and_die);
  limit_time(game.seconds_per_seed);
  const std::string folder = folder_of(getpid());
  const Verdict verdict = game.play(seed, folder);
  std::filesystem::remove_all(folder);
  fmt::print("{}", verdict.timeline);
  for (const std::string& outcome : verdict.outcomes) fmt::print("outcome: {}\n", outcome);
  if (verdict.violations.empty()) {
    fmt::print("seed {} passed\n", seed);
    return 0;
  }
  fmt::print("{}", failure_text(game, seed, verdict));
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

void work(const Game& game, const Range& range, int out) {
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
    limit_time(game.seconds_per_seed);
    const Verdict verdict = game.play(seed, folder);
    std::string text;
    for (const std::string& outcome : verdict.outcomes) text += "outcome " + outcome + "\n";
    if (!verdict.violations.empty()) text += failure_text(game, seed, verdict);
    say(text + "end\n");
  }
  std::filesystem::remove_all(folder);
}

class Crew {
 public:
  explicit Crew(const Game& game) : game_(game) {}

  int run(std::uint64_t from, std::uint64_t seeds, std::uint64_t jobs) {
    for (std::uint64_t i = 0; i < jobs; ++i) {
      Worker& worker = workers_.emplace_back();
      worker.range = {from + i, from + seeds, jobs};
      start(worker);
    }
    while (any_left()) listen();
    for (const auto& [outcome, count] : outcomes_) fmt::print("{:>8}  {}\n", count, outcome);
    const bool reached = seeds < game_.seeds_that_reach_all || reached_all();
    fmt::print("{} seeds passed, {} failed\n", played_ - failed_, failed_);
    return failed_ == 0 && reached ? 0 : 1;
  }

 private:
  bool reached_all() const {
    bool reached = true;
    for (const auto& [outcome, least] : game_.floors) {
      const auto found = outcomes_.find(outcome);
      const std::uint64_t count = found == outcomes_.end() ? 0 : found->second;
      if (count >= least) continue;
      fmt::print("FAILED: '{}' came about {} times, {} are wanted of {} seeds\n", outcome, count,
                 least, game_.seeds_that_reach_all);
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
      work(game_, worker.range, ends[1]);
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
               replay_command(game_, *worker.seed), WIFSIGNALED(status) ? "signal" : "code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    worker.range.next = *worker.seed + worker.range.step;
    worker.seed.reset();
    worker.buffer.clear();
    if (worker.range.next < worker.range.end) start(worker);
  }

  const Game& game_;
  std::vector<Worker> workers_;
  std::map<std::string, std::uint64_t> outcomes_;
  std::uint64_t played_ = 0, failed_ = 0;
};

std::optional<std::uint64_t> option(int argc, char** argv, std::string_view name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (name != argv[i]) continue;
    const auto number = base::parse_int(argv[i + 1]);
    if (!number || *number < 0) {
      fmt::print(stderr, "{} needs a number\n", name);
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
  fmt::print(stderr, "MUSTER_SEEDS_FROM is no number\n");
  std::exit(2);
}

}  // namespace

void show_when_crashing(const checker::History* history) { playing = history; }

std::string folder_of(std::int64_t process) {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path base =
      std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  return base / fmt::format("muster-simulation-{}", process);
}

std::optional<int> play_as_asked(const Game& game, int argc, char** argv) {
  if (const auto seed = option(argc, argv, "--seed")) return play_one(game, *seed);
  if (const auto seeds = option(argc, argv, "--seeds")) {
    const std::uint64_t from = option(argc, argv, "--from").value_or(seeds_from_environment());
    const std::uint64_t jobs = option(argc, argv, "--jobs").value_or(2);
    return Crew(game).run(from, *seeds, std::max<std::uint64_t>(jobs, 1));
  }
  return std::nullopt;
}

}  // namespace muster::simulation
