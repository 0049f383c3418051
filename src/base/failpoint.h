// Named places where a test can make muster die, wait or fail. They exist in builds with
// -DMUSTER_FAILPOINTS only; in every other build they are an ok Status and cost nothing.
//
//   TRY(MUSTER_FAILPOINT("run.execution_known"));
//
// The environment says what happens, e.g. MUSTER_FAILPOINT="assets.started=kill@2":
//   kill     SIGKILL at the n-th pass (n after "@", default 1)
//   exit     leaves at once with status 86, without any clean-up
//   error    the place fails once with kUnavailable `failpoint`
//   delay:MS waits so many milliseconds at each pass from the n-th on
// Several are separated by commas. MUSTER_FAILPOINT_LOG=FILE gets a line per pass.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace muster::base {

// All names that were compiled in, sorted; empty where there are none.
std::vector<std::string_view> failpoints();

#ifdef MUSTER_FAILPOINTS
Status pass_failpoint(std::string_view name);

// The pointers of all places stand in one section of the program, which is how failpoints() knows
// them without passing any.
#define MUSTER_FAILPOINT(name)                                                                \
  ([]() -> ::muster::base::Status {                                                           \
    __attribute__((section("muster_failpoints"), used)) static const char* const kFailpoint = \
        name;                                                                                 \
    return ::muster::base::pass_failpoint(kFailpoint);                                        \
  }())
#else
#define MUSTER_FAILPOINT(name) (::muster::base::Status())
#endif

}  // namespace muster::base
