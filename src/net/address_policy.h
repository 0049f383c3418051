// Which network addresses may be reached (invariant I15).
//
// Public addresses always. Private ranges (RFC 1918, ULA) and loopback only with
// Trust::allow_private_address. Link-local, metadata (169.254.169.254, fd00:ec2::254), multicast,
// unspecified, broadcast, documentation, benchmark and CGNAT ranges never; IPv4 inside IPv6
// (mapped, 6to4, NAT64, Teredo) is judged as the IPv4 address it carries.
#pragma once

#include <string>
#include <string_view>

struct sockaddr;

namespace muster::net {

enum class AddressClass { kPublic, kPrivate, kLoopback, kForbidden };

AddressClass classify(const sockaddr& address);
AddressClass classify(std::string_view numeric);  // "10.0.0.1", "::1"; not numeric: kForbidden

bool is_allowed(AddressClass address_class, bool allow_private);

}  // namespace muster::net
