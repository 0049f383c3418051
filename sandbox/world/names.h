// The words people, places and machines of a world are named with. All are valid UTF-8 without
// quotes, backslashes or control characters; some hold right-to-left script, emoji or characters
// beyond the basic plane, because real directories do.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace muster::sandbox::world {

struct Name {
  std::string_view text;
  std::string_view slug;  // for mail addresses
};

struct Place {
  std::string_view city, state, country, country_code, language, postal_code, street, phone_prefix;
};

struct Department {
  std::string_view name;
  std::string_view short_name;
  std::string_view cost_center;
  std::span<const std::string_view> job_titles;
};

std::span<const Name> given_names();
std::span<const Name> surnames();
std::span<const Place> places();
std::span<const Department> departments();

// A product name a licence stands for; ids as Microsoft publishes them, the last one is made up.
struct Sku {
  std::string_view id, part_number;
  std::uint32_t percent;  // of the people who have it
};
std::span<const Sku> skus();

}  // namespace muster::sandbox::world
