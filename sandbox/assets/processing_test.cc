#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kUser = "Entra User";
constexpr std::string_view kGroup = "Entra Group";

// F18
TEST(AssetsProcessing, CreatesWhatIsNewAndFindsTheSameIdenticalTheNextTime) {
  TestAssets assets;
  assets.map();
  constexpr std::string_view kData = R"({
    "users": [ {"id":"u-1","upn":"ada@x","age":36,"state":"Enabled","group_ids":["g-1"]},
               {"id":"u-2","upn":"bob@x"} ],
    "groups": [ {"id":"g-1","name":"Finance"} ] })";
  const Answer first = assets.import(kData);
  EXPECT_EQ(first.at({"status"}), "DONE");
  EXPECT_EQ(first.at({"progressResult", "result"}), "OK");
  EXPECT_EQ(first.at({"progressResult", "totalNumberEntriesInImport"}), "3");
  EXPECT_EQ(counter(first, kUser, "objectsCreated"), 2);
  EXPECT_EQ(counter(first, kUser, "entriesInSource"), 2);
  EXPECT_EQ(counter(first, kUser, "objectsWithUpdatedReferences"), 1);
  EXPECT_EQ(counter(first, kGroup, "objectsCreated"), 1);

  const Answer second = assets.import(kData);
  EXPECT_EQ(counter(second, kUser, "objectsCreated"), 0);
  EXPECT_EQ(counter(second, kUser, "objectsUpdated"), 0);
  EXPECT_EQ(counter(second, kUser, "objectsIdentical"), 2);
  EXPECT_EQ(counter(second, kUser, "objectsWithUpdatedReferences"), 0);
  EXPECT_EQ(counter(second, kGroup, "objectsIdentical"), 1);
}

}  // namespace
}  // namespace muster::sandbox::assets
