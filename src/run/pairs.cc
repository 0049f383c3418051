#include "run/pairs.h"

#include <algorithm>
#include <numeric>

namespace muster::run {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;

// Key ids in the order of their text, and the other way round.
void rank_keys(const KeyIndex& keys, std::vector<KeyIndex::Id>& rank_to_key,
               std::vector<std::uint32_t>& key_to_rank) {
  rank_to_key.resize(keys.size());
  std::iota(rank_to_key.begin(), rank_to_key.end(), 0);
  std::sort(rank_to_key.begin(), rank_to_key.end(),
            [&](KeyIndex::Id a, KeyIndex::Id b) { return keys.text(a) < keys.text(b); });
  key_to_rank.resize(keys.size());
  for (std::uint32_t rank = 0; rank < rank_to_key.size(); ++rank)
    key_to_rank[rank_to_key[rank]] = rank;
}

// Sorts each row and removes what was listed twice (pages of one listing may overlap).
void tidy(Rows& rows) {
  std::uint32_t write = 0;
  for (std::size_t key = 0; key + 1 < rows.begins.size(); ++key) {
    const auto begin = rows.values.begin() + rows.begins[key];
    const auto end = rows.values.begin() + rows.begins[key + 1];
    if (!std::is_sorted(begin, end)) std::sort(begin, end);
    const auto last = std::unique(begin, end);
    rows.begins[key] = write;
    write = static_cast<std::uint32_t>(std::copy(begin, last, rows.values.begin() + write) -
                                       rows.values.begin());
  }
  rows.begins.back() = write;
  rows.values.resize(write);
}

}  // namespace

void Pairs::Group::push(KeyIndex::Id member) {
  if (blocks.empty() || blocks.back().size() == kBlock) blocks.emplace_back().reserve(kBlock);
  blocks.back().push_back(member);
}

Pairs::Pairs(const mapping::RelationPlan& plan,
             std::vector<std::unique_ptr<Collection>>& collections)
    : plan_(plan), collections_(collections) {
  for (const std::vector<std::size_t>& candidates : plan.targets) {
    if (candidates.empty()) {
      group_of_target_.push_back(-1);
      continue;
    }
    const auto known = std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) {
      return group.candidates == candidates;
    });
    group_of_target_.push_back(static_cast<int>(known - groups_.begin()));
    if (known != groups_.end()) continue;
    Group& group = groups_.emplace_back();
    group.candidates = candidates;
    if (candidates.size() > 1) group.undecided = std::make_unique<KeyIndex>();
  }
  by_group_.resize(groups_.size());
}

void Pairs::restart() {
  for (Group& group : groups_) {
    group.parents.clear();
    group.blocks.clear();
  }
  seen_.clear();
}

void Pairs::add(std::string_view parent_key, const source::Members& members) {
  for (auto& keys : by_group_) keys.clear();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const int group = group_of_target_[members.target(i)];
    if (group >= 0) by_group_[static_cast<std::size_t>(group)].push_back(members.key(i));
  }
  const KeyIndex::Id parent = collections_[plan_.parent]->intern(parent_key);
  if (plan_.relation->strategy == catalogue::Relation::Strategy::kExpand) {
    if (parent >= seen_.size()) seen_.resize(std::max<std::size_t>(parent + 1, seen_.size() * 2));
    seen_[parent] = true;
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    Group& group = groups_[g];
    const auto& keys = by_group_[g];
    if (keys.empty()) continue;
    ids_.clear();
    if (group.undecided) {
      group.undecided->intern_all(keys, ids_);
    } else {
      collections_[group.candidates[0]]->intern_all(keys, ids_);
    }
    group.parents.emplace_back(parent, static_cast<std::uint32_t>(ids_.size()));
    for (const KeyIndex::Id id : ids_) group.push(id);
  }
}

std::vector<KeyIndex::Id> Pairs::unseen_parents() const {
  const Collection& parents = *collections_[plan_.parent];
  std::vector<KeyIndex::Id> unseen;
  for (std::size_t object = 0; object < parents.objects(); ++object) {
    if (!parents.is_live(object)) continue;
    const KeyIndex::Id key = parents.key_of(object);
    if (key >= seen_.size() || !seen_[key]) unseen.push_back(key);
  }
  return unseen;
}

template <typename Visit>
void Pairs::each(std::size_t member_set, Visit visit) const {
  const Collection& members = *collections_[member_set];
  for (const Group& group : groups_) {
    if (std::find(group.candidates.begin(), group.candidates.end(), member_set) ==
        group.candidates.end()) {
      continue;
    }
    std::size_t at = 0;
    for (const auto& [parent, count] : group.parents) {
      for (std::uint32_t i = 0; i < count; ++i, ++at) {
        const KeyIndex::Id stored = group.blocks[at / kBlock][at % kBlock];
        if (!group.undecided) {
          visit(parent, stored);
        } else if (const auto id = members.keys().find(group.undecided->text(stored));
                   id && members.has_object(*id)) {
          visit(parent, *id);
        }
      }
    }
  }
}

Rows Pairs::rows_by_member(std::size_t member_set) const {
  Rows rows;
  std::vector<std::uint32_t> parent_rank;
  rank_keys(collections_[plan_.parent]->keys(), rows.rank_to_key, parent_rank);
  rows.begins.assign(collections_[member_set]->keys().size() + 1, 0);
  each(member_set, [&](KeyIndex::Id, KeyIndex::Id member) { ++rows.begins[member + 1]; });
  std::partial_sum(rows.begins.begin(), rows.begins.end(), rows.begins.begin());
  rows.values.resize(rows.begins.back());
  std::vector<std::uint32_t> next(rows.begins.begin(), rows.begins.end() - 1);
  each(member_set, [&](KeyIndex::Id parent, KeyIndex::Id member) {
    rows.values[next[member]++] = parent_rank[parent];
  });
  tidy(rows);
  return rows;
}

Rows Pairs::rows_by_parent(std::size_t member_set) const {
  Rows rows;
  std::vector<std::uint32_t> member_rank;
  rank_keys(collections_[member_set]->keys(), rows.rank_to_key, member_rank);
  rows.begins.assign(collections_[plan_.parent]->keys().size() + 1, 0);
  each(member_set, [&](KeyIndex::Id parent, KeyIndex::Id) { ++rows.begins[parent + 1]; });
  std::partial_sum(rows.begins.begin(), rows.begins.end(), rows.begins.begin());
  rows.values.resize(rows.begins.back());
  std::vector<std::uint32_t> next(rows.begins.begin(), rows.begins.end() - 1);
  each(member_set, [&](KeyIndex::Id parent, KeyIndex::Id member) {
    rows.values[next[parent]++] = member_rank[member];
  });
  tidy(rows);
  return rows;
}

}  // namespace muster::run
