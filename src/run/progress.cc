#include "run/progress.h"

namespace muster::run {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kPreparing: return "preparing";
    case Phase::kSigningIn: return "signing in";
    case Phase::kReading: return "reading";
    case Phase::kJudging: return "comparing with the last run";
    case Phase::kStarting: return "preparing the destination";
    case Phase::kSubmitting: return "sending";
    case Phase::kWaiting: return "waiting for the destination";
    case Phase::kPeople: return "filling in Jira accounts";
    case Phase::kDone: return "done";
  }
  return "done";
}

}  // namespace muster::run
