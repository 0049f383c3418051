#include "net/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace muster::net {
namespace {

using enum AddressClass;

struct Range4 {
  std::uint32_t network;
  int bits;
  AddressClass address_class;
};

constexpr std::uint32_t ip4(int a, int b, int c, int d) {
  return static_cast<std::uint32_t>(a) << 24 | static_cast<std::uint32_t>(b) << 16 |
         static_cast<std::uint32_t>(c) << 8 | static_cast<std::uint32_t>(d);
}

// https://www.iana.org/assignments/iana-ipv4-special-registry
constexpr Range4 kRanges4[] = {
    {ip4(0, 0, 0, 0), 8, kForbidden},      // this network
    {ip4(10, 0, 0, 0), 8, kPrivate},       //
    {ip4(100, 64, 0, 0), 10, kForbidden},  // carrier-grade NAT; holds one cloud's metadata service
    {ip4(127, 0, 0, 0), 8, kLoopback},     //
    {ip4(168, 63, 129, 16), 32, kForbidden},  // Azure's host agent:
    // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    {ip4(169, 254, 0, 0), 16, kForbidden},   // link-local with the metadata services
    {ip4(172, 16, 0, 0), 12, kPrivate},      //
    {ip4(192, 0, 0, 0), 24, kForbidden},     // protocol assignments
    {ip4(192, 0, 2, 0), 24, kForbidden},     // documentation
    {ip4(192, 88, 99, 0), 24, kForbidden},   // 6to4 relays
    {ip4(192, 168, 0, 0), 16, kPrivate},     //
    {ip4(198, 18, 0, 0), 15, kForbidden},    // benchmarks
    {ip4(198, 51, 100, 0), 24, kForbidden},  // documentation
    {ip4(203, 0, 113, 0), 24, kForbidden},   // documentation
    {ip4(224, 0, 0, 0), 4, kForbidden},      // multicast
    {ip4(240, 0, 0, 0), 4, kForbidden},      // reserved and broadcast
};

AddressClass classify4(std::uint32_t address) {
  for (const Range4& range : kRanges4) {
    if ((address ^ range.network) >> (32 - range.bits) == 0) return range.address_class;
  }
  return kPublic;
}

using Bytes6 = std::array<std::uint8_t, 16>;

Bytes6 ip6(const char* text) {
  Bytes6 bytes{};
  inet_pton(AF_INET6, text, bytes.data());
  return bytes;
}

bool is_within(const Bytes6& address, const Bytes6& network, int bits) {
  const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + whole, network.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
}

std::uint32_t ip4_at(const Bytes6& address, std::size_t position) {
  return ip4(address[position], address[position + 1], address[position + 2],
             address[position + 3]);
}

// The IPv4 address that packets to this IPv6 address end up at.
std::optional<std::uint32_t> carried_ip4(const Bytes6& address) {
  static const Bytes6 mapped = ip6("::ffff:0:0");
  static const Bytes6 nat64 = ip6("64:ff9b::");
  static const Bytes6 six_to_four = ip6("2002::");
  static const Bytes6 teredo = ip6("2001::");
  if (is_within(address, mapped, 96) || is_within(address, nat64, 96)) return ip4_at(address, 12);
  if (is_within(address, six_to_four, 16)) return ip4_at(address, 2);
  if (is_within(address, teredo, 32)) return ~ip4_at(address, 12);  // RFC 4380 inverts the bits
  return std::nullopt;
}

struct Range6 {
  Bytes6 network;
  int bits;
  AddressClass address_class;
};

// https://www.iana.org/assignments/iana-ipv6-special-registry; first match wins.
AddressClass classify6(const Bytes6& address) {
  static const Range6 ranges[] = {
      {ip6("::1"), 128, kLoopback},
      {ip6("fd00:ec2::254"), 128, kForbidden},  // metadata services of two clouds
      {ip6("fd20:ce::254"), 128, kForbidden},   //
      {ip6("fc00::"), 7, kPrivate},             //
      {ip6("2001:2::"), 48, kForbidden},        // benchmarks
      {ip6("2001:10::"), 28, kForbidden},       // ORCHID
      {ip6("2001:20::"), 28, kForbidden},       // ORCHID version 2
      {ip6("2001:db8::"), 32, kForbidden},      // documentation
      {ip6("3fff::"), 20, kForbidden},          // documentation
      {ip6("2000::"), 3, kPublic},              // all that is given out so far
  };
  if (const auto carried = carried_ip4(address)) return classify4(*carried);
  for (const Range6& range : ranges) {
    if (is_within(address, range.network, range.bits)) return range.address_class;
  }
  return kForbidden;  // unspecified, link-local, site-local, multicast, discard, unassigned
}

}  // namespace

AddressClass classify(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return classify4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    Bytes6 bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return classify6(bytes);
  }
  return kForbidden;
}

AddressClass classify(std::string_view numeric) {
  if (numeric.find('\0') != std::string_view::npos) return kForbidden;
  const std::string text(numeric);
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return classify4(ntohl(four.s_addr));
  Bytes6 six{};
  if (inet_pton(AF_INET6, text.c_str(), six.data()) == 1) return classify6(six);
  return kForbidden;
}

bool is_allowed(AddressClass address_class, bool allow_private) {
  switch (address_class) {
    case kPublic: return true;
    case kPrivate:
    case kLoopback: return allow_private;
    case kForbidden: return false;
  }
  return false;
}

}  // namespace muster::net
