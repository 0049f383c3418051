#include "run/spool.h"

#include <zstd.h>

#include "base/check.h"

namespace muster::run {

namespace {

// Large enough for the repeated attribute names to compress away, small enough to be cheap to hold
// twice while reading.
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
// The fast end of zstd while there is little; from 64 MiB of text on memory counts more than time
// (measured on users with 30 attributes: 4.2 against 5.6 times smaller).
constexpr int kFastLevel = -1;
constexpr int kSmallLevel = 1;
constexpr std::size_t kFastBlocks = 256;

}  // namespace

struct Spool::Zstd {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ~Zstd() { ZSTD_freeCCtx(context); }
};

struct Spool::Reader::Zstd {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~Zstd() { ZSTD_freeDCtx(context); }
};

Spool::Spool() = default;
Spool::~Spool() = default;
Spool::Spool(Spool&&) noexcept = default;

void Spool::add(std::string_view object) {
  if (open_.capacity() < kBlockBytes) open_.reserve(kBlockBytes + (kBlockBytes >> 2));
  open_ += object;
  open_ += '\n';
  ++size_;
  if (open_.size() >= kBlockBytes) close_block();
}

void Spool::close_block() {
  if (!zstd_) zstd_ = std::make_unique<Zstd>();
  std::string packed(ZSTD_compressBound(open_.size()), '\0');
  const int level = blocks_.size() < kFastBlocks ? kFastLevel : kSmallLevel;
  const std::size_t size = ZSTD_compressCCtx(zstd_->context, packed.data(), packed.size(),
                                             open_.data(), open_.size(), level);
  MUSTER_CHECK(!ZSTD_isError(size), "compressing a block in memory works");
  packed.resize(size);
  packed.shrink_to_fit();
  blocks_.push_back(std::move(packed));
  open_.clear();
}

void Spool::clear() {
  open_.clear();
  blocks_.clear();
  size_ = 0;
}

std::size_t Spool::memory() const {
  std::size_t bytes = open_.capacity();
  for (const std::string& block : blocks_) bytes += block.capacity();
  return bytes;
}

Spool::Reader::Reader(const Spool& spool) : spool_(spool), zstd_(std::make_unique<Zstd>()) {}
Spool::Reader::~Reader() = default;

bool Spool::Reader::next(std::string_view& object) {
  while (at_ >= text_.size()) {
    at_ = 0;
    if (block_ < spool_.blocks_.size()) {
      const std::string& packed = spool_.blocks_[block_++];
      text_.resize(ZSTD_getFrameContentSize(packed.data(), packed.size()));
      const std::size_t size = ZSTD_decompressDCtx(zstd_->context, text_.data(), text_.size(),
                                                   packed.data(), packed.size());
      MUSTER_CHECK(size == text_.size(), "a block in memory comes back as it went in");
    } else if (block_ == spool_.blocks_.size()) {
      ++block_;
      text_ = spool_.open_;
    } else {
      return false;
    }
  }
  const std::size_t end = text_.find('\n', at_);
  object = std::string_view(text_).substr(at_, end - at_);
  at_ = end + 1;
  return true;
}

}  // namespace muster::run
