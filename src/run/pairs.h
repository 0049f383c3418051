// The pairs of one relation, as they arrive, and the rows they become.
//
//   Pairs pairs(relation_plan, collections);            // a source::PairSink
//   ... reader.read(parents, pairs, stop) ...
//   Rows rows = pairs.rows_of(side, data_set, target);  // after reading: record -> its references
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "mapping/plan.h"
#include "run/collection.h"
#include "source/relation_reader.h"

namespace muster::run {

// For each key of one data set the referenced keys of another, sorted by their text, each once.
// Values are ranks: `rank_to_key[rank]` is the referenced key's id.
struct Rows {
  std::vector<std::uint32_t> begins;  // key id -> first value; one more than keys
  std::vector<std::uint32_t> values;
  std::vector<KeyIndex::Id> rank_to_key;

  std::span<const std::uint32_t> row(KeyIndex::Id key) const {
    if (key + 1 >= begins.size()) return {};
    return {values.data() + begins[key], values.data() + begins[key + 1]};
  }
};

class Pairs : public source::PairSink {
 public:
  Pairs(const mapping::RelationPlan& plan, std::vector<std::unique_ptr<Collection>>& collections);

  void add(std::string_view parent_key, const source::Members& members) override;
  void restart() override;

  // After reading: live records of the parents' data set that no add() named. Only for relations
  // whose listing shows every parent (kExpand).
  std::vector<KeyIndex::Id> unseen_parents() const;

  // Call once for each joined field, after reading. `member_set`: data set index of the members.
  Rows rows_by_member(std::size_t member_set) const;
  Rows rows_by_parent(std::size_t member_set) const;

 private:
  // Members of one data set (or of several that only the end can tell apart), parent by parent.
  // Lists grow in blocks: doubling a vector of 15 million numbers would cost its size again.
  struct Group {
    std::vector<std::size_t> candidates;  // data sets
    std::unique_ptr<KeyIndex> undecided;  // ids are of this index when there are several candidates
    std::vector<std::pair<KeyIndex::Id, std::uint32_t>> parents;  // parent, how many members
    std::vector<std::vector<KeyIndex::Id>> blocks;
    void push(KeyIndex::Id member);
  };

  Group& group_of(const std::vector<std::size_t>& candidates);
  // Visits (parent, member id in member_set) in order of arrival.
  template <typename Visit>
  void each(std::size_t member_set, Visit visit) const;

  const mapping::RelationPlan& plan_;
  std::vector<std::unique_ptr<Collection>>& collections_;
  std::vector<Group> groups_;
  std::vector<int> group_of_target_;  // target type -> index in groups_, -1: not wanted
  std::vector<std::vector<std::string_view>> by_group_;
  std::vector<KeyIndex::Id> ids_;
  std::vector<bool> seen_;  // by parent key; kExpand only
};

}  // namespace muster::run
