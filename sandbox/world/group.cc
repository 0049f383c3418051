#include "sandbox/world/group.h"

#include <algorithm>

#include "sandbox/append.h"

namespace muster::sandbox::world {
namespace {

constexpr std::int64_t kDay = 86'400;

Group::Type type_of(const World& world, std::uint32_t index, std::uint64_t bits) {
  if (world.memberships().nests(index)) {
    return (bits & 7) == 0 ? Group::Type::kMailSecurity : Group::Type::kSecurity;
  }
  return (bits & 7) < 2 ? Group::Type::kDistribution : Group::Type::kUnified;
}

}  // namespace

Group::Group(const World& of, std::uint32_t number)
    : world(of),
      index(number),
      id(of.id(Kind::kGroup, number)),
      bits(of.bits(Kind::kGroup, number, 0)),
      more(of.bits(Kind::kGroup, number, 1)),
      special(of.memberships().special(number)),
      type(special == Special::kHidden || special == Special::kEveryone
               ? Type::kUnified
               : type_of(of, number, bits)),
      hidden(special == Special::kHidden ||
             (special == Special::kNone && type == Type::kUnified && (bits >> 3 & 63) == 0)),
      dynamic(special == Special::kNone && (bits >> 9 & 15) == 0 && type != Type::kDistribution),
      synced(type != Type::kUnified && (bits >> 13 & 3) == 0),
      team(type == Type::kUnified && (bits >> 15 & 1)),
      role_assignable(type == Type::kSecurity && (bits >> 16 & 31) == 0),
      department(&departments()[(bits >> 21 & 0xFF) % departments().size()]),
      place(&places()[(bits >> 29 & 0xFF) % places().size()]),
      created(kWorldEnd - kDay - static_cast<std::int64_t>((more >> 8) % (2000 * kDay))) {}

std::uint32_t Group::owner_count() const {
  // Every 64th group has more owners than $expand shows (20).
  const std::uint32_t wanted =
      (bits >> 37 & 63) == 0 ? 25 : static_cast<std::uint32_t>(bits >> 43 & 3);
  return std::min(wanted, world.sizes().users);
}

std::uint32_t Group::owner(std::uint32_t position) const {
  return static_cast<std::uint32_t>((more % world.sizes().users + position) % world.sizes().users);
}

void Group::append_display_name(std::string& out) const {
  switch (special) {
    case Special::kEveryone: out += "All Company"; return;
    case Special::kEmpty: out += "SG-Nobody"; return;
    case Special::kHidden: out += "Board room"; return;
    case Special::kCycleA: out += "SG-Cycle-A"; return;
    case Special::kCycleB: out += "SG-Cycle-B"; return;
    case Special::kFiveKinds: out += "SG-Everything"; return;
    case Special::kNested: out += "SG-Nested"; return;
    case Special::kNone: break;
  }
  if (type == Type::kUnified) {
    out += department->name;
    out += ' ';
    out += place->city;
    if ((more & 63) == 0) out += " 🎉";
  } else {
    out += type == Type::kDistribution ? "DL-" : "SG-";
    out += department->short_name;
  }
  out += ' ';
  append_number(out, index);
}

void Group::append_nickname(std::string& out) const {
  out += security_enabled() ? "sg-" : "team-";
  out += department->short_name;
  out += '-';
  append_number(out, index);
}

}  // namespace muster::sandbox::world
