#include "sandbox/world/memberships.h"

#include <algorithm>
#include <numeric>

namespace muster::sandbox::world {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint32_t kBigGroup = 9993;
constexpr std::uint32_t kMostBusyGroups = 500;

// Sizes in real tenants are skewed: a few groups hold most of the rows.
std::uint64_t weight(std::uint64_t bits) { return 1 + 60'000 / ((bits & 1023) + 12); }

// Gives `total` to the slots in proportion to `share`, exactly: each slot gets the difference of
// two rounded running totals. When total <= sum(share), no slot gets more than its share.
template <typename Share, typename Give>
void distribute(std::uint64_t total, std::uint32_t slots, Share share, Give give) {
  Wide sum = 0;
  for (std::uint32_t slot = 0; slot < slots; ++slot) sum += share(slot);
  if (sum == 0) return;
  Wide running = 0;
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    const auto before = static_cast<std::uint64_t>(total * running / sum);
    running += share(slot);
    give(slot, static_cast<std::uint64_t>(total * running / sum) - before);
  }
}

}  // namespace

void Roster::add(const Run& run) {
  if (run.count == 0) return;
  run_[runs_++] = run;
  size_ += run.count;
}

Reference Roster::at(std::uint32_t position) const {
  const Run* run = run_.data();
  while (position >= run->count) position -= (run++)->count;
  auto index = static_cast<std::uint32_t>(
      (run->offset + static_cast<std::uint64_t>(position) * run->stride) % run->population);
  if (run->kind == Kind::kGroup && index >= group_) ++index;
  return {run->kind, index};
}

bool Roster::contains(const Reference& member) const {
  for (std::uint32_t number = 0; number < runs_; ++number) {
    const Run& run = run_[number];
    if (run.kind != member.kind) continue;
    std::uint32_t index = member.index;
    if (run.kind == Kind::kGroup) {
      if (index == group_) return false;
      if (index > group_) --index;
    }
    if (index >= run.population) return false;
    // position * stride = index - offset (mod population): the extended Euclid gives the position.
    std::int64_t inverse = 0, next = 1, rest = run.population,
                 divisor = run.stride % run.population;
    if (run.population == 1) return true;
    while (divisor != 0) {
      const std::int64_t quotient = rest / divisor;
      inverse = std::exchange(next, inverse - quotient * next);
      rest = std::exchange(divisor, rest - quotient * divisor);
    }
    const std::uint64_t distance = (index + run.population - run.offset) % run.population;
    const auto factor =
        static_cast<std::uint64_t>(inverse < 0 ? inverse + run.population : inverse);
    return distance * factor % run.population < run.count;
  }
  return false;
}

Memberships::Memberships(std::uint64_t seed, const Sizes& sizes)
    : seed_(mix(seed ^ 0x6D656D62)), sizes_(sizes), group_sizes_(sizes.groups) {
  std::uint64_t left = sizes.memberships;
  // Special groups must leave the rest possible: enough rows for them, and enough room without
  // them.
  const std::uint64_t ordinary = sizes.groups > kSpecialGroups ? sizes.groups - kSpecialGroups : 0;
  specials_ = sizes.groups >= 16 && sizes.users >= 20 && left >= 4ULL * sizes.groups &&
              left <= ordinary * sizes.users / 2;
  if (specials_) add_special_groups(left);
  share_out(left);
}

void Memberships::add_special_groups(std::uint64_t& left) {
  const auto fixed = [&](Special special, std::uint32_t size) {
    group_sizes_[static_cast<std::uint32_t>(special) - 1] = size;
    left -= size;
  };
  busy_groups_ = std::min(kMostBusyGroups, sizes_.groups - kSpecialGroups);
  fixed(Special::kEmpty, 0);
  fixed(Special::kHidden, 12);
  fixed(Special::kCycleA, 4);
  fixed(Special::kCycleB, 3);
  fixed(Special::kNested, 2);
  fixed(Special::kFiveKinds,
        3u + (sizes_.devices > 0) + (sizes_.contacts > 0) + (sizes_.service_principals > 0));
  const std::uint64_t spare = left > busy_groups_ ? left - busy_groups_ : 0;
  const std::uint32_t everyone = std::min(sizes_.users, kBigGroup);
  fixed(Special::kEveryone,
        static_cast<std::uint32_t>(std::min<std::uint64_t>(everyone, spare / 2)));
}

