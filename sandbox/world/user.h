// One account of a world, worked out from its number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/world/names.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::world {

struct User {
  enum class Type : std::uint8_t { kPerson, kGuest, kService, kRoom };

  User(const World& world, std::uint32_t index);

  const World& world;
  std::uint32_t index;
  Guid id;
  std::uint64_t bits;  // draws for single attributes; each user of it takes bits of its own
  std::uint64_t more;
  Type type;
  bool enabled;
  bool synced;   // comes from an on-premises directory
  bool pending;  // a guest who has not accepted yet
  const Name* given;
  const Name* surname;
  const Place* place;
  const Department* department;
  std::string_view job_title;
  std::int64_t created;  // Unix seconds; 0: unknown, as for accounts before 2018
  std::int64_t password_changed;

  bool is_person() const { return type == Type::kPerson; }
  bool is_guest() const { return type == Type::kGuest; }
  bool has_mail() const;
  bool has_mobile() const { return is_person() && (more & 3) == 0; }
  // Everybody but the first person, guests and machines: the manager has a lower number, so that
  // the lines of command are a tree.
  std::optional<std::uint32_t> manager() const;
  bool has_licence(std::size_t sku) const;
  // Nullopt: never signed in.
  std::optional<std::int64_t> last_sign_in() const;

  // Text without quotes; only the display name may need escapes.
  void append_display_name(std::string& out) const;
  void append_principal_name(std::string& out) const;
  void append_mail(std::string& out) const;          // only if has_mail()
  void append_account_name(std::string& out) const;  // unique, ASCII: "mia.solberg17"
};

}  // namespace muster::sandbox::world
