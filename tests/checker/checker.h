// The checker: judges a history by the invariants of the product (README.md lists them).
//
//   for (const Violation& violation : check(history)) ADD_FAILURE() << violation.message();
//
// A violation names its invariant, the run and the evidence. Everything is judged from what was
// seen outside: requests, what the source held, what Assets holds, and the reports.
#pragma once

#include <string>
#include <vector>

#include "tests/checker/history.h"

namespace muster::checker {

struct Violation {
  std::string invariant;  // "I7"
  std::string run;        // label
  std::string evidence;
  std::string message() const { return invariant + ": " + evidence; }
};

std::vector<Violation> check(const History& history);

// One line per event, for a person.
std::string timeline(const History& history);

}  // namespace muster::checker
