// SHA-256 of bytes that are no secret.
#pragma once

#include <array>
#include <string_view>

namespace muster::crypto {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

}  // namespace muster::crypto
