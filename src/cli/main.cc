// The program: makes the process keep its memory to itself, then hands over to the command line.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/heap.h"
#include "cli/command_line.h"
#include "cli/console.h"

namespace {

// Secrets and people's data are in memory while a run lasts: no core file, no reading by other
// processes of the same user (I12).
void keep_memory_private() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  muster::base::keep_freed_memory();
  // A closed pipe (`| head`) is an error of a write, not a reason to die in the middle of a run.
  std::signal(SIGPIPE, SIG_IGN);
  muster::cli::Console console(muster::cli::Console::detect());
  const int code = muster::cli::run_command_line(argc, argv, console);
  const int lost = console.flush();
  if (lost == 0) return code;
  // Whoever closed the pipe (`| head`) has seen enough.
  if (lost != EPIPE) {
    console.error(fmt::format("standard output could not be written: {}", std::strerror(lost)));
  }
  return code == muster::cli::kOk ? muster::cli::kUnexpected : code;
}
