// From the answers of one relation to pairs: picks the members out of records, and hands finished
// parents to the sink, one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "catalogue/derived.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "source/relation_reader.h"

namespace muster::source {

// One parent's members so far. Kept apart until the parent is complete.
struct Reading {
  Members members;
  std::uint64_t unknown_type = 0;
  std::uint64_t without_key = 0;

  void begin_again() {
    members.clear();
    unknown_type = without_key = 0;
  }
};

// The key of a parent or a member, at its path or made of several values. One thread.
class PairKey {
 public:
  PairKey(json::Path path, const std::vector<catalogue::Piece>& compose);
  // Empty: the record has none. Valid until the next call.
  std::string_view of(const json::Value& record) const;

 private:
  const json::Path path_;
  const std::optional<catalogue::Composition> composition_;
  mutable std::string text_;
};

// One thread: its paths remember where they looked last.
class MemberPicker {
 public:
  explicit MemberPicker(const catalogue::Relation& relation);
  // Members without a key, of a type nobody asked for or that are no objects are counted, not
  // added.
  void pick(std::span<const json::Value> records, Reading& into) const;

 private:
  const std::map<std::string, std::string>& targets_;
  const PairKey key_;
  const json::Path type_;
};

// Any thread.
class PairCollector {
 public:
  PairCollector(base::Scheduler& scheduler, PairSink& sink, RelationCounters& counters)
      : monitor_(scheduler), sink_(sink), counters_(counters) {}

  void count_page() { ++pages_; }
  // Members of a parent that cannot be named.
  void count_without_key(std::uint64_t members);
  // An empty answer about a parent that may be hidden counts as hidden.
  void done(const Parent& parent, const Reading& reading);
  void gone(const Parent& parent);
  void hidden();
  // An error that is no failure of the reading: the parent is gone, or not shown to us.
  bool excuses(const Parent& parent, const base::Error& error);
  // Everything so far is void.
  void restart();

  std::vector<Parent> gone_parents() const;

  std::uint64_t pairs() const { return pairs_; }
  std::uint64_t pages() const { return pages_; }

 private:
  mutable base::Monitor monitor_;  // guards sink_, gone_
  PairSink& sink_;
  std::vector<Parent> gone_;
  RelationCounters& counters_;
  std::atomic<std::uint64_t> parents_{0};  // what restart() has to take back
  std::atomic<std::uint64_t> pairs_{0};
  std::atomic<std::uint64_t> unknown_{0};
  std::atomic<std::uint64_t> without_key_{0};
  std::atomic<std::uint64_t> pages_{0};
};

}  // namespace muster::source
