// The lists of the API: what each is called, who may read it, how it is paged.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sandbox/datadog/organisation.h"
#include "sandbox/datadog/rate_limits.h"
#include "sandbox/service.h"

namespace muster::sandbox::datadog {

struct ListAnswer {
  int status = 200;
  std::string body;
};

// One authorised call.
struct ListRequest {
  const Call& call;
  const Organisation& of;
  const world::Edits& edits;
  std::int64_t now;                      // Unix seconds
  std::uint64_t number;                  // of the call
  std::atomic<std::uint64_t>& readings;  // of hosts: each has an order of its own
  std::string_view id{};                 // what stands for {id} in the path
};

struct Route {
  std::string_view path;        // may hold one {id}
  std::string_view permission;  // empty: any pair of keys
  RateLimit limit;
  bool vendor_type;  // application/vnd.api+json
  ListAnswer (*list)(const ListRequest& request);
};

std::span<const Route> routes();

// {"errors":["..."]}
ListAnswer refused(int status, std::string_view message);

}  // namespace muster::sandbox::datadog
