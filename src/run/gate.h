// The gate: nothing starts in Assets before everything was read and this has passed.
//
// It turns one source::Complete per selected data set and relation, and the comparison with the
// last completed run, into a verdict; only here an assets::Pass can be made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assets/destination.h"
#include "run/baseline.h"
#include "run/comparing.h"
#include "run/importer.h"
#include "run/report.h"
#include "source/listing.h"

namespace muster::run {

// What the gate looks at for one data set.
struct Evidence {
  std::string data_set;
  std::string object_type;
  std::optional<source::Complete> complete;  // absent: not proven
  std::optional<Comparison> comparison;      // absent: nothing to compare with
  std::vector<std::pair<std::string, std::string>> attribute_names;  // external id -> title
  // The object type holds objects of other importers, so that Assets must keep what is absent.
  bool is_shared = false;
  std::uint64_t foreign = 0;        // objects that only others have ...
  bool needs_consent = false;       // ... and this importer has never run beside them
  std::vector<std::string> others;  // importers that they come from
  bool damaged_book = false;        // what is remembered of its keys cannot be read
};

struct Judgement {
  std::vector<Finding> findings;
  std::vector<std::string> incomplete;  // data sets and relations without proof; never approvable
  std::optional<assets::Pass> pass;
  std::string approved_by;
  std::vector<std::string> notices;  // why an approval did not help
};

struct GateQuestion {
  std::vector<Evidence> data_sets;
  std::vector<DroppedDataSet> dropped;
  std::vector<std::pair<std::string, std::optional<source::Complete>>> relations;
  Safety safety;
  bool to_assets = false;             // else to files, which hold nobody else's objects
  bool absent_means_missing = false;  // the destination may treat absent objects as missing
  bool confirm_partial = false;
  const struct ApprovedFindings* approval = nullptr;
  std::string compared_with;  // the run that the comparisons are with
  std::string target;         // assets::Readiness::target
  // Nothing is remembered of where this goes, although something was imported there before.
  bool is_strange_place = false;
};

class Gate {
 public:
  static Judgement judge(const GateQuestion& question);
};

// May `now` pass with what was approved? Each finding needs an approved one of the same data set,
// reason and attribute, about exactly the same objects: as many others are something else.
bool is_covered(const std::vector<Finding>& now, const std::string& approved_findings_json);

}  // namespace muster::run
