// Reads the pairs of one relation: who belongs to whom.
//
// Parents arrive through a queue while their own listing is still being read, so that fanning out
// begins with the first page. Several requests are under way at once (the lane decides how many).
// All pages of one parent are collected before its members are handed over, so that a restart of
// one parent never mixes two readings.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/queue.h"
#include "base/result.h"
#include "catalogue/model.h"
#include "source/listing.h"
#include "source/session.h"

namespace muster::source {

// The members of one parent, packed. `targets[i]` indexes Relation targets in map order.
class Members {
 public:
  void add(std::string_view key, std::uint8_t target) {
    keys_.append(key);
    ends_.push_back(static_cast<std::uint32_t>(keys_.size()));
    targets_.push_back(target);
  }
  std::size_t size() const { return ends_.size(); }
  std::string_view key(std::size_t i) const {
    const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(keys_).substr(begin, ends_[i] - begin);
  }
  std::uint8_t target(std::size_t i) const { return targets_[i]; }
  void clear() { keys_.clear(), ends_.clear(), targets_.clear(); }

 private:
  std::string keys_;
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint8_t> targets_;
};

struct Parent {
  std::string key;
  bool may_be_hidden = false;  // Relation::hidden_when was true for its record
};

// Called from one thread at a time.
class PairSink {
 public:
  virtual ~PairSink() = default;
  // All members of one parent. A parent comes at most once, except for kExpand and kList, where
  // each record adds.
  virtual void add(std::string_view parent_key, const Members& members) = 0;
  // Everything added so far is void (kExpand and kList read again).
  virtual void restart() = 0;
};

struct RelationCounters {
  std::atomic<std::uint64_t> parents_done{0};
  std::atomic<std::uint64_t> pairs{0};
  std::atomic<std::uint64_t> gone{0};          // parents deleted meanwhile
  std::atomic<std::uint64_t> unknown_type{0};  // members of a type nobody asked for
  std::atomic<std::uint64_t> without_key{0};   // members, or all of a parent, without a key
  std::atomic<std::uint64_t> hidden{0};        // parents whose members may be hidden from us
};

class PairCollector;

// What of a listing with expanded members is wanted.
enum class Reach {
  kEverything,  // of all its records
  kGiven        // only of the parents that arrive: it ends as soon as each was seen
};

class RelationReader {
 public:
  RelationReader(Session& session, const catalogue::Relation& relation, RelationCounters& counters,
                 Reach reach = Reach::kEverything);

  // For kPerParent and kBatch: until `parents` is closed and everything asked is answered. A parent
  // that arrives again (its own listing began again) is not read again. Closes the queue when it
  // fails, so that nobody waits for it. For kExpand `parents` is used with Reach::kGiven only, for
  // kList never.
  //
  // A parent whose answer is 404 counts as deleted meanwhile. That is checked for each where its
  // path tells how to ask for it alone, and not believed of many: kMalformed `source_incomplete`.
  base::Result<Complete> read(base::Queue<std::vector<Parent>>& parents, PairSink& sink,
                              const base::Stop& stop);

  // For kExpand, after read(): reads the parents one by one that its listing did not show, although
  // it shows all there are. One that the source does not have any more counts as deleted meanwhile;
  // whatever else keeps it from being read is an error.
  base::Status read_unseen(std::vector<Parent> parents, PairSink& sink, const base::Stop& stop);

 private:
  base::Status read_parents(base::Queue<std::vector<Parent>>& parents, PairCollector& collector,
                            const base::Stop& stop);
  base::Status read_listing(base::Queue<std::vector<Parent>>& parents, PairCollector& collector,
                            const base::Stop& stop);
  base::Status confirm_gone(std::string path, const PairCollector& collector,
                            const base::Stop& stop);
  base::Status is_gone(const catalogue::Request& request, const Parent& parent,
                       const base::Stop& stop);
  base::Status reread(std::vector<Parent> parents, PairCollector& collector,
                      const base::Stop& stop);
  base::Status read_records(std::vector<Parent> parents, PairCollector& collector,
                            const base::Stop& stop);
  // Several at once, in threads that each make themselves what they ask with.
  using Ask = std::function<base::Status(const Parent& parent, const base::Stop& stop)>;
  base::Status ask_each(std::vector<Parent> parents, const std::function<Ask()>& make_ask,
                        const base::Stop& stop);

  Session& session_;
  const catalogue::Relation& relation_;
  RelationCounters& counters_;
  const Reach reach_;
};

}  // namespace muster::source
