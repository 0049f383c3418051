#include "service/bundle_stream.h"

#include <zstd.h>

#include <algorithm>

#include "base/check.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kMagic = "muster bundle\n";
constexpr std::string_view kPurpose = "muster bundle";
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
constexpr std::uint32_t kLast = std::uint32_t{1} << 31;
constexpr int kLevel = 3;
// 8 MiB: what level 3 needs at most, and all that a reader has to keep.
constexpr int kWindow = 23;

Error unusable(std::string message) {
  return {ErrorKind::kMalformed, "bundle", std::move(message)};
}

Error cut_off() {
  return unusable("It is cut off: its end is missing. Take another backup, or copy it once more.");
}

// As many as asked for, or fewer at the end.
Result<std::string> read_all(const ByteSource& source, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const std::string more = TRY(source(size - bytes.size()));
    if (more.empty()) break;
    bytes += more;
  }
  return bytes;
}

}  // namespace

struct BundleOut::Zstd {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ~Zstd() { ZSTD_freeCCtx(context); }
};

struct BundleIn::Zstd {
  ZSTD_DCtx* const context = ZSTD_createDCtx();
  ~Zstd() { ZSTD_freeDCtx(context); }
};

BundleOut::BundleOut(const crypto::KeyEncryptionKey& key, ByteSink sink)
    : zstd_(std::make_unique<Zstd>()), sealer_(key, kPurpose), sink_(std::move(sink)) {
  ZSTD_CCtx_setParameter(zstd_->context, ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(zstd_->context, ZSTD_c_windowLog, kWindow);
}

BundleOut::~BundleOut() = default;

Status BundleOut::put(std::string_view bytes) { return compress(bytes, false); }

Status BundleOut::end() {
  TRY(compress({}, true));
  return send(true);
}

Status BundleOut::compress(std::string_view bytes, bool is_end) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t left = 1;
  while (is_end ? left != 0 : in.pos < in.size) {
    const std::size_t before = waiting_.size();
    waiting_.resize(before + kPieceBytes);
    ZSTD_outBuffer out{waiting_.data() + before, kPieceBytes, 0};
    left = ZSTD_compressStream2(zstd_->context, &out, &in, is_end ? ZSTD_e_end : ZSTD_e_continue);
    MUSTER_CHECK(!ZSTD_isError(left), "compressing bytes in memory works");
    waiting_.resize(before + out.pos);
    while (waiting_.size() > kPieceBytes) TRY(send(false));
  }
  return {};
}

Status BundleOut::send(bool is_last) {
  if (!has_begun_) {
    has_begun_ = true;
    TRY(sink_(std::string(kMagic) + sealer_.header()));
  }
  const std::size_t size = std::min(waiting_.size(), kPieceBytes);
  const std::string sealed = sealer_.seal(std::string_view(waiting_).substr(0, size), is_last);
  waiting_.erase(0, size);
  const std::uint32_t length = static_cast<std::uint32_t>(sealed.size()) | (is_last ? kLast : 0);
  std::string head;
  for (int shift = 0; shift < 32; shift += 8) head += static_cast<char>(length >> shift & 0xFF);
  TRY(sink_(head));
  return sink_(sealed);
}

BundleIn::BundleIn(crypto::StreamOpener opener, ByteSource source)
    : zstd_(std::make_unique<Zstd>()), opener_(std::move(opener)), source_(std::move(source)) {
  ZSTD_DCtx_setParameter(zstd_->context, ZSTD_d_windowLogMax, kWindow);
}

BundleIn::~BundleIn() = default;

Result<std::unique_ptr<BundleIn>> BundleIn::open(const crypto::KeyEncryptionKey& key,
                                                 ByteSource source) {
  const std::string magic = TRY(read_all(source, kMagic.size()));
  if (magic != kMagic) {
    return magic.empty() || kMagic.starts_with(magic)
               ? cut_off()
               : unusable("It is no bundle of muster: its first bytes are others.");
  }
  const std::string header = TRY(read_all(source, crypto::kStreamHeader));
  if (header.size() < crypto::kStreamHeader) return cut_off();
  crypto::StreamOpener opener = TRY(crypto::StreamOpener::begin(key, kPurpose, header));
  return std::unique_ptr<BundleIn>(new BundleIn(std::move(opener), std::move(source)));
}

Status BundleIn::read_piece() {
  const std::string head = TRY(read_all(source_, 4));
  if (head.size() < 4) return cut_off();
  std::uint32_t length = 0;
  for (std::size_t byte = 0; byte < 4; ++byte) {
    length |= std::uint32_t{static_cast<unsigned char>(head[byte])} << (8 * byte);
  }
  has_last_ = (length & kLast) != 0;
  length &= ~kLast;
  if (length > kPieceBytes + crypto::kPieceExtra) {
    return unusable("It is damaged: a piece says that it is longer than any can be.");
  }
  const std::string sealed = TRY(read_all(source_, length));
  if (sealed.size() < length) return cut_off();
  packed_ = TRY(opener_.open(sealed, has_last_));
  packed_at_ = 0;
  if (has_last_ && !TRY(source_(1)).empty()) {
    return unusable("It goes on behind its end. Copy it once more.");
  }
  return {};
}

Status BundleIn::more() {
  plain_.erase(0, std::exchange(plain_at_, 0));
  const std::size_t before = plain_.size();
  while (plain_.size() == before) {
    if (packed_at_ == packed_.size()) {
      if (has_last_) return {};
      TRY(read_piece());
    }
    plain_.resize(before + kPieceBytes);
    ZSTD_inBuffer in{packed_.data(), packed_.size(), packed_at_};
    ZSTD_outBuffer out{plain_.data() + before, kPieceBytes, 0};
    const std::size_t result = ZSTD_decompressStream(zstd_->context, &out, &in);
    plain_.resize(before + out.pos);
    if (ZSTD_isError(result)) return unusable("What is in it cannot be unpacked.");
    packed_at_ = in.pos;
  }
  return {};
}

Result<std::string_view> BundleIn::take(std::size_t size) {
  while (plain_.size() - plain_at_ < size) {
    const std::size_t before = plain_.size() - plain_at_;
    TRY(more());
    if (plain_.size() - plain_at_ == before) return cut_off();
  }
  const std::string_view taken = std::string_view(plain_).substr(plain_at_, size);
  plain_at_ += size;
  return taken;
}

Status BundleIn::expect_end() {
  if (plain_at_ == plain_.size()) TRY(more());
  if (plain_at_ == plain_.size()) return {};
  return unusable("There is more in it than it says.");
}

}  // namespace muster::service
