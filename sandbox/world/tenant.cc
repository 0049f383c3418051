#include "sandbox/world/tenant.h"

#include <algorithm>

#include "sandbox/append.h"

namespace muster::sandbox::world {

std::uint32_t domain_count() { return 3; }
std::uint32_t policy_count() { return 4; }

AdministrativeUnit::AdministrativeUnit(const World& of, std::uint32_t number)
    : world(of),
      index(number),
      id(of.id(Kind::kAdministrativeUnit, number)),
      bits(of.bits(Kind::kAdministrativeUnit, number, 0)),
      place(&places()[number % places().size()]),
      hidden(number % 11 == 10),
      dynamic(bits >> 8 & 1),
      users_(std::min<std::uint32_t>(of.sizes().users, 20 + bits % 30)),
      groups_(std::min<std::uint32_t>(of.sizes().groups, 2)),
      devices_(std::min<std::uint32_t>(of.sizes().devices, 3)) {}

Reference AdministrativeUnit::member(std::uint32_t position) const {
  const auto wrap = [&](std::uint32_t population) {
    return static_cast<std::uint32_t>(((bits >> 16) + position) % population);
  };
  if (position < users_) return {Kind::kUser, wrap(world.sizes().users)};
  if (position < users_ + groups_) return {Kind::kGroup, wrap(world.sizes().groups)};
  return {Kind::kDevice, wrap(world.sizes().devices)};
}

Contact::Contact(const World& of, std::uint32_t number)
    : world(of),
      index(number),
      id(of.id(Kind::kContact, number)),
      bits(of.bits(Kind::kContact, number, 0)),
      given(&given_names()[bits % given_names().size()]),
      surname(&surnames()[(bits >> 16) % surnames().size()]) {}

void Contact::append_mail(std::string& out) const {
  out += given->slug;
  out += '.';
  out += surname->slug;
  append_number(out, index);
  out += "@partner.example";
}

}  // namespace muster::sandbox::world
