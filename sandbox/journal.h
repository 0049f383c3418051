// Every request the sandbox got, and every request inside a batch, in order of arrival.
//
// Memory is bounded: beyond `max_bytes` the oldest entries go and are counted as dropped.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"

namespace muster::sandbox {

struct JournalEntry {
  std::uint64_t number = 0;  // from 1, in order of arrival
  std::uint64_t batch = 0;   // the number of the batch this was in; 0: a call of its own
  base::Instant at{};        // when it arrived
  base::WallTime wall{};
  std::string owner;  // client id, id of the import source, or "anonymous"
  std::string method;
  std::string target;        // as received, at most 1,000 bytes
  std::uint16_t status = 0;  // 0: closed without an answer
  std::uint32_t items = 0;   // how many requests a batch held
  std::uint32_t resource_units = 0;
  bool faulted = false;  // a fault rule fired
};

class Journal {
 public:
  explicit Journal(base::Scheduler& scheduler, std::size_t max_bytes = std::size_t{64} << 20);

  // Fills in the number. Any thread.
  std::uint64_t add(JournalEntry entry);
  void clear();

  // Entries with a number above `after`, oldest first, at most `limit`.
  std::vector<JournalEntry> entries(std::uint64_t after = 0,
                                    std::size_t limit = ~std::size_t{0}) const;
  std::uint64_t added() const;
  std::uint64_t dropped() const;
  // {"dropped": 0, "entries": [...], "next": 1001}; `next` is absent on the last page.
  std::string to_json(std::uint64_t after, std::size_t limit) const;

 private:
  mutable base::Monitor monitor_;  // guards everything below
  std::deque<JournalEntry> entries_;
  std::size_t bytes_ = 0;
  std::size_t max_bytes_;
  std::uint64_t added_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace muster::sandbox
