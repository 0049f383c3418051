#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "base/text.h"

namespace muster::net {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say "gzip framing, largest window"
constexpr int kRawWindow = -15;       // no framing at all

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

class Inflater {
 public:
  Inflater() { MUSTER_CHECK(inflateInit2(&stream_, kGzipWindow) == Z_OK, "zlib starts"); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream* operator->() { return &stream_; }
  z_stream& get() { return stream_; }

 private:
  z_stream stream_{};
};

Error too_large(std::size_t limit) {
  return {ErrorKind::kLimit, "source_protocol",
          "A compressed answer grew beyond " + base::format_bytes(limit) + " when unpacked."};
}

std::size_t cap_for(std::size_t packed, std::size_t limit) {
  constexpr std::size_t kAlwaysAllowed = std::size_t{1} << 20;
  const std::size_t by_ratio = std::max(kAlwaysAllowed, packed * kMostExpansion);
  return std::min(limit, by_ratio);
}

std::string packed(std::string_view plain, int window) {
  z_stream stream{};
  MUSTER_CHECK(deflateInit2(&stream, 1, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK,
               "zlib starts");
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = bytes_of(plain);
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  const int outcome = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  MUSTER_CHECK(outcome == Z_STREAM_END, "deflateBound was enough");
  return out;
}

}  // namespace

std::string gzip(std::string_view plain) { return packed(plain, kGzipWindow); }

std::string deflated(std::string_view plain) { return packed(plain, kRawWindow); }

base::Result<std::string> gunzip(std::string_view packed, std::size_t limit) {
  constexpr std::size_t kUsualRatio = 8;
  const std::size_t cap = cap_for(packed.size(), limit);
  Inflater inflater;
  inflater->next_in = bytes_of(packed);
  inflater->avail_in = static_cast<uInt>(packed.size());
  std::string plain;
  std::size_t length = 0;
  for (;;) {
    if (length == plain.size()) {
      // One byte past the cap shows that there is more without unpacking it.
      if (length > cap) return too_large(cap);
      plain.resize(std::min(cap + 1, std::max(packed.size() * kUsualRatio, length * 2)));
    }
    inflater->next_out = bytes_of(plain) + length;
    inflater->avail_out = static_cast<uInt>(plain.size() - length);
    const int outcome = inflate(&inflater.get(), Z_NO_FLUSH);
    length = plain.size() - inflater->avail_out;
    if (outcome == Z_STREAM_END) {
      if (inflater->avail_in == 0) break;
      inflateReset(&inflater.get());  // RFC 1952 allows several members in a row
    } else if (outcome != Z_OK || (inflater->avail_in == 0 && inflater->avail_out != 0)) {
      return Error{ErrorKind::kUnavailable, "source_unavailable",
                   "A compressed answer was cut off or damaged on its way."};
    }
  }
  if (length > cap) return too_large(cap);
  plain.resize(length);
  return plain;
}

std::string gunzip_beginning(std::string_view packed, std::size_t most) {
  Inflater inflater;
  inflater->next_in = bytes_of(packed);
  inflater->avail_in = static_cast<uInt>(packed.size());
  std::string plain(most, '\0');
  inflater->next_out = bytes_of(plain);
  inflater->avail_out = static_cast<uInt>(plain.size());
  inflate(&inflater.get(), Z_SYNC_FLUSH);
  plain.resize(plain.size() - inflater->avail_out);
  return plain;
}

bool accepts_gzip(std::string_view accept_encoding) {
  for (const std::string_view item : base::split(accept_encoding, ',')) {
    const std::size_t semicolon = item.find(';');
    const std::string_view coding = base::trim(item.substr(0, semicolon));
    if (!base::equals_ignoring_case(coding, "gzip") && coding != "*") continue;
    if (semicolon == std::string_view::npos) return true;
    std::string_view weight = base::trim(item.substr(semicolon + 1));
    if (!weight.starts_with("q=")) return true;
    weight.remove_prefix(2);
    return base::parse_double(weight).value_or(0) > 0;
  }
  return false;
}

}  // namespace muster::net
