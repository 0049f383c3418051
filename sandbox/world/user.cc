#include "sandbox/world/user.h"

#include "sandbox/append.h"

namespace muster::sandbox::world {
namespace {

constexpr std::int64_t kDay = 86'400;

User::Type type_of(std::uint32_t index, std::uint64_t bits) {
  if (index == 0) return User::Type::kPerson;  // the head of the tree of managers
  const std::uint64_t draw = bits % 1000;
  if (draw < 40) return User::Type::kGuest;
  if (draw < 55) return User::Type::kService;
  if (draw < 65) return User::Type::kRoom;
  return User::Type::kPerson;
}

template <typename List>
const auto* pick(const List& list, std::uint64_t draw) {
  return &list[draw % list.size()];
}

}  // namespace

User::User(const World& of, std::uint32_t number)
    : world(of),
      index(number),
      id(of.id(Kind::kUser, number)),
      bits(of.bits(Kind::kUser, number, 0)),
      more(of.bits(Kind::kUser, number, 1)),
      type(type_of(number, bits)),
      enabled(type == Type::kRoom ? false : number == 0 || bits >> 10 & 15),
      synced(type == Type::kPerson && bits >> 14 & 1),
      pending(type == Type::kGuest && (bits >> 15 & 3) == 0),
      given(pick(given_names(), bits >> 17 & 0xFFFF)),
      surname(pick(surnames(), bits >> 33 & 0xFFFF)),
      place(pick(places(), bits >> 49 & 0xFF)),
      department(pick(departments(), bits >> 57)),
      job_title(*pick(department->job_titles, more >> 4 & 0xFF)),
      created((more >> 12 & 31) == 0
                  ? 0
                  : kWorldEnd - kDay - static_cast<std::int64_t>((more >> 17) % (2800 * kDay))),
      password_changed(kWorldEnd - kDay - static_cast<std::int64_t>((more >> 21) % (400 * kDay))) {}

bool User::has_mail() const {
  switch (type) {
    case Type::kService: return false;
    case Type::kGuest: return (more >> 40 & 7) != 0;
    case Type::kRoom: return true;
    case Type::kPerson: return (more >> 40 & 31) != 0;
  }
  return false;
}

std::optional<std::uint32_t> User::manager() const {
  if (index == 0 || type != Type::kPerson) return std::nullopt;
  return static_cast<std::uint32_t>(index / (6 + (more >> 44 & 3)));
}

bool User::has_licence(std::size_t sku) const {
  if (type != Type::kPerson) return false;
  // E5, E3 and the first-line plan exclude each other; everything else is drawn by itself.
  const auto plan = static_cast<std::uint32_t>(world.bits(Kind::kUser, index, 2) % 100);
  if (sku == 0) return plan < skus()[0].percent;
  if (sku == 1) return plan >= skus()[0].percent && plan < skus()[0].percent + skus()[1].percent;
  if (sku == 7) return plan >= 100 - skus()[7].percent;
  return world.bits(Kind::kUser, index, 16 + static_cast<std::uint32_t>(sku)) % 100 <
         skus()[sku].percent;
}

std::optional<std::int64_t> User::last_sign_in() const {
  const std::uint64_t draw = world.bits(Kind::kUser, index, 3);
  if (type == Type::kRoom || pending || draw % 20 == 0) return std::nullopt;
  return kWorldEnd - static_cast<std::int64_t>((draw >> 8) % (200 * kDay)) - 1;
}

void User::append_display_name(std::string& out) const {
  if (type == Type::kService) {
    out += "svc-";
    out += department->short_name;
    out += '-';
    return append_number(out, index);
  }
  if (type == Type::kRoom) {
    out += "Meeting room ";
    out += place->city;
    out += ' ';
    return append_number(out, index);
  }
  out += given->text;
  out += ' ';
  // Quotes and backslashes happen in display names people type themselves.
  if (more >> 48 == 0x0123) out += "\"Ace\" \\ ";
  out += surname->text;
  if (is_guest())
    out += " (Guest)";
  else if ((more >> 46) % 199 == 0)
    out += " 🚀";
}

void User::append_account_name(std::string& out) const {
  if (type == Type::kService) {
    out += "svc-";
    out += department->short_name;
  } else if (type == Type::kRoom) {
    out += "room-";
    out += place->country_code;
  } else {
    out += given->slug;
    out += '.';
    out += surname->slug;
  }
  append_number(out, index);
}

void User::append_principal_name(std::string& out) const {
  append_account_name(out);
  if (is_guest()) out += "_partner.example#EXT#";
  out += '@';
  out += type == Type::kPerson ? world.domain() : world.initial_domain();
}

void User::append_mail(std::string& out) const {
  append_account_name(out);
  out += '@';
  out += is_guest() ? "partner.example" : world.domain();
}

}  // namespace muster::sandbox::world
