#include "run/collection.h"

#include "base/text.h"

namespace muster::run {

using mapping::Formatter;

Collection::Collection(base::Scheduler& scheduler, const mapping::Plan& plan, std::size_t data_set,
                       const crypto::HashKey& hash_key)
    : hash_key_(hash_key),
      formatter_(plan, data_set),
      monitor_(scheduler),
      spool_(formatter_.names()),
      words_((plan.type_of(data_set).attributes.size() + 63) / 64) {}

void Collection::add(const json::Value& record, std::vector<mapping::Reject>& rejects,
                     const OnParent& on_parent) {
  scratch_.clear();
  switch (formatter_.format(record, scratch_)) {
    case Formatter::Verdict::kFiltered:
      ++counts_.fetched;
      ++counts_.filtered;
      return;
    case Formatter::Verdict::kRejected:
      ++counts_.fetched;
      ++counts_.rejected;
      rejects.push_back(formatter_.reject());
      return;
    case Formatter::Verdict::kFormatted: break;
  }
  KeyIndex::Id id = 0;
  crypto::Hash128 hash;
  if (!is_new(formatter_.key(), scratch_, id, hash, rejects)) return;
  ++counts_.fetched;
  ++counts_.formatted;
  spool_.add(scratch_, formatter_.name_places());
  object_keys_.push_back(id);
  objects_[id] = static_cast<std::uint32_t>(object_keys_.size());
  hashes_.push_back(hash);
  present_.insert(present_.end(), formatter_.present().begin(), formatter_.present().end());
  if (on_parent) on_parent(record, formatter_.key());
}

// The same key again: with the same content it is the overlap of two pages and only counted; with
// other content one of the two would silently win in Assets, so the later one is listed.
bool Collection::is_new(std::string_view key, std::string_view object, KeyIndex::Id& id,
                        crypto::Hash128& hash, std::vector<mapping::Reject>& rejects) {
  hash = crypto::keyed_hash(hash_key_, object);
  id = intern(key);
  if (id >= objects_.size()) objects_.resize(std::max<std::size_t>(id + 1, objects_.size() * 2));
  if (objects_[id] == 0) {
    note_case(key, id);
    return true;
  }
  if (hashes_[objects_[id] - 1] == hash) {
    ++counts_.repeated;
    return false;
  }
  ++counts_.fetched;
  ++counts_.rejected;
  rejects.push_back({base::printable(key, 100), "duplicate_key",
                     "an earlier record of this data set has the same key and other content"});
  return false;
}

void Collection::note_case(std::string_view key, KeyIndex::Id id) {
  const std::string folded = base::to_lower_ascii(key);
  if (folded == key) {
    if (folded_.find(key)) ++counts_.case_collisions;
    return;
  }
  const std::size_t before = folded_.size();
  folded_.intern(folded);
  base::Monitor::Lock lock(monitor_);
  const auto plain = keys_.find(folded);
  if (folded_.size() == before || (plain && *plain != id && has_object(*plain)))
    ++counts_.case_collisions;
}

void Collection::restart() {
  spool_.clear();
  object_keys_.clear();
  std::fill(objects_.begin(), objects_.end(), 0);
  hashes_.clear();
  present_.clear();
  folded_ = KeyIndex();
  counts_ = Counts();
}

KeyIndex::Id Collection::intern(std::string_view key) {
  base::Monitor::Lock lock(monitor_);
  return keys_.intern(key);
}

void Collection::intern_all(const std::function<std::string_view(std::size_t)>& key,
                            std::size_t count, std::vector<KeyIndex::Id>& ids) {
  base::Monitor::Lock lock(monitor_);
  for (std::size_t i = 0; i < count; ++i) ids.push_back(keys_.intern(key(i)));
}

std::uint64_t Collection::dropped_values() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : formatter_.dropped_values()) sum += count;
  return sum;
}

}  // namespace muster::run
