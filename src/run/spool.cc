#include "run/spool.h"

#include <zstd.h>

#include <atomic>
#include <bit>

#include "base/check.h"
#include "json/scan.h"

namespace muster::run {

namespace {

// Large enough for what repeats to compress away, small enough to be cheap to hold twice.
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
// What all spools of the process together may keep without compressing it. Enough for 60,000 users
// with 30 attributes; compressing those would be an eighth of a run's work.
constexpr std::size_t kMostPlain = std::size_t{28} << 20;
std::atomic<std::size_t> plain_in_process{0};
// The fast end of zstd while there is little; later memory counts more than time.
constexpr int kFastLevel = -1;
constexpr int kSmallLevel = 1;
constexpr std::size_t kFastBlocks = 128;

// Names are bytes below 0x20, which JSON text never holds: the first ones one byte, further ones
// kFurther and another byte.
constexpr char kEndOfObject = '\n';
constexpr char kFurther = 0x1F;
constexpr std::uint32_t kShortNames = 29;  // 0x01 to 0x1E without the end of an object
constexpr std::uint32_t kMostNames = kShortNames + 0xE0;

void append_code(std::string& out, std::uint32_t name) {
  if (name >= kShortNames) {
    out += kFurther;
    out += static_cast<char>(name - kShortNames + 0x20);
    return;
  }
  const std::uint32_t code = name + 1;
  out += static_cast<char>(code < kEndOfObject ? code : code + 1);
}

// The next byte below 0x20.
std::size_t find_code(std::string_view text, std::size_t at) {
  for (; at + 8 <= text.size(); at += 8) {
    const std::uint64_t found = json::scan::below(json::scan::load(text.data() + at), 0x20);
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20) ++at;
  return at;
}

}  // namespace

struct Spool::Zstd {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ~Zstd() { ZSTD_freeCCtx(context); }
};

struct Spool::Reader::Zstd {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~Zstd() { ZSTD_freeDCtx(context); }
};

Spool::Spool(std::vector<std::string> names) : names_(std::move(names)) {}
Spool::~Spool() { clear(); }

void Spool::add(std::string_view object, std::span<const NamePlace> places) {
  if (open_.capacity() < kBlockBytes) open_.reserve(kBlockBytes + (kBlockBytes >> 2));
  append_short(object, places);
  open_ += kEndOfObject;
  ++size_;
  if (open_.size() >= kBlockBytes) close_block();
}

void Spool::append_short(std::string_view object, std::span<const NamePlace> places) {
  std::size_t copied = 0;
  for (const NamePlace& place : places) {
    if (place.name >= kMostNames) continue;
    open_ += object.substr(copied, place.at - copied);
    append_code(open_, place.name);
    copied = place.at + names_[place.name].size();
  }
  open_ += object.substr(copied);
}

void Spool::append_long(std::string& out, std::string_view text) const {
  std::size_t copied = 0;
  for (std::size_t at = 0; (at = find_code(text, at)) < text.size();) {
    const auto code = static_cast<unsigned char>(text[at]);
    if (code == kEndOfObject) {
      ++at;
      continue;
    }
    out.append(text, copied, at - copied);
    ++at;
    if (code == kFurther) {
      out += names_[kShortNames + static_cast<unsigned char>(text[at++]) - 0x20];
    } else {
      out += names_[code < kEndOfObject ? code - 1U : code - 2U];
    }
    copied = at;
  }
  out.append(text, copied);
}

void Spool::close_block() {
  if (!compresses_) {
    compresses_ = plain_in_process.fetch_add(open_.size()) + open_.size() > kMostPlain;
    plain_bytes_ += open_.size();
    blocks_.emplace_back(open_);
    if (compresses_) compress_plain_blocks();
  } else {
    blocks_.push_back(compress(open_));
  }
  open_.clear();
}

void Spool::compress_plain_blocks() {
  for (std::string& block : blocks_) block = compress(block);
  plain_in_process -= std::exchange(plain_bytes_, 0);
}

std::string Spool::compress(const std::string& text) {
  if (!zstd_) zstd_ = std::make_unique<Zstd>();
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const int level = blocks_.size() < kFastBlocks ? kFastLevel : kSmallLevel;
  const std::size_t size = ZSTD_compressCCtx(zstd_->context, packed.data(), packed.size(),
                                             text.data(), text.size(), level);
  MUSTER_CHECK(!ZSTD_isError(size), "compressing a block in memory works");
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

void Spool::clear() {
  open_.clear();
  blocks_.clear();
  plain_in_process -= std::exchange(plain_bytes_, 0);
  compresses_ = false;
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
    if (!open_block()) return false;
  }
  const std::size_t end = text_.find(kEndOfObject, at_);
  object = std::string_view(text_).substr(at_, end - at_);
  at_ = end + 1;
  return true;
}

bool Spool::Reader::open_block() {
  if (block_ > spool_.blocks_.size()) return false;
  at_ = 0;
  text_.clear();
  if (block_ == spool_.blocks_.size()) {
    spool_.append_long(text_, spool_.open_);
  } else if (!spool_.compresses_) {
    spool_.append_long(text_, spool_.blocks_[block_]);
  } else {
    const std::string& packed = spool_.blocks_[block_];
    packed_.resize(ZSTD_getFrameContentSize(packed.data(), packed.size()));
    const std::size_t size = ZSTD_decompressDCtx(zstd_->context, packed_.data(), packed_.size(),
                                                 packed.data(), packed.size());
    MUSTER_CHECK(size == packed_.size(), "a block in memory comes back as it went in");
    spool_.append_long(text_, packed_);
  }
  ++block_;
  return true;
}

}  // namespace muster::run
