// The one error vocabulary of muster.
//
// Everything outside the process can fail; such failures travel as values (result.h), never as
// exceptions. A broken promise of our own ends the process (check.h).
//
//   return Error{ErrorKind::kDenied, "source_permission", "Grant User.Read.All to the app."};
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace muster::base {

// Each kind has one rule; where a rule needs more, the reason code carries it.
enum class ErrorKind {
  kDenied,       // sign-in or permission refused: not retried, the admin must act
  kThrottled,    // asked to wait: retried after retry_after or with back-off
  kUnavailable,  // network, 5xx, time-out: retried with back-off
  kMalformed,    // an answer that breaks its contract: not retried as such
  kMissing,      // the thing asked for does not exist (404, 410)
  kConflict,     // somebody else was faster (409)
  kLimit,        // a limit of ours or theirs was reached
  kSettings,     // the user's file or flags are wrong: exit code 2
  kCancelled,    // a person or a signal asked to stop
  kBug,          // our own mistake, said instead of hidden
};

std::string_view to_string(ErrorKind kind);

struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::kBug;
  std::string reason;   // stable snake_case code, see the run report's `reason`
  std::string message;  // a sentence a person can act on; no secret, no source value
  std::string where;    // data set, file:line:column or URL without query; may be empty
  std::optional<std::chrono::milliseconds> retry_after{};
  // The other side's own words, without secrets. They may hold values of records, so they are for
  // the terminal of whoever waits for the answer and are never logged, stored or sent on.
  std::string heard{};

  // Adds the place unless a more precise one is already there.
  Error at(std::string_view place) &&;
  // "message (where)".
  std::string text() const;
};

}  // namespace muster::base
