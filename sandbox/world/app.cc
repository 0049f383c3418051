#include "sandbox/world/app.h"

#include <algorithm>

#include "sandbox/append.h"

namespace muster::sandbox::world {
namespace {

constexpr std::string_view kProducts[] = {"Expenses",  "Payroll",   "Wiki", "Tickets",
                                          "Design",    "Backup",    "Chat", "Analytics",
                                          "Scheduler", "Signatures"};
constexpr std::string_view kVendors[] = {"Contoso", "Fabrikam", "Northwind", "Tailspin", "Adatum"};

std::optional<Reference> principal_of(const World& world, std::uint32_t resource,
                                      std::uint32_t position) {
  const std::uint64_t draw = world.bits(Kind::kServicePrincipal, resource, 5);
  if (position == 3 && resource % 25 == 3) return std::nullopt;
  if (position % 10 == 1 && position / 10 < world.sizes().groups) {
    return Reference{Kind::kGroup,
                     static_cast<std::uint32_t>((draw + position / 10) % world.sizes().groups)};
  }
  return Reference{Kind::kUser,
                   static_cast<std::uint32_t>((draw + position) % world.sizes().users)};
}

}  // namespace

ServicePrincipal::ServicePrincipal(const World& of, std::uint32_t number)
    : world(of),
      index(number),
      id(of.id(Kind::kServicePrincipal, number)),
      bits(of.bits(Kind::kServicePrincipal, number, 0)) {}

void ServicePrincipal::append_name(std::string& out) const {
  if (!is_own()) {
    out += kVendors[bits % std::size(kVendors)];
    out += ' ';
  }
  out += kProducts[bits >> 8 & 0xFF ? (bits >> 8 & 0xFF) % std::size(kProducts) : 0];
  out += ' ';
  append_number(out, index);
}

std::uint32_t assignment_count(const World& world, std::uint32_t service_principal) {
  if (world.sizes().users == 0) return 0;
  // The first one is open to everybody and needs several pages; the rest are small.
  const std::uint64_t draw = world.bits(Kind::kServicePrincipal, service_principal, 4);
  const std::uint64_t wanted = service_principal == 0 ? 2500 : draw % 5 == 0 ? 0 : draw % 97;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>({wanted, world.sizes().users, kAssignmentStride - 1}));
}

Assignment::Assignment(const World& of, std::uint32_t of_number)
    : world(of),
      number(of_number),
      resource(of, of_number / kAssignmentStride),
      principal(principal_of(of, of_number / kAssignmentStride, of_number % kAssignmentStride)),
      bits(mix(of.bits(Kind::kOther, of_number, 6))) {}

}  // namespace muster::sandbox::world
