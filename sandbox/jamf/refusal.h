// What Jamf Pro answers when it refuses: https://developer.jamf.com/jamf-pro/reference (ApiError).
#pragma once

#include <string>

#include "net/http_server.h"

namespace muster::sandbox::jamf {

struct Refusal {
  int status;
  std::string code;  // empty: no entry in `errors`
  std::string description{};
  std::string field{};
};

inline Refusal bad_request(std::string field, std::string description) {
  return {400, "INVALID_FIELD", std::move(description), std::move(field)};
}

net::ServerResponse refuse(const Refusal& refusal);
// The Classic API answers a page for people.
net::ServerResponse refuse_classic(int status);

}  // namespace muster::sandbox::jamf
