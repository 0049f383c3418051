// The references of one data set that come from relations, ready to be appended to its objects.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keyed_hash.h"
#include "mapping/plan.h"
#include "run/collection.h"
#include "run/pairs.h"

namespace muster::run {

// The keys by which an identity's objects are sent, and what of them is left to other importers.
struct IdentityKeys {
  struct Object {
    crypto::Hash128 key;
    std::uint64_t left_out = 0;      // bit i: IdentityPlan::shared[i] is not sent
    std::uint64_t if_not_empty = 0;  // ... is sent only with a value
  };
  std::vector<Object> objects;  // by object of the collection; of parked ones it is not used
};

// As it stands in Assets.
std::string identity_key_text(const crypto::Hash128& key);

class Joins {
 public:
  // `pairs[i]` belongs to plan.relations[i]. Everything must outlive this.
  Joins(const mapping::Plan& plan, std::size_t data_set,
        const std::vector<std::unique_ptr<Collection>>& collections,
        const std::vector<std::unique_ptr<Pairs>>& pairs, const crypto::HashKey& hash_key);

  // From now on objects have these keys too. Once, before anything is appended or hashed.
  void set_identity(IdentityKeys keys);

  // Appends the whole object, whose own text (without its end) waited in the spool.
  void append(std::size_t object, std::string_view text, std::string& out) const;
  // Whether append() adds at most so many bytes to the text.
  bool is_within(std::size_t object, std::size_t bytes) const;
  struct Largest {
    std::size_t attribute = 0;  // index in ObjectType::attributes
    std::size_t references = 0;
  };
  Largest largest(std::size_t object) const;
  // The hash of the whole object and which attributes have a value, joined ones included.
  crypto::Hash128 hash(std::size_t object) const;
  void present(std::size_t object, std::vector<std::uint64_t>& words) const;

 private:
  static constexpr std::size_t kNotShared = 64;
  struct Column {
    std::string prefix;  // ,"groups":
    std::size_t attribute = 0;
    const KeyIndex* targets = nullptr;
    Rows rows;
    std::vector<crypto::Hash128> hashes;  // by rank
    std::size_t longest = 0;              // bytes of a key
    std::size_t shared = kNotShared;      // position in IdentityPlan::shared
  };

  void append_wanted(std::size_t object, std::string_view text, std::string& out) const;

  const Collection& collection_;
  const crypto::HashKey hash_key_;
  bool send_empty_;
  std::vector<Column> columns_;
  std::optional<IdentityKeys> identity_;
  std::size_t key_attribute_ = 0;                             // of the identity
  std::map<std::string, std::size_t, std::less<>> locators_;  // of shared attributes
};

}  // namespace muster::run
