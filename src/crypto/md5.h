// MD5, for what asks for it by name (Content-MD5): it finds bytes that were damaged on the way, and
// protects against nobody.
#pragma once

#include <string>
#include <string_view>

namespace muster::crypto {

// 16 bytes; "" where this machine's OpenSSL has none (FIPS).
std::string md5(std::string_view bytes);

}  // namespace muster::crypto
