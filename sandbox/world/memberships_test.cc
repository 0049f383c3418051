#include "sandbox/world/memberships.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace muster::sandbox::world {
namespace {

using Pair = std::pair<Kind, std::uint32_t>;

// Adds up all groups, and fails when a member appears twice or does not exist.
std::uint64_t count_rows(const Memberships& memberships, const Sizes& sizes) {
  std::uint64_t rows = 0;
  for (std::uint32_t group = 0; group < sizes.groups; ++group) {
    const Roster roster = memberships.roster(group);
    EXPECT_EQ(roster.size(), memberships.size(group));
    std::set<Pair> seen;
    for (std::uint32_t at = 0; at < roster.size(); ++at) {
      const Reference member = roster.at(at);
      EXPECT_TRUE(seen.insert({member.kind, member.index}).second);
      EXPECT_FALSE(member == (Reference{Kind::kGroup, group})) << "a group in itself";
      if (member.kind == Kind::kUser) {
        EXPECT_LT(member.index, sizes.users);
      }
      if (member.kind == Kind::kDevice) {
        EXPECT_LT(member.index, sizes.devices);
      }
      if (member.kind == Kind::kGroup) {
        EXPECT_LT(member.index, sizes.groups);
      }
    }
    rows += roster.size();
  }
  return rows;
}

TEST(Memberships, AddUpExactlyToWhatWasAskedFor) {
  const Sizes many[] = {
      {.users = 5000, .groups = 300, .memberships = 40'000},
      {.users = 50'000, .groups = 5000, .memberships = 200'000},
      {.users = 1000, .groups = 1000, .memberships = 1'000'000},
      {.users = 10, .groups = 3, .memberships = 17},
      {.users = 7, .groups = 5, .memberships = 35},
      {.users = 300, .groups = 16, .memberships = 64},
      {.users = 20, .groups = 600, .memberships = 5001},
      {.users = 100, .groups = 40, .memberships = 0},
      {.users = 0, .groups = 5, .memberships = 0},
      {.users = 5, .groups = 0, .memberships = 0},
      {.users = 2000,
       .groups = 100,
       .memberships = 30'000,
       .devices = 0,
       .contacts = 0,
       .service_principals = 0},
  };
  for (const Sizes& sizes : many) {
    ASSERT_TRUE(check_sizes(sizes).ok());
    for (const std::uint64_t seed : {1, 2, 99}) {
      EXPECT_EQ(count_rows(Memberships(seed, sizes), sizes), sizes.memberships) << sizes.users;
    }
  }
}

TEST(Memberships, ThousandUsersInThousandGroupsMeansEverybodyInEverything) {
  const Sizes sizes{.users = 200, .groups = 200, .memberships = 40'000};
  const Memberships memberships(5, sizes);
  for (std::uint32_t group = 0; group < 200; ++group) EXPECT_EQ(memberships.size(group), 200u);
}

TEST(Memberships, MoreThanUsersTimesGroupsCannotBe) {
  EXPECT_FALSE(check_sizes({.users = 10, .groups = 10, .memberships = 101}).ok());
}

TEST(Memberships, AreKnownFromTheMembersSideToo) {
  const Sizes sizes{.users = 400, .groups = 40, .memberships = 3000, .devices = 50};
  const Memberships memberships(8, sizes);
  for (std::uint32_t group = 0; group < sizes.groups; ++group) {
    const Roster roster = memberships.roster(group);
    std::set<std::uint32_t> users, groups;
    for (std::uint32_t at = 0; at < roster.size(); ++at) {
      if (roster.at(at).kind == Kind::kUser) users.insert(roster.at(at).index);
      if (roster.at(at).kind == Kind::kGroup) groups.insert(roster.at(at).index);
    }
    for (std::uint32_t user = 0; user < sizes.users; ++user) {
      EXPECT_EQ(roster.contains({Kind::kUser, user}), users.contains(user));
    }
    for (std::uint32_t other = 0; other < sizes.groups; ++other) {
      EXPECT_EQ(roster.contains({Kind::kGroup, other}), groups.contains(other));
    }
  }
}

class SpecialGroups : public testing::Test {
 protected:
  const Sizes sizes_{.users = 20'000, .groups = 600, .memberships = 120'000};
  const Memberships memberships_{11, sizes_};

  Roster roster(Special special) const {
    return memberships_.roster(static_cast<std::uint32_t>(special) - 1);
  }
  static std::uint32_t number(Special special) { return static_cast<std::uint32_t>(special) - 1; }
};

TEST_F(SpecialGroups, OneHas9993Members) { EXPECT_EQ(roster(Special::kEveryone).size(), 9993u); }

TEST_F(SpecialGroups, OneIsEmpty) { EXPECT_EQ(roster(Special::kEmpty).size(), 0u); }

TEST_F(SpecialGroups, TwoContainEachOther) {
  EXPECT_TRUE(roster(Special::kCycleA).contains({Kind::kGroup, number(Special::kCycleB)}));
  EXPECT_TRUE(roster(Special::kCycleB).contains({Kind::kGroup, number(Special::kCycleA)}));
}

TEST_F(SpecialGroups, OneHasMembersOfFiveKinds) {
  std::set<Kind> kinds;
  const Roster all = roster(Special::kFiveKinds);
  for (std::uint32_t at = 0; at < all.size(); ++at) kinds.insert(all.at(at).kind);
  EXPECT_EQ(kinds.size(), 5u);
}

TEST_F(SpecialGroups, OneUserIsIn500Groups) {
  const Reference busiest{Kind::kUser, *memberships_.busiest_user()};
  std::uint32_t groups = 0;
  for (std::uint32_t group = 0; group < sizes_.groups; ++group) {
    groups += memberships_.roster(group).contains(busiest);
  }
  EXPECT_GE(groups, 500u);
}

}  // namespace
}  // namespace muster::sandbox::world
