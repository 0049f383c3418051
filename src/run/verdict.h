// What became of what was sent, told in the report: counters, what was not taken, and how the run
// ended.
#pragma once

#include <map>
#include <string>

#include "assets/destination.h"
#include "run/report.h"

namespace muster::run {

class Verdict {
 public:
  // Counters into report.data_sets. An import never tells which objects it left out: what it did
  // not take is one entry of report.rejects per data set, `not_taken`, without a key and first in
  // order.
  void take(const assets::Outcome& outcome, Report& report);

  // State, reason and message of a run whose steps all went well. I7: `failed` only where nothing
  // was changed on the other side.
  void conclude(Report& report, bool plan_only) const;

  const std::string& unconfirmed() const { return unconfirmed_; }
  // In Assets, of an ObjectType::name; empty: not told.
  std::string type_id(const std::string& object_type) const;

 private:
  bool is_over_ = true;                // the other side is not at work any more
  std::string unconfirmed_, refusal_;  // what Assets did not say, or did not take
  std::map<std::string, std::string> type_ids_;
};

}  // namespace muster::run
