#include "source/zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <string>

#include "base/check.h"
#include "base/text.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::uint32_t kEndMark = 0x06054b50;
constexpr std::uint32_t kEntryMark = 0x02014b50;
constexpr std::uint32_t kFileMark = 0x04034b50;
constexpr std::size_t kEndSize = 22, kEntrySize = 46, kFileSize = 30;
constexpr std::size_t kMaxComment = 65'535;
constexpr std::uint32_t kStored = 0, kDeflated = 8, kEncrypted = 1;
constexpr std::uint32_t kInZip64 = 0xffffffff;

Error damaged(std::string_view what) {
  return {ErrorKind::kMalformed, "source_protocol",
          fmt::format("The file that the source prepared cannot be unpacked: {}.", what)};
}

// Little-endian numbers; the caller has checked that they are inside.
std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = size; i-- > 0;)
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}
std::uint32_t four(std::string_view bytes, std::size_t at) { return number_at(bytes, at, 4); }
std::uint32_t two(std::string_view bytes, std::size_t at) { return number_at(bytes, at, 2); }

// What the archive's directory says of its only file.
struct Entry {
  std::uint32_t method = 0, checksum = 0, packed = 0, size = 0, begin = 0;
};

std::optional<std::size_t> find_end(std::string_view archive) {
  if (archive.size() < kEndSize) return std::nullopt;
  const std::size_t last = archive.size() - kEndSize;
  const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (four(archive, at) == kEndMark) return at;
  }
  return std::nullopt;
}

Result<Entry> read_entry(std::string_view archive) {
  const auto end = find_end(archive);
  if (!end) return damaged("it is no ZIP archive, or was cut off");
  if (two(archive, *end + 10) != 1) return damaged("it does not hold exactly one file");
  const std::size_t at = four(archive, *end + 16);
  if (at > archive.size() || archive.size() - at < kEntrySize || four(archive, at) != kEntryMark) {
    return damaged("its directory is not where it should be");
  }
  if (two(archive, at + 8) & kEncrypted) return damaged("it is encrypted");
  Entry entry{.method = two(archive, at + 10),
              .checksum = four(archive, at + 16),
              .packed = four(archive, at + 20),
              .size = four(archive, at + 24),
              .begin = four(archive, at + 42)};
  if (entry.packed == kInZip64 || entry.size == kInZip64 || entry.begin == kInZip64) {
    return damaged("it is larger than 4 GiB");
  }
  if (entry.method != kStored && entry.method != kDeflated) {
    return damaged("its compression is not known here");
  }
  return entry;
}

Result<std::string_view> find_packed(std::string_view archive, const Entry& entry) {
  const std::size_t at = entry.begin;
  if (at > archive.size() || archive.size() - at < kFileSize || four(archive, at) != kFileMark) {
    return damaged("the file is not where the directory says");
  }
  const std::size_t data = at + kFileSize + two(archive, at + 26) + two(archive, at + 28);
  if (data > archive.size() || archive.size() - data < entry.packed) {
    return damaged("the file ends before its end");
  }
  return archive.substr(data, entry.packed);
}

}  // namespace

struct ZipFile::State {
  State(const Entry& of, std::string_view packed) : entry(of) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    if (entry.method == kDeflated) {
      MUSTER_CHECK(inflateInit2(&stream, -MAX_WBITS) == Z_OK, "zlib starts");
    }
  }
  ~State() {
    if (entry.method == kDeflated) inflateEnd(&stream);
  }

  Result<std::string_view> piece() {
    if (entry.method == kStored) {
      const std::size_t size = std::min<std::size_t>(stream.avail_in, buffer.size());
      const std::string_view bytes(reinterpret_cast<const char*>(stream.next_in), size);
      stream.next_in += size;
      stream.avail_in -= static_cast<uInt>(size);
      ended = stream.avail_in == 0;
      return bytes;
    }
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    if (outcome != Z_OK && outcome != Z_STREAM_END) return damaged("its data is broken");
    ended = outcome == Z_STREAM_END;
    return std::string_view(buffer.data(), buffer.size() - stream.avail_out);
  }

  const Entry entry;
  z_stream stream{};
  std::array<char, std::size_t{64} << 10> buffer;
  std::uint64_t unpacked = 0;
  uLong checksum = 0;
  bool ended = false;
};

Result<ZipFile> ZipFile::open(std::string_view archive) {
  const Entry entry = TRY(read_entry(archive));
  const std::string_view packed = TRY(find_packed(archive, entry));
  return ZipFile(std::make_unique<State>(entry, packed));
}

ZipFile::ZipFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipFile::ZipFile(ZipFile&&) noexcept = default;
ZipFile::~ZipFile() = default;

Result<std::optional<std::string_view>> ZipFile::next() {
  State& state = *state_;
  if (state.ended) {
    if (state.unpacked != state.entry.size || state.checksum != state.entry.checksum) {
      return damaged("its length or checksum is not what its directory says");
    }
    return std::optional<std::string_view>();
  }
  const std::string_view piece = TRY(state.piece());
  state.unpacked += piece.size();
  state.checksum = crc32(state.checksum, reinterpret_cast<const Bytef*>(piece.data()),
                         static_cast<uInt>(piece.size()));
  if (state.unpacked > kMaxUnpacked) {
    return Error{ErrorKind::kLimit, "source_protocol",
                 fmt::format("The file that the source prepared has more than {}.",
                             base::format_bytes(kMaxUnpacked))};
  }
  return std::optional(piece);
}

}  // namespace muster::source
