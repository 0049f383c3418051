// MUSTER_CHECK(condition, "what was promised"): a broken invariant of our own ends the process.
// The next start finds the run and reports it as `abandoned`. Never use it for outside input.
#pragma once

namespace muster::base {

[[noreturn]] void check_failed(const char* file, int line, const char* promise);

}  // namespace muster::base

#define MUSTER_CHECK(condition, promise)                         \
  do {                                                           \
    if (!(condition)) [[unlikely]]                               \
      ::muster::base::check_failed(__FILE__, __LINE__, promise); \
  } while (false)
