// Writing values as Okta does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::sandbox::okta {

// "2025-01-07T09:14:11.000Z" in quotes; null for zero.
void put_time(std::string& out, std::int64_t seconds);
// Okta stores no character of four UTF-8 bytes (no emoji): left out, blanks at the ends too.
std::string storable(std::string_view text);
// "name":"text", and for an empty text null; with a comma before when `out` ends with a value.
void member(std::string& out, std::string_view name, std::string_view text);
void member_time(std::string& out, std::string_view name, std::int64_t seconds);
void member_raw(std::string& out, std::string_view name, std::string_view json);

}  // namespace muster::sandbox::okta
