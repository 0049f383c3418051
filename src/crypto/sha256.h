// SHA-256 of bytes that are no secret.
#pragma once

#include <array>
#include <memory>
#include <string_view>

namespace muster::crypto {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

// The same of bytes that come piece by piece. One thread at a time.
class Sha256Sum {
 public:
  Sha256Sum();
  ~Sha256Sum();
  void add(std::string_view bytes);
  Sha256 end();  // and begins anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::crypto
