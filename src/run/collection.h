// What one data set has become so far: its objects (compressed), their keys and hashes.
//
// The mapping thread adds pages; relation threads only intern keys. One Collection per data set.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "crypto/keyed_hash.h"
#include "mapping/formatter.h"
#include "run/key_index.h"
#include "run/spool.h"

namespace muster::run {

// One relation that fans out from this data set's records.
struct FanOut {
  std::size_t relation = 0;  // index in Plan::relations
  catalogue::Where hidden_when;
  bool can_be_hidden = false;
};

struct Counts {
  std::uint64_t pages = 0, fetched = 0, repeated = 0, filtered = 0, rejected = 0, formatted = 0;
  std::uint64_t case_collisions = 0;
};

class Collection {
 public:
  // Tells the parent's key once per kept record, for relations that fan out.
  using OnParent = std::function<void(const json::Value& record, std::string_view key)>;

  Collection(base::Scheduler& scheduler, const mapping::Plan& plan, std::size_t data_set,
             const crypto::HashKey& hash_key);

  // Mapping thread. `rejects` receives what was parked.
  void add(const json::Value& record, std::vector<mapping::Reject>& rejects,
           const OnParent& on_parent);
  void end_page() { ++counts_.pages; }
  // The listing begins again: everything but the interned keys is forgotten.
  void restart();

  // Any thread.
  KeyIndex::Id intern(std::string_view key);
  void intern_all(const std::function<std::string_view(std::size_t)>& key, std::size_t count,
                  std::vector<KeyIndex::Id>& ids);

  // After reading ended: one thread.
  const Counts& counts() const { return counts_; }
  const Spool& spool() const { return spool_; }
  const KeyIndex& keys() const { return keys_; }
  std::size_t objects() const { return object_keys_.size(); }
  KeyIndex::Id key_of(std::size_t object) const { return object_keys_[object]; }
  bool has_object(KeyIndex::Id key) const { return key < objects_.size() && objects_[key] != 0; }
  const crypto::Hash128& hash_of(std::size_t object) const { return hashes_[object]; }
  std::size_t present_words() const { return words_; }
  const std::uint64_t* present(std::size_t object) const { return &present_[object * words_]; }
  std::uint64_t dropped_values() const;
  const mapping::Formatter& formatter() const { return formatter_; }

 private:
  bool is_new(std::string_view key, std::string_view object, KeyIndex::Id& id,
              crypto::Hash128& hash, std::vector<mapping::Reject>& rejects);
  void note_case(std::string_view key, KeyIndex::Id id);

  const crypto::HashKey hash_key_;
  mapping::Formatter formatter_;
  base::Monitor monitor_;  // guards keys_
  KeyIndex keys_;
  KeyIndex folded_;  // lower-case forms of keys that have capitals
  Spool spool_;
  std::vector<KeyIndex::Id> object_keys_;  // object -> key
  std::vector<std::uint32_t> objects_;     // key -> object + 1; 0: no record with that key (yet)
  std::vector<crypto::Hash128> hashes_;    // object -> content without joined references
  std::vector<std::uint64_t> present_;     // object -> words_ words
  std::size_t words_ = 1;
  Counts counts_;
  std::string scratch_;
};

}  // namespace muster::run
