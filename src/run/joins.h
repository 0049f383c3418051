// The references of one data set that come from relations, ready to be appended to its objects.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crypto/keyed_hash.h"
#include "mapping/plan.h"
#include "run/collection.h"
#include "run/pairs.h"

namespace muster::run {

class Joins {
 public:
  // `pairs[i]` belongs to plan.relations[i]. Everything must outlive this.
  Joins(const mapping::Plan& plan, std::size_t data_set,
        const std::vector<std::unique_ptr<Collection>>& collections,
        const std::vector<std::unique_ptr<Pairs>>& pairs, const crypto::HashKey& hash_key);

  // Appends the joined references and the closing brace.
  void finish(std::size_t object, std::string& out) const;
  // Whether finish() appends at most so many bytes.
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
  struct Column {
    std::string prefix;  // ,"groups":
    std::size_t attribute = 0;
    const KeyIndex* targets = nullptr;
    Rows rows;
    std::vector<crypto::Hash128> hashes;  // by rank
    std::size_t longest = 0;              // bytes of a key
  };

  const Collection& collection_;
  bool send_empty_;
  std::vector<Column> columns_;
};

}  // namespace muster::run
