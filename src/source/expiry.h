// When the credentials of a connection end, as far as anybody tells: a certificate by itself, a
// secret where the catalogue says where the source tells (ExpiryRule).
//
//   for (const Expiry& expiry : find_expiries(session, stop)) warn(expiry.field, expiry.days_left);
//
// For the doctor: a question that fails is no failure of anything, the end is not known then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "source/session.h"

namespace muster::source {

struct Expiry {
  std::string field;  // of the connection: "client_secret"
  // ISO 8601 UTC. When several could be the one in use, the first that has not ended yet.
  std::optional<std::string> end;
  std::int64_t days_left = 0;  // whole days; 0 on the last day, -1 once it has ended
  std::string needs;           // without an end: the permission that would show it
  std::string problem;         // ... or why the source does not tell
};

std::vector<Expiry> find_expiries(Session& session, const base::Stop& stop);

}  // namespace muster::source
