#include "sandbox/world/guid.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace muster::sandbox::world {
namespace {

TEST(Guid, LeadsBackToTheObjectItWasMadeFor) {
  const GuidScheme scheme(42);
  for (const std::uint32_t index : {0u, 1u, 999'999u, 4'294'967'295u}) {
    const Guid guid = scheme.make(Kind::kDevice, index);
    EXPECT_TRUE(looks_like_guid(guid.view()));
    EXPECT_EQ(scheme.read(guid.view()), (Reference{Kind::kDevice, index}));
  }
}

TEST(Guid, IsAVersionFourOne) {
  const Guid guid = GuidScheme(1).make(Kind::kUser, 5);
  EXPECT_EQ(guid.text[14], '4');
  EXPECT_NE(std::string_view("89ab").find(guid.text[19]), std::string_view::npos);
}

TEST(Guid, DiffersForEveryIndexAndKind) {
  const GuidScheme scheme(7);
  std::set<std::string> seen;
  for (std::uint32_t index = 0; index < 20'000; ++index) {
    seen.emplace(scheme.make(Kind::kUser, index).view());
    seen.emplace(scheme.make(Kind::kGroup, index).view());
  }
  EXPECT_EQ(seen.size(), 40'000u);
}

TEST(Guid, MadeUpOrFromAnotherSeedIsNotRecognised) {
  const GuidScheme scheme(42);
  std::string text(scheme.make(Kind::kUser, 12).view());
  text[35] = text[35] == '0' ? '1' : '0';
  EXPECT_FALSE(scheme.read(text));
  EXPECT_FALSE(scheme.read(GuidScheme(43).make(Kind::kUser, 12).view()));
  EXPECT_FALSE(scheme.read("not-a-guid"));
  EXPECT_FALSE(scheme.read("00000000-0000-0000-0000-000000000000"));
}

TEST(Guid, IsReadInUpperCaseToo) {
  const GuidScheme scheme(42);
  std::string text(scheme.make(Kind::kUser, 12).view());
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(scheme.read(text), (Reference{Kind::kUser, 12}));
}

}  // namespace
}  // namespace muster::sandbox::world
