#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace muster::base {

void check_failed(const char* file, int line, const char* promise) {
  std::fprintf(stderr, "muster: internal error at %s:%d: %s\n", file, line, promise);
  std::abort();
}

}  // namespace muster::base
