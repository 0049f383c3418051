// Only listings make a Complete; tests of what comes after them must have some.
#pragma once

#include "source/listing.h"

namespace muster::source {

class CompleteForTests {
 public:
  static Complete make(const std::string& name, bool whole) {
    return Complete(name, whole, 100, 1);
  }
};

}  // namespace muster::source
