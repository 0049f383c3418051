#include "base/error.h"

namespace muster::base {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kDenied: return "denied";
    case ErrorKind::kThrottled: return "throttled";
    case ErrorKind::kUnavailable: return "unavailable";
    case ErrorKind::kMalformed: return "malformed";
    case ErrorKind::kMissing: return "missing";
    case ErrorKind::kConflict: return "conflict";
    case ErrorKind::kLimit: return "limit";
    case ErrorKind::kSettings: return "settings";
    case ErrorKind::kCancelled: return "cancelled";
    case ErrorKind::kBug: return "bug";
  }
  return "bug";
}

Error Error::at(std::string_view place) && {
  if (where.empty()) where = place;
  return std::move(*this);
}

std::string Error::text() const { return where.empty() ? message : message + " (" + where + ")"; }

}  // namespace muster::base
