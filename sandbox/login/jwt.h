// A signed token taken apart; nothing of it is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/value.h"

namespace muster::sandbox::login {

struct Jwt {
  json::Document header, payload;
};
// Nullopt when it is no JWT with a JSON object in both parts.
std::optional<Jwt> decode_jwt(std::string_view token);

std::string text_of(const json::Document& part, std::string_view key);
std::optional<std::int64_t> number_of(const json::Document& part, std::string_view key);

}  // namespace muster::sandbox::login
