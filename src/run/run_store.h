// What a run needs of a store, and nothing more. Owned by run/; cli/ and later service/ plug a
// store in.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assets/destination.h"
#include "base/result.h"
#include "crypto/keyed_hash.h"
#include "run/report.h"
#include "run/strange_place.h"

namespace muster::run {

// What is remembered of one member of an identity (identity_book.h).
struct KeptBook {
  std::string identity;
  std::string importer;
  std::string data_set;
  std::string place;  // identity_place()
  std::string block;  // when writing: empty: forgotten
};

struct Baseline {
  std::string run_id;
  std::map<std::string, std::string> data_sets;  // packed by run/baseline.h
  std::vector<std::string> forgotten;            // data sets whose objects were let go
  std::string target;                            // assets::Readiness::target
  std::uint64_t targets = 1;  // when reading: of how many this importer has something remembered
  std::vector<KeptBook> books{};  // when writing
  // When reading. false: parts got lost, and nobody knows which. A part that is known to be lost is
  // an empty block, which cannot be read.
  bool is_whole = true;
};

struct ApprovedFindings {
  std::string run_id;         // the held run
  std::string findings;       // findings_json()
  std::string compared_with;  // what the held run was compared with; they mean nothing else
  std::string approved_by;
};

class RunStore {
 public:
  virtual ~RunStore() = default;
  virtual base::Result<crypto::HashKey> hash_key() = 0;
  // What is remembered of `target`; "" = of the one with the newest run.
  virtual base::Result<std::optional<Baseline>> baseline(const std::string& importer,
                                                         const std::string& target) = 0;
  // Of all members of an identity; `place` "" = wherever they are.
  virtual base::Result<std::vector<KeptBook>> books(const std::string& identity,
                                                    const std::string& place) = 0;
  // Only one run of the importers of an identity decides about keys at a time: held until the
  // returned value goes. kConflict `already_running` when another one does.
  class Lock {
   public:
    virtual ~Lock() = default;
    // kConflict `lease_lost` when it went away meanwhile.
    virtual base::Status still_held() = 0;
  };
  virtual base::Result<std::unique_ptr<Lock>> lock_identity(const std::string& identity) = 0;
  // What the last run into `target` may have left open there.
  virtual base::Result<assets::Leftover> leftover(const std::string& importer,
                                                  const std::string& target) = 0;
  // The runs of this importer that began to start anything in `target`, newest first.
  virtual base::Result<std::vector<Begun>> begun(const std::string& importer,
                                                 const std::string& target) = 0;
  virtual base::Status started(const Report& report) = 0;
  // kConflict `lease_lost` when another process may run this importer now.
  virtual base::Status still_held() = 0;
  // Right before anything is started in `target`, lasting: what was the most recent execution until
  // then (absent: unknown), and that the approval of `approval_of` ("" = none needed) is used up.
  // Refused when it was used already.
  virtual base::Status starting(const std::string& run_id, const std::string& target,
                                const std::optional<std::string>& started_after,
                                const std::string& approval_of) = 0;
  virtual base::Status execution_started(const std::string& run_id,
                                         const std::string& execution_id) = 0;
  // Right before the call after which nothing can be taken back, lasting: what the destination may
  // hold from then on, whatever becomes of this process. Refused when somebody ended the run.
  virtual base::Status completing(const std::string& run_id, const std::string& importer,
                                  const Baseline& may_hold) = 0;
  // Once per run, with the final state. `baseline`: what is remembered from now on; data sets it
  // does not name keep what is remembered of them. nullptr: all stays as it is.
  virtual base::Status ended(const Report& report, const Baseline* baseline) = 0;
  // After ended(): the report says more now. State, reason and message are what they were.
  virtual base::Status amended(const Report& report) = 0;
};

}  // namespace muster::run
