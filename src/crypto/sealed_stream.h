// A long text in sealed pieces, for files that leave this machine: AES-256-GCM under a key of its
// own, made from the key-encryption key and 32 random bytes. The nonce counts the pieces and says
// which is the last one, so that pieces that were changed, moved, left out or cut off do not open.
// A counter is safe here, because no key ever seals two streams (docs/adr/0008-site-bundle.md).
//
//   StreamSealer sealer(key, "muster bundle");
//   file << sealer.header() << sealer.seal(first, false) << sealer.seal(rest, true);
//
// header:  format 1 | key id 8 | salt 32
// Each piece comes out longer by kPieceExtra bytes; how long it is, the caller keeps.
//
// One thread at a time. Errors carry no bytes of what is sealed:
//   kSettings, wrong_key      another key is needed; the message names both by their ids
//   kMalformed, sealed_value  damaged, changed, out of order or of a newer format
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/envelope.h"

namespace muster::crypto {

inline constexpr std::size_t kStreamHeader = 41;
inline constexpr std::size_t kPieceExtra = 16;

class StreamSealer {
 public:
  // `purpose` keeps streams of different kinds apart.
  StreamSealer(const KeyEncryptionKey& key, std::string_view purpose);
  const std::string& header() const { return header_; }
  std::string seal(std::string_view piece, bool is_last);

 private:
  std::string header_;
  base::Secret key_;
  std::uint64_t pieces_ = 0;
};

class StreamOpener {
 public:
  // `header`: kStreamHeader bytes.
  static base::Result<StreamOpener> begin(const KeyEncryptionKey& key, std::string_view purpose,
                                          std::string_view header);
  base::Result<std::string> open(std::string_view sealed, bool is_last);

 private:
  StreamOpener(std::string header, base::Secret key)
      : header_(std::move(header)), key_(std::move(key)) {}

  std::string header_;
  base::Secret key_;
  std::uint64_t pieces_ = 0;
};

}  // namespace muster::crypto
