#include "sandbox/world/sizes.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace muster::sandbox::world {
namespace {

using base::Error;
using base::ErrorKind;

// What is generated is numbered with 32 bits, assignments by service principal x 4096. The README
// promises as much.
constexpr std::uint32_t kMostOfAnything = 1'000'000;

struct Field {
  std::string_view name;
  std::uint32_t Sizes::*count;
};

constexpr Field kFields[] = {
    {"users", &Sizes::users},
    {"groups", &Sizes::groups},
    {"devices", &Sizes::devices},
    {"contacts", &Sizes::contacts},
    {"applications", &Sizes::applications},
    {"service_principals", &Sizes::service_principals},
    {"administrative_units", &Sizes::administrative_units},
    {"programs", &Sizes::programs},
};

Error wrong(std::string message) {
  return Error{ErrorKind::kSettings, "sandbox_sizes", std::move(message)};
}

Error too_many(std::string_view name, std::uint64_t count) {
  return wrong(fmt::format("{}={} is more than this sandbox makes; at most {}={}", name, count,
                           name, kMostOfAnything));
}

base::Status set_size(Sizes& sizes, std::string_view name, std::uint64_t count) {
  if (name == "memberships") {
    sizes.memberships = count;
    return {};
  }
  for (const Field& field : kFields) {
    if (field.name != name) continue;
    if (count > kMostOfAnything) return too_many(name, count);
    sizes.*field.count = static_cast<std::uint32_t>(count);
    return {};
  }
  std::vector<std::string> names = {"memberships"};
  for (const Field& field : kFields) names.emplace_back(field.name);
  return wrong(fmt::format("'{}' is no size; there are {}", name, fmt::join(names, ", ")));
}

}  // namespace

base::Result<Sizes> parse_sizes(std::string_view text, Sizes sizes) {
  for (const std::string_view part : base::split(text, ',')) {
    const std::string_view item = base::trim(part);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    const auto count = equals == std::string_view::npos
                           ? std::nullopt
                           : base::parse_int(base::trim(item.substr(equals + 1)));
    if (!count || *count < 0) {
      return wrong(fmt::format("'{}' should look like users=5000", item));
    }
    TRY(set_size(sizes, base::trim(item.substr(0, equals)), static_cast<std::uint64_t>(*count)));
  }
  TRY(check_sizes(sizes));
  return sizes;
}

base::Status check_sizes(const Sizes& sizes) {
  for (const Field& field : kFields) {
    if (sizes.*field.count > kMostOfAnything) {
      return too_many(field.name, sizes.*field.count);
    }
  }
  const std::uint64_t most = static_cast<std::uint64_t>(sizes.users) * sizes.groups;
  if (sizes.memberships > most) {
    return wrong(fmt::format("{} memberships do not fit: {} users in {} groups make at most {}",
                             sizes.memberships, sizes.users, sizes.groups, most));
  }
  return {};
}

}  // namespace muster::sandbox::world
