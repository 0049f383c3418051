// One hash over the hashes of many keys, added in ascending order: the same for the same keys only.
// What a person approves is bound to objects with it, without keeping a list of them.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "crypto/keyed_hash.h"

namespace muster::run {

class KeyDigest {
 public:
  void add(const crypto::Hash128& key) {
    crypto::HashKey chain;
    std::memcpy(chain.data(), &state_, chain.size());
    state_ = crypto::keyed_hash(chain, {reinterpret_cast<const char*>(&key), sizeof key});
  }
  std::string text() const { return crypto::to_hex(state_); }

 private:
  static_assert(sizeof(crypto::Hash128) == sizeof(crypto::HashKey));
  crypto::Hash128 state_;
};

}  // namespace muster::run
