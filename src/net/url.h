// URLs as muster needs them: taking apart, comparing origins, encoding. Nothing is ever normalised:
// what a source sent as a next link is sent back byte for byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace muster::net {

struct Url {
  std::string scheme;      // lower case
  std::string user_info;   // anything before '@'
  std::string host;        // lower case, without brackets
  std::uint16_t port = 0;  // explicit or the scheme's default
  std::string path;        // as written, at least "/"
  std::string query;       // without '?'
};

// kSettings when it is not an absolute http(s) URL, holds control characters, blanks or '\', or has
// a fragment.
base::Result<Url> parse_url(std::string_view text);

// May a credential issued for `base` go to `link`? Same scheme, host and port, no user-info, and
// the path starts with base's path at a segment border, without "." or ".." segments (also
// encoded). Error: kDenied, reason `foreign_link`, naming who sent it and what differs.
base::Status check_same_origin(std::string_view base_url, std::string_view link,
                               std::string_view sender = "The source");

std::string without_query(std::string_view url);  // for messages; without user-info, too
std::string without_trailing_slashes(std::string_view url);

}  // namespace muster::net
