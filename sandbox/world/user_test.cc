#include "sandbox/world/user.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/text.h"
#include "sandbox/world/device.h"
#include "sandbox/world/group.h"

namespace muster::sandbox::world {
namespace {

const Sizes kSizes{.users = 3000, .groups = 100, .memberships = 8000, .devices = 400};

std::string display_name(const User& user) {
  std::string out;
  user.append_display_name(out);
  return out;
}
std::string principal_name(const User& user) {
  std::string out;
  user.append_principal_name(out);
  return out;
}

TEST(User, IsTheSameWheneverTheSameWorldIsAsked) {
  const World first(9, kSizes);
  const World again(9, {.users = 1'000'000, .groups = 1, .memberships = 0});
  for (std::uint32_t index = 0; index < 200; ++index) {
    EXPECT_EQ(User(first, index).id.view(), User(again, index).id.view());
    EXPECT_EQ(display_name(User(first, index)), display_name(User(again, index)));
  }
}

TEST(User, DiffersBetweenSeeds) {
  EXPECT_NE(User(World(1, kSizes), 5).id.view(), User(World(2, kSizes), 5).id.view());
}

TEST(User, HasAManagerWithALowerNumberSoThatManagersFormATree) {
  const World world(9, kSizes);
  EXPECT_FALSE(User(world, 0).manager());
  std::uint32_t managed = 0;
  for (std::uint32_t index = 1; index < kSizes.users; ++index) {
    const auto manager = User(world, index).manager();
    if (!manager) continue;
    ++managed;
    EXPECT_LT(*manager, index);
  }
  EXPECT_GT(managed, 2500u);
}

TEST(User, PrincipalNamesAreUniqueAndNamesAreUtf8) {
  const World world(9, kSizes);
  std::set<std::string> names;
  for (std::uint32_t index = 0; index < kSizes.users; ++index) {
    const User user(world, index);
    EXPECT_TRUE(names.insert(base::to_lower_ascii(principal_name(user))).second);
    EXPECT_TRUE(base::is_valid_utf8(display_name(user)));
  }
}

TEST(World, HoldsTheOdditiesOfRealTenants) {
  const World world(9, kSizes);
  std::uint32_t guests = 0, without_mail = 0, disabled = 0, four_bytes = 0, right_to_left = 0;
  for (std::uint32_t index = 0; index < kSizes.users; ++index) {
    const User user(world, index);
    guests += principal_name(user).find("#EXT#") != std::string::npos;
    without_mail += !user.has_mail();
    disabled += !user.enabled;
    four_bytes += display_name(user).find("\xF0") != std::string::npos;
    right_to_left += display_name(user).find("\xD7") != std::string::npos;
  }
  for (const std::uint32_t count : {guests, without_mail, disabled, four_bytes, right_to_left}) {
    EXPECT_GT(count, 20u);
    EXPECT_LT(count, kSizes.users / 2);
  }
}

TEST(Device, LeavesATwinWithTheSameNameAndOtherIds) {
  const World world(9, kSizes);
  const Device device(world, 48), twin(world, 49);
  std::string name, twin_name;
  device.append_name(name);
  twin.append_name(twin_name);
  EXPECT_EQ(name, twin_name);
  EXPECT_NE(device.id.view(), twin.id.view());
  EXPECT_NE(device.device_id().view(), twin.device_id().view());
  EXPECT_NE(device.id.view(), device.device_id().view());
}

TEST(Group, HiddenOnesExistAndM365GroupsHoldNoGroups) {
  const World world(9, kSizes);
  std::uint32_t hidden = 0;
  for (std::uint32_t index = 0; index < kSizes.groups; ++index) {
    const Group group(world, index);
    hidden += group.hidden;
    if (group.type != Group::Type::kUnified) continue;
    const Roster roster = world.memberships().roster(index);
    for (std::uint32_t at = 0; at < roster.size(); ++at)
      EXPECT_NE(roster.at(at).kind, Kind::kGroup);
  }
  EXPECT_GE(hidden, 1u);
}

TEST(Sizes, AreReadFromTextAndRefusedWithTheReason) {
  const auto sizes = parse_sizes("users=10, groups=2,memberships=12");
  ASSERT_TRUE(sizes.ok());
  EXPECT_EQ(sizes.value().users, 10u);
  EXPECT_EQ(sizes.value().memberships, 12u);
  EXPECT_NE(parse_sizes("persons=3").error().message.find("persons"), std::string::npos);
  EXPECT_FALSE(parse_sizes("users=many").ok());
  EXPECT_FALSE(parse_sizes("users=-1").ok());
  EXPECT_FALSE(parse_sizes("users=99999999999").ok());
  EXPECT_TRUE(parse_sizes("users=1000000").ok());
  EXPECT_EQ(parse_sizes("users=5000001").error().message,
            "users=5000001 is more than this sandbox makes; at most users=1000000");
  EXPECT_FALSE(check_sizes({.devices = 1'000'001}).ok());
}

}  // namespace
}  // namespace muster::sandbox::world
