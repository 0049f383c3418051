// HMAC-SHA256 (RFC 2104): 32 bytes that only whoever has the secret can make of a text.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace muster::crypto {

std::string hmac_sha256(const base::Secret& secret, std::string_view text);

}  // namespace muster::crypto
