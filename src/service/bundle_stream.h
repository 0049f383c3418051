// The outside of a bundle: bytes, compressed with zstd and sealed piece by piece. What is inside,
// site_bundle.h says. Memory stays the same however long it is.
//
//   magic 14 | header of crypto/sealed_stream.h 41 | pieces
//   piece: length 4 (little endian, of what follows; its highest bit: the last one) | sealed bytes
//
// One thread at a time. Errors: kMalformed `bundle` (cut off, goes on behind its end, is none) and
// `sealed_value` (damaged or changed); kSettings `wrong_key`; what source and sink say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/sealed_stream.h"

namespace muster::service {

using ByteSink = std::function<base::Status(std::string_view bytes)>;
// At most `most` bytes; none: the end.
using ByteSource = std::function<base::Result<std::string>(std::size_t most)>;

class BundleOut {
 public:
  BundleOut(const crypto::KeyEncryptionKey& key, ByteSink sink);
  ~BundleOut();
  base::Status put(std::string_view bytes);
  base::Status end();

 private:
  base::Status compress(std::string_view bytes, bool is_end);
  base::Status send(bool is_last);

  struct Zstd;
  const std::unique_ptr<Zstd> zstd_;
  crypto::StreamSealer sealer_;
  const ByteSink sink_;
  std::string waiting_;  // compressed
  bool has_begun_ = false;
};

class BundleIn {
 public:
  static base::Result<std::unique_ptr<BundleIn>> open(const crypto::KeyEncryptionKey& key,
                                                      ByteSource source);
  ~BundleIn();
  // Exactly so many; the end before is an error. The view is valid until the next call.
  base::Result<std::string_view> take(std::size_t size);
  // Nothing may come any more.
  base::Status expect_end();

 private:
  BundleIn(crypto::StreamOpener opener, ByteSource source);
  base::Status more();  // nothing new at the end
  base::Status read_piece();

  struct Zstd;
  const std::unique_ptr<Zstd> zstd_;
  crypto::StreamOpener opener_;
  const ByteSource source_;
  std::string packed_;
  std::size_t packed_at_ = 0;
  std::string plain_;
  std::size_t plain_at_ = 0;
  bool has_last_ = false;
};

}  // namespace muster::service
