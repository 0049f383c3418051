#include "base/id.h"

#include <fmt/format.h>

namespace muster::base {
namespace {

std::string format_uuid(std::uint64_t high, std::uint64_t low) {
  constexpr std::uint64_t kVariant = std::uint64_t{0b10} << 62;
  low = (low >> 2) | kVariant;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffff'ffff'ffff);
}

}  // namespace

std::string make_time_id(WallTime now, Random& random) {
  const auto microseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::uint64_t milliseconds = microseconds / 1000;
  // The fraction of the millisecond comes before the random part, so that ids made within one
  // millisecond sort too (RFC 9562 section 6.2, method 3).
  const std::uint64_t fraction = microseconds % 1000 * 4096 / 1000;
  const std::uint64_t high = (milliseconds << 16) | 0x7000 | fraction;
  return format_uuid(high, random.next());
}

std::string make_random_id(Random& random) {
  const std::uint64_t high = (random.next() & ~std::uint64_t{0xf000}) | 0x4000;
  return format_uuid(high, random.next());
}

}  // namespace muster::base
