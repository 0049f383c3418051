// Requests that were sent with a key, so that one that is sent once more is done once. An admin's
// keys are his own; they are forgotten after a day.
//
// Any thread. Errors: kConflict `request_under_way`; kSettings `idempotency_key` (the key came with
// another request before); kUnavailable `store_unavailable`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::store {

struct KeyedRequest {
  std::string admin;
  std::string key;
  std::string hash;     // of what was asked
  std::string about{};  // the site that it is about; "": none
};

struct KeyedAnswer {
  int status = 0;
  std::string body;
};

class Idempotency {
 public:
  virtual ~Idempotency() = default;
  // The answer it had before, or nothing: it is to be done now, and then answered() or given_up().
  virtual base::Result<std::optional<KeyedAnswer>> begin(const KeyedRequest& request,
                                                         base::WallTime now) = 0;
  virtual base::Status answered(const KeyedRequest& request, const KeyedAnswer& answer) = 0;
  virtual base::Status given_up(const KeyedRequest& request) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Idempotency>> open_idempotency(std::string_view url);

}  // namespace muster::store
