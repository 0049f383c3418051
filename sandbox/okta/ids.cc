#include "sandbox/okta/ids.h"

#include "sandbox/world/guid.h"

namespace muster::sandbox::okta {
namespace {

constexpr std::string_view kPrefixes[] = {"00u", "00g", "0oa", "guo", "cr0"};
constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kEnd = "0h7";
constexpr int kIndexDigits = 6;  // 62^6 > 2^32
constexpr int kHashDigits = 8;
constexpr std::uint32_t kFactor = 0x9E3779B1;  // odd: multiplying can be undone

constexpr std::uint32_t inverse(std::uint32_t odd) {
  std::uint32_t result = odd;
  for (int round = 0; round < 5; ++round) result *= 2 - odd * result;
  return result;
}
static_assert(kFactor * inverse(kFactor) == 1);

void append_digits(std::string& out, std::uint64_t value, int count) {
  for (; count > 0; --count, value /= kDigits.size()) out += kDigits[value % kDigits.size()];
}

}  // namespace

Ids::Ids(std::uint64_t seed) : seed_(world::mix(seed ^ 0x6F6B7461)) {}

std::string Ids::make(Kind kind, std::uint32_t index) const {
  std::string id(kPrefixes[static_cast<std::size_t>(kind)]);
  append_digits(id, (index ^ static_cast<std::uint32_t>(seed_)) * kFactor, kIndexDigits);
  const auto of_kind = static_cast<std::uint64_t>(kind) << 32;
  append_digits(id, world::mix(seed_ ^ of_kind ^ index), kHashDigits);
  id += kEnd;
  return id;
}

std::optional<std::uint32_t> Ids::read(Kind kind, std::string_view id) const {
  const std::string_view prefix = kPrefixes[static_cast<std::size_t>(kind)];
  if (id.size() != prefix.size() + kIndexDigits + kHashDigits + kEnd.size()) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t at = prefix.size() + kIndexDigits; at > prefix.size(); --at) {
    const std::size_t digit = kDigits.find(id[at - 1]);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * kDigits.size() + digit;
  }
  const std::uint32_t index =
      static_cast<std::uint32_t>(value) * inverse(kFactor) ^ static_cast<std::uint32_t>(seed_);
  if (make(kind, index) != id) return std::nullopt;
  return index;
}

}  // namespace muster::sandbox::okta
