// What is remembered of an identity's member: which keys its records have, and of which shared
// attributes it had a value. Hashes only. The other members look here for the keys of what they
// have in common.
//
// Block: "muster-identity 1\n", a line with the hash (32 digits) of all that follows, a line
// "alone" or "together", a line with the numbers of aliases and objects, one line per shared
// attribute (its title), an empty line, then records of little-endian 64-bit numbers: aliases (2 +
// 2 + 1) and objects (2 + 1), each sorted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/keyed_hash.h"

namespace muster::run {

struct BookAlias {
  crypto::Hash128 alias;       // of something that identifies the object
  crypto::Hash128 key;         // of the object
  std::uint64_t strength = 0;  // of the rule that gave it this key; 0 is the strongest
  auto operator<=>(const BookAlias&) const = default;
};

struct BookObject {
  crypto::Hash128 key;
  std::uint64_t present = 0;  // bit i: IdentityBook::attributes[i] had a value
  auto operator<=>(const BookObject&) const = default;
};

struct IdentityBook {
  bool alone = true;  // no other member had objects of its own when this one ran
  std::vector<std::string> attributes;
  std::vector<BookAlias> aliases;
  std::vector<BookObject> objects;
};

std::string pack(IdentityBook book);  // sorts
// kUnavailable when it is damaged or of another version.
base::Result<IdentityBook> unpack(std::string_view block);

// A packed book, looked at without copying. The block must outlive the view.
class BookView {
 public:
  static base::Result<BookView> open(std::string_view block);

  bool alone() const { return alone_; }
  const std::vector<std::string>& attributes() const { return attributes_; }
  std::size_t aliases() const { return alias_count_; }
  std::size_t objects() const { return object_count_; }
  BookAlias alias(std::size_t i) const;
  BookObject object(std::size_t i) const;

  // The strongest entry.
  std::optional<BookAlias> find_alias(const crypto::Hash128& alias) const;
  std::optional<BookObject> find_object(const crypto::Hash128& key) const;

 private:
  crypto::Hash128 hash_at(std::size_t byte) const;
  std::uint64_t number_at(std::size_t byte) const;

  bool alone_ = true;
  std::vector<std::string> attributes_;
  std::string_view records_;
  std::size_t alias_count_ = 0, object_count_ = 0;
};

// What may hold when nobody knows whether `now` replaced `before`, or when `now` is a part: what
// both say, and `now` where they contradict.
IdentityBook unite(const IdentityBook& before, const IdentityBook& now);

}  // namespace muster::run
