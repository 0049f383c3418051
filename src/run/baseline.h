// What is remembered of a completed run's data set: per object a keyed hash of its key, one of its
// content and which attributes had a value. No source data. Packed into one block, sorted by key
// hash, so that comparing is one walk over two sorted lists.
//
// Block: "muster-baseline 5\n", a line with the hash (32 digits, no secret) of all that follows,
// fingerprint line, line of hashes (nameless records), "kept" or "gone", one line per attribute
// (external id; behind a '~' when it was not selected any more), an empty line, then records of (2
// + 2 + words) little-endian 64-bit numbers. Version 4, which has no line about what is kept, is
// read too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/keyed_hash.h"
#include "run/key_digest.h"

namespace muster::run {

struct BaselineHeader {
  std::string fingerprint;  // which records were meant: filter and where
  // Collection::nameless(); some may be equal.
  std::vector<crypto::Hash128> nameless;
  // Assets was set to keep what is missing, so that it may hold more than these objects.
  bool keeps_missing = false;
  std::vector<std::string> attributes;  // external ids; bit i of the presence words
  // So many at the end were not selected. Assets keeps their values, which are remembered for the
  // day they are selected again.
  std::size_t deselected = 0;
};

// Collects one data set's objects and packs them, without a second copy: for half a million objects
// the block is 20 MB.
class BaselineBuilder {
 public:
  BaselineBuilder(const BaselineHeader& header, std::size_t objects);
  void add(const crypto::Hash128& key, const crypto::Hash128& content,
           const std::vector<std::uint64_t>& present);
  // Sorts, unless that was the order of adding; the builder is empty afterwards.
  std::string pack();

 private:
  std::size_t words_;
  std::size_t begin_;  // of the records in the block
  std::string block_;
};

// A packed block, looked at without copying. The block must outlive the view.
class BaselineView {
 public:
  static base::Result<BaselineView> open(std::string_view block);
  const BaselineHeader& header() const { return header_; }
  std::size_t size() const { return count_; }
  crypto::Hash128 key(std::size_t i) const;
  crypto::Hash128 content(std::size_t i) const;
  std::uint64_t word(std::size_t i, std::size_t word) const;
  std::size_t words() const { return words_; }

 private:
  std::uint64_t number(std::size_t i, std::size_t at) const;
  BaselineHeader header_;
  std::string_view records_;
  std::size_t words_ = 0;
  std::size_t count_ = 0;
};

// Assets keeps what went missing before this block's run, so that it holds more than these objects.
void mark_kept(std::string& block);

// `now` with the values that Assets keeps of attributes that only `before` has; "": none.
std::string with_deselected(const BaselineView& before, const BaselineView& now);

// What may be there when nobody knows whether `now` replaced `before`: all of now, and what only
// before had: objects, and values of those that both have.
std::string unite(const BaselineView& before, const BaselineView& now);

struct Comparison {
  using Sample = std::vector<crypto::Hash128>;  // key hashes, at most kMaxSample
  static constexpr std::size_t kMaxSample = 5;
  static constexpr std::size_t kMostNamed = 20;

  bool unreadable = false;  // what was remembered is damaged; nothing else is set
  bool rebased = false;     // another filter or where than before, or cut by a limit
  bool kept = false;        // Assets may hold more than what is remembered
  std::uint64_t before = 0, now = 0;
  std::uint64_t added = 0, changed = 0, unchanged = 0;
  std::uint64_t missing = 0;  // neither there nor parked
  std::uint64_t named = 0;    // of them, named by something that was read now
  std::uint64_t parked = 0;   // were objects, and their records were parked now
  // Nameless records that were not there with the same content before: some of the missing ones?
  std::uint64_t nameless = 0;
  Sample missing_sample, parked_sample;
  Sample first_named;                              // sorted; at most kMostNamed
  KeyDigest missing_keys, parked_keys, gone_keys;  // gone: missing or parked
  struct Blanked {
    std::string attribute;   // external id
    std::uint64_t had = 0;   // objects in both runs that had a value
    std::uint64_t lost = 0;  // ... and have none now
    Sample sample;
    KeyDigest keys{};  // of those that lost it
  };
  std::vector<Blanked> blanked;  // only attributes that lost something
};

// `parked`: key hashes of this run's parked records, sorted. `named`: of what relations name,
// without a record, sorted.
Comparison compare(const BaselineView& before, const BaselineView& now,
                   const std::vector<crypto::Hash128>& parked,
                   const std::vector<crypto::Hash128>& named = {});

}  // namespace muster::run