void Memberships::share_out(std::uint64_t left) {
  const std::uint32_t first = specials_ ? kSpecialGroups : 0;
  const std::uint32_t slots = sizes_.groups - first;
  for (std::uint32_t slot = 0; slot < busy_groups_; ++slot) {
    group_sizes_[first + slot] = 1;
    --left;
  }
  std::uint64_t placed = 0;
  const auto place = [&](std::uint32_t slot, std::uint64_t count) {
    const std::uint64_t room = sizes_.users - group_sizes_[first + slot];
    const auto taken = static_cast<std::uint32_t>(std::min(room, count));
    group_sizes_[first + slot] += taken;
    placed += taken;
  };
  distribute(
      left, slots, [&](std::uint32_t slot) { return weight(bits(first + slot, 1)); }, place);
  // What did not fit goes where there is room, in proportion to the room.
  const std::uint64_t rest = left - placed;
  const std::vector<std::uint32_t> before = group_sizes_;
  distribute(
      rest, slots, [&](std::uint32_t slot) { return sizes_.users - before[first + slot]; }, place);
}

std::uint64_t Memberships::bits(std::uint32_t group, std::uint32_t salt) const {
  return mix(seed_ ^ static_cast<std::uint64_t>(salt) << 40 ^ group);
}

Special Memberships::special(std::uint32_t group) const {
  return specials_ && group < kSpecialGroups ? static_cast<Special>(group + 1) : Special::kNone;
}

std::optional<std::uint32_t> Memberships::busiest_user() const {
  if (!specials_) return std::nullopt;
  return sizes_.users / 3;
}

bool Memberships::nests(std::uint32_t group) const {
  const Special which = special(group);
  if (which >= Special::kCycleA) return true;
  return which == Special::kNone && bits(group, 2) % 2 == 0;
}

Roster::Run Memberships::run(std::uint32_t group, Kind kind, std::uint32_t count,
                             std::uint32_t population) const {
  Roster::Run run{.kind = kind, .count = std::min(count, population), .population = population};
  if (run.count == 0) return run;
  const std::uint64_t draw = bits(group, 16 + static_cast<std::uint32_t>(kind));
  run.offset = static_cast<std::uint32_t>(draw % population);
  run.stride = 1 + static_cast<std::uint32_t>((draw >> 32) % population);
  while (std::gcd(run.stride, population) != 1) ++run.stride;
  if (specials_ && kind == Kind::kUser && group >= kSpecialGroups &&
      group < kSpecialGroups + busy_groups_) {
    run.offset = *busiest_user();
  }
  return run;
}

void Memberships::add_others(Roster& roster, std::uint32_t group, std::uint32_t size) const {
  if (!specials_ || size < 10 || !nests(group)) return;
  const std::uint64_t draw = bits(group, 3);
  if (draw % 4 == 0) roster.add(run(group, Kind::kGroup, 1 + (draw >> 8) % 3, sizes_.groups - 1));
  if ((draw >> 16) % 4 == 0) roster.add(run(group, Kind::kDevice, size / 5, sizes_.devices));
  if ((draw >> 24) % 8 == 0) roster.add(run(group, Kind::kContact, 2, sizes_.contacts));
  if ((draw >> 32) % 8 == 0) {
    roster.add(run(group, Kind::kServicePrincipal, 1, sizes_.service_principals));
  }
}

Roster Memberships::roster(std::uint32_t group) const {
  Roster roster;
  roster.group_ = group;
  const std::uint32_t size = group_sizes_[group];
  const auto child = [&](Special other) {
    const std::uint32_t index = static_cast<std::uint32_t>(other) - 1;
    roster.add({.kind = Kind::kGroup,
                .count = 1,
                .population = sizes_.groups - 1,
                .offset = index > group ? index - 1 : index});
  };
  switch (special(group)) {
    case Special::kCycleA: child(Special::kCycleB); break;
    case Special::kCycleB: child(Special::kCycleA); break;
    case Special::kNested: roster.add(run(group, Kind::kGroup, 1, sizes_.groups - 1)); break;
    case Special::kFiveKinds:
      child(Special::kNested);
      roster.add(run(group, Kind::kDevice, 1, sizes_.devices));
      roster.add(run(group, Kind::kContact, 1, sizes_.contacts));
      roster.add(run(group, Kind::kServicePrincipal, 1, sizes_.service_principals));
      break;
    case Special::kNone: add_others(roster, group, size); break;
    default: break;
  }
  roster.add(run(group, Kind::kUser, size - roster.size(), sizes_.users));
  return roster;
}

}  // namespace muster::sandbox::world
