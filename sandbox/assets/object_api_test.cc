#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AssetsObjects : public ::testing::Test {
 protected:
  void SetUp() override {
    assets.map();
    assets.import(R"({"users":[{"id":"u-1","upn":"ada","age":36,"group_ids":["g-1"]}],
                      "groups":[{"id":"g-1","name":"Finance"}]})");
    type = assets.rest("GET", "/objectschema/1/objecttypes").at({"1", "id"});
  }

  std::string attribute_id(std::string_view name) {
    const Answer list = assets.rest("GET", fmt::format("/objecttype/{}/attributes", type));
    for (int i = 0; list.at({std::to_string(i)}) != "<none>"; ++i)
      if (list.at({std::to_string(i), "name"}) == name) return list.at({std::to_string(i), "id"});
    return {};
  }

  std::string written(std::string_view name, std::string_view value) {
    return fmt::format(
        R"({{"objectTypeAttributeId":"{}","objectAttributeValues":[{{"value":"{}"}}]}})",
        attribute_id(name), value);
  }

  TestAssets assets;
  std::string type;
};

TEST_F(AssetsObjects, AreReadWithValuesAndReferences) {
  const Answer object = assets.rest("GET", "/object/1");
  EXPECT_EQ(object.at({"label"}), "ada");
  EXPECT_EQ(object.at({"objectKey"}), "IMP1-1");
  EXPECT_EQ(object.at({"objectType", "name"}), "Entra User");
  EXPECT_EQ(object.at({"attributes", "0", "objectAttributeValues", "0", "value"}), "IMP1-1");
  EXPECT_EQ(object.at({"attributes", "3", "objectAttributeValues", "0", "value"}), "36");
  EXPECT_EQ(object.at({"attributes", "4", "objectTypeAttributeId"}), attribute_id("Groups"));
  EXPECT_EQ(object.at({"attributes", "4", "objectAttributeValues", "0", "displayValue"}),
            "Finance");
  EXPECT_EQ(
      object.at({"attributes", "4", "objectAttributeValues", "0", "referencedObject", "objectKey"}),
      "IMP1-2");
  EXPECT_THAT(object.at({"_links", "self"}), HasSubstr("/v1/object/1"));
  EXPECT_EQ(assets.rest("GET", "/object/IMP1-1").body, object.body);
  EXPECT_EQ(assets.rest("GET", "/object/99").status, 404);
  EXPECT_EQ(assets.rest("GET", "/object/IMP2-1").status, 404);
}

TEST_F(AssetsObjects, TellWhoRefersToThem) {
  const Answer info = assets.rest("GET", "/object/2/referenceinfo");
  EXPECT_EQ(info.at({"0", "objectType", "name"}), "Entra User");
  EXPECT_EQ(info.at({"0", "numberOfReferencedObjects"}), "1");
  EXPECT_EQ(assets.rest("GET", "/object/1/referenceinfo").body, "[]");
}

TEST_F(AssetsObjects, CanBeMadeChangedAndDeletedByHand) {
  const std::string body =
      fmt::format(R"({{"objectTypeId":"{}","attributes":[{},{},{}]}})", type,
                  written("Object ID", "u-9"), written("UPN", "bob"), written("Groups", "IMP1-2"));
  const Answer created = assets.rest("POST", "/object/create", body);
  ASSERT_EQ(created.status, 201) << created.body;
  const std::string path = "/object/" + created.at({"id"});
  EXPECT_EQ(assets.count(R"(Groups = "Finance")"), 2);
  EXPECT_EQ(assets.rest("PUT", path, fmt::format(R"({{"attributes":[{}]}})", written("UPN", "rob")))
                .at({"label"}),
            "rob");
  EXPECT_EQ(assets.count(R"(Groups = "Finance")"), 2);
  EXPECT_EQ(assets.rest("DELETE", path).status, 200);
  EXPECT_EQ(assets.rest("GET", path).status, 404);
  EXPECT_EQ(assets.count(R"(objectType = "Entra User")"), 1);
}

TEST_F(AssetsObjects, AreRefusedWithWrongValues) {
  const auto create = [&](const std::string& attributes) {
    return assets
        .rest("POST", "/object/create",
              fmt::format(R"({{"objectTypeId":"{}","attributes":[{}]}})", type, attributes))
        .status;
  };
  EXPECT_EQ(create(written("Object ID", "x") + "," + written("Age", "old")), 400);
  EXPECT_EQ(create(written("UPN", "no identifier")), 400);
  EXPECT_EQ(create(written("Object ID", "x") + "," + written("Groups", "IMP1-77")), 400);
  EXPECT_EQ(create(R"({"objectTypeAttributeId":"1"})"), 400);
  EXPECT_EQ(assets.rest("POST", "/object/create", R"({"objectTypeId":"1"})").status, 400);
}

TEST_F(AssetsObjects, DeletedTakeTheReferencesToThemAlong) {
  EXPECT_EQ(assets.rest("DELETE", "/object/IMP1-2").status, 200);
  EXPECT_THAT(assets.service->find("Entra User", "Object ID", "u-1")->targets("Groups"), IsEmpty());
}

