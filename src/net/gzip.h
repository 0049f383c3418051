// gzip for HTTP bodies: packing answers of the server, unpacking answers of sources.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace muster::net {

// Level 1: on JSON it is several times faster than the default and a fifth larger.
std::string gzip(std::string_view plain);
// The same without gzip's frame, as ZIP archives hold it.
std::string deflated(std::string_view plain);

// Unpacks a whole gzip body. Errors: kLimit when it grows beyond `limit` bytes or more than
// kMostExpansion-fold past the first MiB, kUnavailable when it is cut off or damaged.
base::Result<std::string> gunzip(std::string_view packed, std::size_t limit);

// What can be unpacked of a gzip body that is still arriving, at most `most` bytes; damage is left
// for gunzip() to find.
std::string gunzip_beginning(std::string_view packed, std::size_t most);

// JSON full of nulls was seen at 40-fold; a bomb reaches 1,000-fold.
inline constexpr std::size_t kMostExpansion = 200;

// Does an Accept-Encoding header allow gzip?
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace muster::net
