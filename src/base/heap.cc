#include "base/heap.h"

#include <malloc.h>

namespace muster::base {

void keep_freed_memory() {
  // A page of a listing is about 3 MB of text and as much of tree; two of them are in flight.
  constexpr int kKept = 16 << 20;
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_MMAP_THRESHOLD, kKept);
}

}  // namespace muster::base
