// Small text helpers shared by every room.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"

namespace muster::base {

// Makes outside text safe for one line of a log or terminal: control characters, bidirectional
// marks and invalid UTF-8 become \n, \u202e, \xNN; longer than `limit` bytes is cut with "...".
std::string printable(std::string_view text, std::size_t limit = 200);

// What a code or an id of somebody else's looks like: letters, digits and "._:/+-", at most 80
// bytes. Sentences and addresses of people do not.
bool is_code(std::string_view text);

bool is_valid_utf8(std::string_view text);
// Replaces each invalid byte by U+FFFD; returns how many were replaced.
std::size_t repair_utf8(std::string& text);

// "2026-11-23T03:00:00.123Z"
std::string format_utc(WallTime time);
// RFC 3339 with up to 9 fraction digits, "Z" or an offset, 'T' or a space; years 0001-9999.
std::optional<WallTime> parse_utc(std::string_view text);

// "5,412"
std::string with_thousands(std::uint64_t number);
// "1 user", "2 users"
std::string count_of(std::uint64_t number, std::string_view singular);
std::string count_of(std::uint64_t number, std::string_view singular, std::string_view plural);
// "850 ms", "7.5 s", "2 min 5 s", "1 h 4 min"
std::string format_duration(Duration duration);
// "812 B", "4.4 MiB"
std::string format_bytes(std::uint64_t bytes);
// "15m", "7d", "90s", "6h", "500ms" -> duration
std::optional<Duration> parse_duration(std::string_view text);

// The closest of `candidates` when it is near enough to be a typing slip.
std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates);

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
// "Display Name", "displayName", "mail-enabled" -> "display_name", "mail_enabled"
std::string snake_case(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII

std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);

std::string base64_encode(std::string_view bytes);
std::string base64url_encode(std::string_view bytes);  // no padding
std::optional<std::string> base64url_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);
std::string percent_encode(std::string_view text);  // RFC 3986 unreserved stay
std::string form_encode(std::string_view text);     // application/x-www-form-urlencoded

}  // namespace muster::base
