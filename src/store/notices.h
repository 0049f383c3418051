// What people are told of a site, and what became of telling it.
//
// Any thread. Errors: kUnavailable `store_unavailable`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::store {

struct Notice {
  std::string site;
  std::string notice;  // what it is about: in its site the same is told once
  base::WallTime at{};
  std::string kind;      // run.failed, entitlement.changed, ...
  std::string importer;  // empty: of no importer
  std::string run_id;    // empty: of no run
  std::string subject;   // one line
  std::string body;      // lines
};

struct DeliveryState {
  std::string channel;  // email | webhook
  std::string state;    // waiting | sent | given_up
  std::int64_t tries = 0;
  std::string problem;  // of the last try
};

struct NoticeView {
  Notice notice;
  std::vector<DeliveryState> deliveries;
};

// Of one that was taken.
struct Delivery {
  Notice notice;
  std::string channel;
  std::int64_t tries = 0;  // this one included
};

class Notices {
 public:
  virtual ~Notices() = default;
  // False: it was told before.
  virtual base::Result<bool> add(const Notice& notice,
                                 const std::vector<std::string>& channels) = 0;
  // Newest first.
  virtual base::Result<std::vector<NoticeView>> list(std::string_view site, std::size_t limit) = 0;

  // The one of all sites that is due longest; nobody else gets it for `lease`, so that one whose
  // machine died is tried again.
  virtual base::Result<std::optional<Delivery>> take(base::WallTime now, base::Duration lease) = 0;
  virtual base::Status delivered(const Delivery& delivery) = 0;
  // Tried again at `again`; absent: given up.
  virtual base::Status failed(const Delivery& delivery, std::optional<base::WallTime> again,
                              std::string_view problem) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Notices>> open_notices(std::string_view url);

}  // namespace muster::store
