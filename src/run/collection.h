// What one data set has become so far: its objects (compressed), their keys and hashes.
//
// The mapping thread adds pages; relation threads only intern keys. One Collection per data set.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "crypto/keyed_hash.h"
#include "mapping/formatter.h"
#include "mapping/identifiers.h"
#include "run/key_index.h"
#include "run/report.h"
#include "run/spool.h"
#include "run/unread_parts.h"

namespace muster::run {

// fetched = filtered + rejected + formatted: each record of the source once, as it was last seen.
struct Counts {
  std::uint64_t pages = 0, fetched = 0, repeated = 0, filtered = 0, rejected = 0, formatted = 0;
  std::uint64_t changed = 0;  // of the repeated: came with other content
};

class Collection {
 public:
  // Tells the parent's key once per kept record, for relations that fan out.
  using OnParent = std::function<void(const json::Value& record, std::string_view key)>;

  Collection(base::Scheduler& scheduler, const mapping::Plan& plan, std::size_t data_set,
             const crypto::HashKey& hash_key);

  // Mapping thread. A key that came before on another page is the overlap of two pages: the later
  // record counts (pages overlap when the source changes while it is read). Twice on one page with
  // other content, the second is parked as `duplicate_key`.
  void add(const json::Value& record, const OnParent& on_parent);
  // An element inside a record of another data set. The first of a key that is an object counts;
  // the others are repeated, whatever they hold.
  void add_row(const json::Value& row);
  // Something else stands at `path` of the record `parent` than rows. Parked like a record.
  void park_misfit(std::string_view path, std::string_view parent);
  // Texts of a record that should hold JSON and do not.
  void count_unreadable(std::uint32_t texts) { unreadable_ += texts; }
  std::uint64_t unreadable() const { return unreadable_; }
  const UnreadParts& unread_parts() const { return unread_parts_; }
  void end_page();
  // The listing begins again: everything but the interned keys is forgotten.
  void restart();

  // Any thread.
  KeyIndex::Id intern(std::string_view key);
  void intern_all(std::span<const std::string_view> keys, std::vector<KeyIndex::Id>& ids);

  // After reading ended: one thread.
  const Counts& counts() const { return counts_; }
  const Spool& spool() const { return spool_; }
  const KeyIndex& keys() const { return keys_; }
  // Objects are numbered as they are in the spool; those that are not live were replaced or parked.
  std::size_t objects() const { return object_keys_.size(); }
  bool is_live(std::size_t object) const { return state_of(object_keys_[object]) == object + 1; }
  KeyIndex::Id key_of(std::size_t object) const { return object_keys_[object]; }
  bool has_object(KeyIndex::Id key) const {
    const std::uint32_t state = state_of(key);
    return state != kUnknown && state < kParked;
  }
  // Bytes of an object as it waits in the spool, or a bound that is not worth undercutting.
  std::size_t size_at_most(std::size_t object) const {
    const auto large = large_.find(object);
    return large == large_.end() ? kLargeBytes : large->second;
  }
  // Takes an object back that turned out not to be one: Reject::key is filled in.
  void park(std::size_t object, mapping::Reject reject);
  // The first kMaxListedRejects, in order; and the hashed keys of all that had one.
  const std::vector<mapping::Reject>& rejects() const { return rejects_; }
  std::vector<crypto::Hash128> parked_keys() const;
  // Hashed keys, sorted, that only relations named: no record came with them.
  std::vector<crypto::Hash128> named_keys() const;
  // The texts of those whose hashes, sorted, these are.
  std::vector<std::string> named_texts(const std::vector<crypto::Hash128>& hashes) const;
  // Sorted content of the records of which nobody knows which objects they are: they had no key, or
  // one that another record with other content had before, and that may be somebody else's.
  std::vector<crypto::Hash128> nameless() const;
  // The keys of the first few records that came again with other content.
  const std::vector<std::string>& changed_keys() const { return changed_keys_; }
  // The first kMaxListedObjects keys of objects that differ from an earlier one's only in letter
  // case or in how accents are written (base/caseless.h); and how many there are.
  std::vector<std::string> twins() const;
  std::uint64_t twin_count() const { return twins_.size(); }
  const crypto::Hash128& hash_of(std::size_t object) const { return hashes_[object]; }
  // With an identity: what identifies an object beyond its source, by Identity::match; zeros: none.
  std::span<const crypto::Hash128> identifiers(std::size_t object) const {
    return std::span(identifiers_).subspan(object * identifiers_each_, identifiers_each_);
  }
  // How many of them were placeholders, and which of two records is newer.
  std::uint32_t placeholders(std::size_t object) const { return ages_[object].placeholders; }
  std::int64_t newest(std::size_t object) const { return ages_[object].newest; }
  std::size_t present_words() const { return words_; }
  const std::uint64_t* present(std::size_t object) const { return &present_[object * words_]; }
  std::uint64_t dropped_values() const;
  const mapping::Formatter& formatter() const { return formatter_; }

 private:
  // What became of a key: the object's number + 1, or one of these.
  static constexpr std::uint32_t kUnknown = 0;
  static constexpr std::uint32_t kParked = 0xfffffffe;
  static constexpr std::uint32_t kFiltered = 0xffffffff;

  static constexpr std::size_t kLargeBytes = std::size_t{64} << 10;

  std::uint32_t state_of(KeyIndex::Id key) const {
    return key < states_.size() ? states_[key] : kUnknown;
  }
  std::vector<crypto::Hash128> keys_in(std::uint32_t state) const;
  bool take_again(mapping::Formatter::Verdict verdict, KeyIndex::Id id);
  void settle(mapping::Formatter::Verdict verdict, KeyIndex::Id id);
  void unsettle(KeyIndex::Id id);
  void note_identifiers();
  void list(mapping::Reject reject);
  void note_nameless();
  void park_keyless(const json::Value& record);
  void note_twin(std::string_view key, KeyIndex::Id id);

  const crypto::HashKey hash_key_;
  mapping::Formatter formatter_;
  base::Monitor monitor_;  // guards keys_
  KeyIndex keys_;
  KeyIndex folded_;  // caseless forms of the keys that are written in another one
  std::vector<KeyIndex::Id> folded_first_;  // the first key of each
  std::set<KeyIndex::Id> twins_;
  Spool spool_;
  std::vector<KeyIndex::Id> object_keys_;  // object -> key
  std::vector<std::uint32_t> states_;      // by key
  std::vector<crypto::Hash128> hashes_;    // object -> content without joined references
  std::vector<std::uint64_t> present_;     // object -> words_ words
  std::size_t words_ = 1;
  std::uint64_t page_records_ = 0;
  std::size_t page_begin_ = 0;                // the first object of the page being added
  std::map<std::size_t, std::size_t> large_;  // object -> bytes, of those beyond kLargeBytes
  std::vector<mapping::Reject> rejects_;
  std::vector<crypto::Hash128> nameless_;
  std::vector<std::string> changed_keys_;
  Counts counts_;
  std::uint64_t unreadable_ = 0;
  UnreadParts unread_parts_;
  std::string scratch_;

  struct Age {
    std::int64_t newest = 0;
    std::uint32_t placeholders = 0;
  };
  std::optional<mapping::Identifiers> reader_;  // with an identity
  std::size_t identifiers_each_ = 0;
  std::vector<crypto::Hash128> identifiers_;  // object -> identifiers_each_ of them
  std::vector<Age> ages_;                     // by object
};

}  // namespace muster::run
