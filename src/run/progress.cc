#include "run/progress.h"

#include <fmt/format.h>

#include "base/text.h"

namespace muster::run {
namespace {

struct Waiting {
  base::Duration left{0};
  std::string_view why{};
  bool is_source = false;
};

Waiting longest(const Progress& progress, base::Instant now) {
  Waiting longest;
  const auto look = [&](const net::Pause& pause, bool is_source) {
    const auto take = [&](std::int64_t until_ns, std::string_view why) {
      const base::Duration left = base::Instant{base::Duration(until_ns)} - now;
      if (left > longest.left) longest = {left, why, is_source};
    };
    take(pause.asked_until_ns, "asked for a pause");
    take(pause.paced_until_ns, "allows no more at a time");
    take(pause.again_at_ns, "did not answer as it should, and is asked again then");
  };
  look(progress.source_pause, true);
  look(progress.assets_pause, false);
  return longest;
}

}  // namespace

base::Duration waiting(const Progress& progress, base::Instant now) {
  return longest(progress, now).left;
}

std::string waiting_text(const Progress& progress, base::Instant now) {
  if (progress.phase < Phase::kSigningIn) return "";
  const Waiting waiting = longest(progress, now);
  if (waiting.left < std::chrono::seconds(1)) return "";
  // Whole seconds: a fraction that flickers says nothing.
  const auto whole = std::chrono::ceil<std::chrono::seconds>(waiting.left);
  const std::string time = whole < std::chrono::minutes(1) ? fmt::format("{} s", whole.count())
                                                           : base::format_duration(whole);
  const std::string who = waiting.is_source ? progress.source_title : "Atlassian";
  return fmt::format("waiting {}: {} {}", time, who, waiting.why);
}

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
