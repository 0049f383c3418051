#include "base/checkout_for_tests.h"

namespace muster::base {

std::string checkout_for_tests() { return MUSTER_SOURCE_DIR; }

}  // namespace muster::base
