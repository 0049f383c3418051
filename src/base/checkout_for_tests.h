// The checkout that the tests were built from: its catalogues, documents and cases.
#pragma once

#include <string>

namespace muster::base {

std::string checkout_for_tests();

}  // namespace muster::base
