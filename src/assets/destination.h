// Where objects go. Two kinds: a JSM Assets import source (jsm_assets.h) and files (files.h).
//
// Order of calls: prepare() -> start(pass) -> submit() ... -> complete(). Before start() nothing is
// changed on the other side except the mapping document. A Delivery that is destroyed before
// complete() cancels itself. A Destination outlives its Deliveries.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "catalogue/object_type.h"

namespace muster::run {
class Gate;
}

namespace muster::assets {

// Permission to start: only the gate can make one, and it is used up by starting.
class Pass {
 public:
  Pass(Pass&&) = default;
  Pass& operator=(Pass&&) = default;
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

 private:
  friend class muster::run::Gate;
  friend class PassForTests;
  Pass() = default;
};

// At most this much per request: no limit is documented (contracts: inferred), so stay modest.
inline constexpr std::size_t kMaxChunkObjects = 500;
// 2 MiB with what a request adds around the objects.
inline constexpr std::size_t kMaxChunkBytes = (std::size_t{2} << 20) - 1024;
inline constexpr std::size_t kChunksInFlight = 4;

// Objects of one type. `objects` is JSON objects joined by ",\n" (no raw newline occurs inside
// one).
struct Chunk {
  std::uint64_t sequence = 0;  // 1-based in the run
  std::string selector;
  std::uint32_t count = 0;
  std::string objects;
};

struct TypeOutcome {
  std::string id;              // the other side's; empty: not told
  std::uint64_t accepted = 0;  // entries the other side took in: read, but none of those below
  std::uint64_t created = 0, updated = 0, unchanged = 0, missing = 0;
  std::uint64_t duplicate = 0, empty_key = 0, empty_label = 0;
  std::uint64_t filtered = 0;       // kept out by a query that an admin set in Assets
  std::vector<std::string> errors;  // the other side's words, for Outcome::heard alone
};

// What became of a delivery whose completing call was made. From then on nothing can be taken back,
// so whatever goes wrong is told here and not as an error.
struct Outcome {
  std::string execution_id;
  std::string result;  // "OK" or another code; empty: the other side gave no report
  // Empty: the other side said what became of everything. Else a sentence: it is still at work, out
  // of reach, or gave no counters; what it took is not known.
  std::string unconfirmed;
  std::string refusal;  // a sentence when the other side reports that it did not take all
  std::string heard;    // its own words about that, as base::Error::heard
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;
  std::map<std::string, TypeOutcome> types;  // by ObjectType::name
  std::vector<std::string> errors;
};

class Delivery {
 public:
  virtual ~Delivery() = default;
  // Any thread, up to kChunksInFlight at once. Sending again after a failure never doubles (I9).
  virtual base::Status submit(const Chunk& chunk, const base::Stop& stop) = 0;
  // Cosmetic; failures are ignored.
  virtual void progress(std::uint64_t processed, std::uint64_t total, const base::Stop& stop) = 0;
  // The completing call, once, then waits for the verdict. An error means that nothing was changed
  // on the other side: the call was not made, or the delivery was cancelled all the same. A stop
  // request while waiting ends the wait after some seconds with Outcome::unconfirmed.
  virtual base::Result<Outcome> complete(const base::Stop& stop) = 0;
  // Leaves a reason on the other side and cancels. Safe to call twice and after failures.
  virtual void abort(std::string_view reason) = 0;
};

struct Readiness {
  bool ready = false;
  // What is written to, told apart from every other place of its kind: what one holds says nothing
  // about another. Does not change with the token. "workspace/<id>/importsource/<id>", "folder/..."
  std::string target;
  std::string status;  // IDLE, MISSING_MAPPING, RUNNING, DISABLED, or "directory"
  std::string advice;  // when not ready
};

// Was anything imported into a target before, by whomever?
struct Past {
  enum class Kind { kNothing, kImports, kUnknown };
  Kind kind = Kind::kNothing;
  std::string latest{};  // the most recent execution; "": its id is not told
  bool latest_is_cancelled = false;
};

// What a dead run may have left open on the other side.
struct Leftover {
  std::string execution_id;  // empty: it died before it knew one
  // When it died between asking for an execution and learning its id: the most recent one before
  // ("" = none ever was). Whatever open one differs from it is the run's own.
  std::optional<std::string> started_after;
  bool exists() const { return !execution_id.empty() || started_after.has_value(); }
};

// So that the caller can write down what it is about to leave on the other side, before a crash
// makes it forget, and can see whether it may go on. An error from one ends what it came before.
struct DeliveryNotes {
  // Right before the other side is told anything new of the object types.
  std::function<base::Status()> mapping;
  // Once, right before anything is started: the most recent execution until then (absent: unknown).
  std::function<base::Status(const std::optional<std::string>& most_recent)> starting;
  // As soon as its id is known; again when a start whose answer got lost was made once more.
  std::function<base::Status(const std::string& execution_id)> started;
  // Right before the call after which nothing can be taken back; again when its answer got lost and
  // it is made once more.
  std::function<base::Status()> completing;
};

class Destination {
 public:
  virtual ~Destination() = default;
  // Looks only. kDenied `destination_token`, kUnavailable `destination_unavailable`.
  virtual base::Result<Readiness> check(const base::Stop& stop) = 0;
  // After check(). For whoever remembers nothing of this target: is it new, or is the memory not
  // the one that belongs to it? Folders have no past: what is in them is replaced as a whole.
  virtual Past past(const base::Stop&) { return {}; }
  // After check(). Why prepare() would be refused, a sentence each; looks only. Folders refuse
  // none.
  virtual base::Result<std::vector<std::string>> refusals(const catalogue::ObjectSchema&,
                                                          const base::Stop&) {
    return std::vector<std::string>();
  }
  // Makes the other side know the object types. kConflict `schema_frozen` explains a refused
  // change. `leftover` is cancelled when still open, and waited for when already completed.
  virtual base::Status prepare(const catalogue::ObjectSchema& schema, const Leftover& leftover,
                               const DeliveryNotes& notes, const base::Stop& stop) = 0;
  // Only what prepare() does about `leftover`: for a run that died and is not made again at once.
  virtual base::Status release(const Leftover& leftover, const base::Stop& stop) = 0;
  virtual base::Result<std::unique_ptr<Delivery>> start(Pass pass, std::string_view run_id,
                                                        const DeliveryNotes& notes,
                                                        const base::Stop& stop) = 0;
};

}  // namespace muster::assets