TEST_F(AssetsObjects, HaveSchemasTypesAndStatusesThatCanBeListed) {
  const Answer schemas = assets.rest("GET", "/objectschema/list");
  EXPECT_EQ(schemas.at({"total"}), "1");
  EXPECT_EQ(schemas.at({"isLast"}), "true");
  EXPECT_EQ(schemas.at({"values", "0", "name"}), "People");
  EXPECT_EQ(schemas.at({"values", "0", "objectCount"}), "2");
  EXPECT_EQ(assets.rest("GET", "/objectschema/1").at({"objectSchemaKey"}), "IMP1");
  EXPECT_EQ(assets.rest("GET", "/objectschema/7").status, 404);
  EXPECT_EQ(assets.rest("GET", "/objectschema/1/objecttypes/flat").at({"0", "objectCount"}), "1");
  EXPECT_EQ(assets.rest("GET", "/objecttype/" + type).at({"name"}), "Entra User");
  EXPECT_EQ(assets.rest("GET", "/objecttype/1").status, 404);
  const Answer attributes = assets.rest("GET", fmt::format("/objecttype/{}/attributes", type));
  EXPECT_EQ(attributes.at({"0", "name"}), "Key");
  EXPECT_EQ(attributes.at({"3", "defaultType", "name"}), "Integer");
  EXPECT_EQ(attributes.at({"7", "maximumCardinality"}), "-1");
  const Answer statuses = assets.rest("GET", "/config/statustype");
  EXPECT_EQ(statuses.at({"0", "name"}), "Enabled");
  EXPECT_EQ(statuses.at({"0", "category"}), "1");
  const Answer usage = assets.rest("GET", "/usage");
  EXPECT_EQ(usage.at({"totalObjectsCount"}), "2");
  EXPECT_EQ(usage.at({"perSchemaUsageInfo", "0", "objectCount"}), "2");
}

AssetsSettings with_accounts() {
  AssetsSettings settings;
  settings.account_name = [](std::string_view id) -> std::optional<std::string> {
    if (id != "a-1") return std::nullopt;
    return "Ada";
  };
  return settings;
}

class AssetsUsers : public ::testing::Test {
 protected:
  void SetUp() override {
    assets.map();
    assets.import(R"({"users":[{"id":"u-1","upn":"ada"}]})");
    type = assets.rest("GET", "/objectschema/1/objecttypes").at({"1", "id"});
  }
  Answer add(const std::string& body) {
    return assets.rest("POST", "/objecttypeattribute/" + type, body);
  }
  Answer put(const std::string& attribute, const std::string& account) {
    return assets.rest(
        "PUT", "/object/1",
        fmt::format(R"({{"objectTypeId":"{}","attributes":[{{"objectTypeAttributeId":"{}",)"
                    R"("objectAttributeValues":[{{"value":"{}"}}]}}]}})",
                    type, attribute, account));
  }

  TestAssets assets{with_accounts()};
  std::string type;
};

TEST_F(AssetsUsers, AreValuesOfAttributesThatNoImportCanMake) {
  const Answer made = add(R"({"name":"Jira account","type":2})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.at({"type"}), "2");
  const std::string attribute = made.at({"id"});
  ASSERT_EQ(put(attribute, "a-1").status, 200);
  const Answer object = assets.rest("GET", "/object/1");
  EXPECT_THAT(object.body, HasSubstr(R"("user":{"displayName":"Ada","name":"","key":"a-1")"));
  // An import leaves it alone and cannot name it.
  assets.import(R"({"users":[{"id":"u-1","upn":"lovelace"}]})");
  EXPECT_EQ(assets.count(R"("Jira account" = "a-1")"), 1);
  EXPECT_THAT(assets.call("GET", "/schema-and-mapping").body,
              ::testing::Not(HasSubstr("Jira account")));
}

TEST_F(AssetsUsers, AreRefusedWhenJiraHasNoSuchAccountOrThereAreTwo) {
  const std::string attribute = add(R"({"name":"Jira account","type":2})").at({"id"});
  EXPECT_EQ(put(attribute, "a-2").status, 400);
  EXPECT_EQ(put(attribute, "a-1\"},{\"value\":\"a-1").status, 400);
  EXPECT_EQ(add(R"({"name":"Jira Account","type":2})").status, 400);
  EXPECT_EQ(add(R"({"name":"Other"})").status, 400);
  EXPECT_EQ(add(R"({"name":"Other","type":0,"defaultTypeId":0})").status, 400);
  EXPECT_EQ(assets.rest("POST", "/objecttypeattribute/1", R"({"name":"Other","type":2})").status,
            404);
}

TEST_F(AssetsUsers, AreNotForContainerTokens) {
  const std::string path = fmt::format("/jsm/assets/workspace/{}/v1/objecttypeattribute/{}",
                                       assets.service->workspace_id(), type);
  EXPECT_EQ(
      assets.send("POST", path, R"({"name":"Jira account","type":2})", assets.bearer()).status,
      401);
}

TEST_F(AssetsObjects, NeedASignIn) {
  const std::string path =
      fmt::format("/jsm/assets/workspace/{}/v1/usage", assets.service->workspace_id());
  EXPECT_EQ(assets.send("GET", path, "", "").status, 401);
  EXPECT_EQ(assets.send("GET", path, "", "Basic x").status, 401);
  EXPECT_EQ(assets.send("GET", path, "", assets.bearer()).status, 200);
}

}  // namespace
}  // namespace muster::sandbox::assets
