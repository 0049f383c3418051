#include "tests/checker/checker.h"

#include <fmt/format.h>

#include "tests/checker/view.h"

namespace muster::checker {

std::vector<Violation> check(const History& history) {
  std::vector<Violation> found;
  std::vector<View> views;
  views.reserve(history.runs.size());
  for (std::size_t i = 0; i < history.runs.size(); ++i) views.emplace_back(history, i);
  for (const View& view : views) {
    Findings findings(view, found);
    check_reading(view, findings);
    check_report(view, findings);
    check_traffic(views, view, findings);
    check_holdings(views, view, findings);
  }
  check_gate(views, found);
  check_repeats(views, found);
  for (const Execution& execution : history.executions) {
    if (execution.duplicates == 0) continue;
    found.push_back({"I9", "",
                     fmt::format("execution {}: {} records came a second time under "
                                 "another chunk",
                                 execution.id, execution.duplicates)});
  }
  return found;
}

}  // namespace muster::checker
