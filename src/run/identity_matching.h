// The first half of identify(): which object each record is. Only identity.cc uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "run/identity.h"

namespace muster::run {

struct HashOfHash {
  std::size_t operator()(const crypto::Hash128& hash) const { return hash.low; }
};
using IdentityKeySet = std::unordered_set<crypto::Hash128, HashOfHash>;

// How a record came to its object.
struct Match {
  crypto::Hash128 key;
  std::size_t rule = 0;        // in Identity::match; their number: what the record is in its source
  std::uint64_t strength = 0;  // of whatever gave the key first
  bool states = true;          // its identifiers stand for the object
};

// What identifies the records of one data set, in the words of the books.
class RecordNames {
 public:
  RecordNames(const mapping::IdentityPlan& plan, const Collection& collection,
              const crypto::HashKey& hash_key);

  std::size_t rules() const { return rules_; }
  // None (zeros) where it identifies nothing: absent, or one that too many records have.
  crypto::Hash128 identifier(std::size_t object, std::size_t rule) const;
  bool has_too_common(std::size_t object) const;
  // The first rule for which there is an identifier; else rules().
  std::size_t strongest(std::size_t object) const;

  // As the books know them: nobody can test a guess against these.
  crypto::Hash128 alias_of(const crypto::Hash128& identifier) const;
  crypto::Hash128 own_alias(std::size_t object) const;
  std::string own_name(std::size_t object) const;
  std::string_view key_text(std::size_t object) const;
  // For the report.
  void add_sample(std::vector<std::string>& sample, std::size_t object) const;

 private:
  void find_too_common(std::size_t rule);

  const mapping::IdentityPlan& plan_;
  const Collection& collection_;
  const crypto::HashKey& hash_key_;
  const std::size_t rules_;
  std::vector<IdentityKeySet> too_common_;  // by rule
};

inline bool is_none(const crypto::Hash128& hash) { return hash == crypto::Hash128{}; }

struct Matching {
  std::vector<Match> matches;  // by object; of parked ones it means nothing
  IdentityMatch duplicate{.rule = "duplicate"}, different{.rule = "different"};
};

// Which object the record was in the last run.
std::optional<crypto::Hash128> previous_key(const BookView* own, const RecordNames& names,
                                            std::size_t object);

Matching match_records(const mapping::IdentityPlan& plan, Collection& collection,
                       const RecordNames& names, const Books& books);

}  // namespace muster::run
