// May a target hold what this store knows nothing of? For a run that remembers nothing of its
// target: it is new, or its memory is elsewhere, and then everything there could go unasked.
//
// Runs of this importer that began and failed explain what the target has seen, as long as nothing
// had begun there before the first of them, and nothing but they since. One that began with an
// approval explains nothing: somebody vouched for that one run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assets/destination.h"

namespace muster::run {

// A run that began to start something in a target.
struct Begun {
  std::string execution_id;                  // empty: it never learned it, if there was one
  std::optional<std::string> started_after;  // the most recent execution before; "" = none ever was
  bool was_approved = false;                 // it could begin because somebody approved findings
};

// `begun`: of this importer in this target, newest first.
bool is_strange(const assets::Past& past, const std::vector<Begun>& begun);

}  // namespace muster::run
