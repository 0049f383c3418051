#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// The code of the first finding; empty when the document was taken.
std::string code_of(const Answer& answer) {
  if (answer.status < 400) return {};
  EXPECT_EQ(answer.status, 400) << answer.body;
  return answer.at({"dataValidationErrors", "0", "code"});
}

std::string put(const std::string& mapping) {
  TestAssets assets;
  return code_of(assets.call("PUT", "/mapping", mapping));
}

std::string patch(const std::string& mapping) {
  TestAssets assets;
  assets.map();
  return code_of(assets.call("PATCH", "/mapping", mapping));
}

// F6
TEST(AssetsMapping, MustFollowTheJsonSchema) {
  EXPECT_EQ(put(R"({"schema":{}})"), "SCHEMA_VIOLATION");
  EXPECT_EQ(patch(people_mapping_with(R"("type": "integer")", R"("type": "user")")),
            "SCHEMA_VIOLATION");
  EXPECT_EQ(put(people_mapping()), "");
}

// F7
TEST(AssetsMapping, IsPutOnceAndPatchedAfterwards) {
  TestAssets assets;
  EXPECT_EQ(assets.call("PATCH", "/mapping", people_mapping()).status, 400);
  EXPECT_EQ(assets.call("PUT", "/mapping", people_mapping()).status, 204);
  EXPECT_EQ(assets.call("PUT", "/mapping", people_mapping()).status, 409);
  EXPECT_EQ(assets.call("PATCH", "/mapping", people_mapping()).status, 204);
  EXPECT_EQ(assets.service->types().size(), 2u);
}

// F8
TEST(AssetsMapping, NeedsExternalIdsEverywhereOrNowhere) {
  EXPECT_EQ(put(people_mapping_with(R"("externalId": "t/user/age", )", "")), "EXTERNAL_ID_MISSING");
}

// F8
TEST(AssetsMapping, RefusesAnExternalIdThatIsTaken) {
  EXPECT_EQ(
      put(people_mapping_with(R"("externalId": "t/user/age")", R"("externalId": "t/user/id")")),
      "DUPLICATE_EXTERNAL_ID");
  TestAssets assets({.import_sources = 2});
  assets.map();
  const std::string other =
      fmt::format("/jsm/assets/workspace/{}/v1/importsource/{}/mapping",
                  assets.service->workspace_id(), assets.service->source_id(1));
  EXPECT_EQ(
      code_of(assets.send("PUT", other, people_mapping(), "Bearer " + assets.service->token(1))),
      "DUPLICATE_EXTERNAL_ID");
}

// Two import sources; `mapping` is PUT by the second after the first has people_mapping().
std::string put_by_second(AssetsSettings settings, const std::string& mapping) {
  settings.import_sources = 2;
  TestAssets assets(settings);
  assets.map();
  const std::string url = fmt::format("/jsm/assets/workspace/{}/v1/importsource/{}/mapping",
                                      assets.service->workspace_id(), assets.service->source_id(1));
  return code_of(assets.send("PUT", url, mapping, "Bearer " + assets.service->token(1)));
}

constexpr std::string_view kDevices = R"({
    "schema": { "objectSchema": { "name": "People", "description": "", "objectTypes": [
      { "externalId": "d/device", "name": "Device", "description": "", "attributes": [
        { "externalId": "d/device/id", "name": "Id", "description": "", "type": "text",
          "label": true },
        { "externalId": "d/device/user", "name": "User", "description": "",
          "type": "referenced_object", "referenceObjectTypeExternalId": "t/user" } ] } ] } },
    "mapping": { "objectTypeMappings": [
      { "objectTypeExternalId": "d/device", "objectTypeName": "Device", "selector": "devices",
        "description": "", "attributesMapping": [
          { "attributeExternalId": "d/device/id", "attributeName": "Id",
            "attributeLocators": ["id"], "externalIdPart": true },
          { "attributeExternalId": "d/device/user", "attributeName": "User",
            "attributeLocators": ["user"], "objectMappingIQL": "\"Object ID\" = ${user}" } ] } ] } })";

std::string devices_with(std::string_view from, std::string_view to) {
  std::string text(kDevices);
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
    text.replace(at, from.size(), to);
  return text;
}

// 6.4 across import sources: what is referred to must be in the same object schema.
TEST(AssetsMapping, RefersToTypesOfOtherImportSourcesInOneSchemaOnly) {
  EXPECT_EQ(put_by_second({.one_schema = true}, std::string(kDevices)), "");
  EXPECT_EQ(put_by_second({}, std::string(kDevices)), "UNKNOWN_REFERENCE_TYPE");
  EXPECT_EQ(put_by_second({.one_schema = true}, devices_with("Object ID", "Badge")), "INVALID_IQL");
}

// F8: in one schema the same external id means the same thing, unless that is switched off.
TEST(AssetsMapping, MayMapATypeThatAnotherImportSourceOfItsSchemaMade) {
  EXPECT_EQ(put_by_second({.one_schema = true}, people_mapping()), "");
  EXPECT_EQ(put_by_second({.one_schema = true, .shared_types = false}, people_mapping()),
            "DUPLICATE_EXTERNAL_ID");
  EXPECT_EQ(put_by_second({.one_schema = true},
                          people_mapping_with(R"("name": "Age")", R"("name": "Years")")),
            "FROZEN");
  // An id of an attribute stays with its type.
  EXPECT_EQ(put_by_second({.one_schema = true}, devices_with("d/device/id", "t/user/age")),
            "DUPLICATE_EXTERNAL_ID");
}

std::string without_external_ids(std::string_view attribute) {
  return fmt::format(R"({{
    "schema": {{ "objectSchema": {{ "name": "S", "description": "", "objectTypes": [
      {{ "name": "Host", "description": "", "attributes": [
        {{ "name": "Id", "description": "", "type": "text", "label": true }},
        {{ "name": "Extra", "description": "", {} }} ] }} ] }} }},
    "mapping": {{ "objectTypeMappings": [ {{ "objectTypeName": "Host", "selector": "hosts",
      "description": "", "attributesMapping": [ {{ "attributeName": "Id",
      "attributeLocators": ["id"], "externalIdPart": true }} ] }} ] }} }})",
                     attribute);
}

// F9
TEST(AssetsMapping, NeedsExternalIdsForCardinalityUniqueAndStatus) {
  EXPECT_EQ(put(without_external_ids(R"("type":"text")")), "");
  EXPECT_EQ(put(without_external_ids(R"("type":"text","maximumCardinality":1)")),
            "EXTERNAL_ID_MISSING");
  EXPECT_EQ(put(without_external_ids(R"("type":"text","unique":true)")), "EXTERNAL_ID_MISSING");
  EXPECT_EQ(put(without_external_ids(R"("type":"status")")), "EXTERNAL_ID_MISSING");
}

TEST(AssetsMapping, WithoutExternalIdsGetsGeneratedOnesThatCanBeReadBack) {
  TestAssets assets;
  assets.map(
      without_external_ids(R"("type":"referenced_object","referenceObjectTypeName":"Host")"));
  const Answer document = assets.call("GET", "/schema-and-mapping");
  EXPECT_THAT(document.at({"schema", "objectSchema", "objectTypes", "0", "externalId"}),
              ::testing::StartsWith("cmdb::externalId/"));
  EXPECT_EQ(document.at({"mapping", "objectTypeMappings", "0", "objectTypeExternalId"}),
            document.at({"schema", "objectSchema", "objectTypes", "0", "externalId"}));
  EXPECT_EQ(counter(assets.import(R"({"hosts":[{"id":"h"}]})"), "Host", "objectsCreated"), 1);
  EXPECT_EQ(code_of(assets.call("PATCH", "/mapping", without_external_ids(R"("type":"text")"))),
            "EXTERNAL_ID_MISSING");
}

// F10
TEST(AssetsPatch, CanNotChangeWhatIsFrozen) {
  const auto frozen = [](std::string_view from, std::string_view to) {
    return patch(people_mapping_with(from, to));
  };
  EXPECT_EQ(frozen(R"("name": "Entra Group")", R"("name": "Directory Group")"), "FROZEN");
  EXPECT_EQ(frozen(R"("name": "Age")", R"("name": "Years")"), "FROZEN");
  EXPECT_EQ(frozen(R"("type": "integer")", R"("type": "double")"), "FROZEN");
  EXPECT_EQ(frozen(R"("referenceObjectTypeExternalId": "t/user")",
                   R"("referenceObjectTypeExternalId": "t/group")"),
            "FROZEN");
  EXPECT_EQ(frozen(R"("name": "Entra Group", "description": "")",
                   R"("name": "Entra Group", "description": "", "iconKey": "new")"),
            "FROZEN");
}

// 6.5 of the contract
TEST(AssetsPatch, AddsTypesAndAttributesChangesDescriptionsAndReplacesAMapping) {
  TestAssets assets;
  assets.map();
  static constexpr std::string_view kPatch = R"({
    "schema": { "objectSchema": { "name": "People", "description": "new", "objectTypes": [
      { "externalId": "t/group", "name": "Entra Group", "description": "Teams", "attributes": [
        { "externalId": "t/group/mail", "name": "Mail", "description": "", "type": "email" } ] },
      { "externalId": "t/site", "name": "Site", "description": "", "attributes": [
        { "externalId": "t/site/id", "name": "Id", "description": "", "type": "text",
          "label": true } ] } ] } },
    "mapping": { "objectTypeMappings": [
      { "objectTypeExternalId": "t/group", "objectTypeName": "Entra Group", "selector": "teams",
        "description": "", "attributesMapping": [
        { "attributeExternalId": "t/group/id", "attributeName": "Object ID",
          "attributeLocators": ["id"], "externalIdPart": true },
        { "attributeExternalId": "t/group/name", "attributeName": "Display Name",
          "attributeLocators": ["title"] },
        { "attributeExternalId": "t/group/mail", "attributeName": "Mail",
          "attributeLocators": ["mail"] } ] } ] } })";
  EXPECT_EQ(assets.call("PATCH", "/mapping", kPatch).status, 204);
  const auto types = assets.service->types();
  ASSERT_EQ(types.size(), 3u);
  EXPECT_EQ(types[0].attributes.size(), 3u);
  EXPECT_EQ(types[1].attributes.size(), 7u);
  const Answer report = assets.import(R"({"teams":[{"id":"g","title":"A","mail":"a@x"}],
                                          "groups":[{"id":"h","name":"B"}],
                                          "users":[{"id":"u","upn":"U"}]})");
  EXPECT_EQ(counter(report, "Entra Group", "entriesInSource"), 1);
  EXPECT_EQ(counter(report, "Entra User", "objectsCreated"), 1);
  EXPECT_EQ(assets.service->find("Entra Group", "Object ID", "g")->value("Mail"), "a@x");
}

// F11
TEST(AssetsMapping, RefusesToMapWhatTheSchemaDoesNotHave) {
  EXPECT_EQ(put(people_mapping_with(R"("attributeExternalId": "t/user/age")",
                                    R"("attributeExternalId": "1234")")),
            "UNKNOWN_EXTERNAL_ID_MAPPING");
  EXPECT_EQ(put(people_mapping_with(R"("objectTypeExternalId": "t/user")",
                                    R"("objectTypeExternalId": "t/nobody")")),
            "UNKNOWN_EXTERNAL_ID_MAPPING");
  EXPECT_EQ(put(people_mapping_with(R"("attributeName": "Age")", R"("attributeName": "Years")")),
            "NAME_MISMATCH");
}

TEST(AssetsMapping, ReportsEveryFindingAtOnceWithItsPlace) {
  TestAssets assets;
  std::string mapping = people_mapping_with(R"("attributeExternalId": "t/user/age")",
                                            R"("attributeExternalId": "1234")");
  mapping.replace(mapping.find("Entra Group"), 11, "Entra:Group");
  const Answer answer = assets.call("PUT", "/mapping", mapping);
  EXPECT_THAT(answer.body, HasSubstr("RESERVED_CHARACTER"));
  EXPECT_THAT(answer.body, HasSubstr("UNKNOWN_EXTERNAL_ID_MAPPING"));
  EXPECT_THAT(answer.body, HasSubstr("/mapping/objectTypeMappings/0/attributesMapping/2"));
  EXPECT_TRUE(assets.service->types().empty());
}

TEST(AssetsMapping, RefusesWhatCouldNotWork) {
  const auto put_with = [](std::string_view from, std::string_view to) {
    return put(people_mapping_with(from, to));
  };
  EXPECT_EQ(put_with(R"("name": "Age")", R"("name": "upn")"), "DUPLICATE_NAME");
  EXPECT_EQ(put_with(R"("name": "Age")", R"("name": "Key")"), "SYSTEM_ATTRIBUTE");
  EXPECT_EQ(put_with(R"("type": "integer")", R"("type": "integer", "label": true)"),
            "DUPLICATE_LABEL");
  EXPECT_EQ(put_with(R"("type": "integer")", R"("type": "integer", "minimumCardinality": 2)"),
            "INVALID_CARDINALITY");
  EXPECT_EQ(put_with(R"("referenceObjectTypeExternalId": "t/group")",
                     R"("referenceObjectTypeExternalId": "t/team")"),
            "UNKNOWN_REFERENCE_TYPE");
  EXPECT_EQ(put_with(R"(["Enabled", "Disabled"])", R"(["Enabled", "Gone"])"), "UNKNOWN_STATUS");
  EXPECT_EQ(put_with(R"("name": "Entra User", "description": "")",
                     R"("name": "Entra User", "description": "", "iconKey": "none")"),
            "UNKNOWN_ICON");
  EXPECT_EQ(put_with(R"("attributeLocators": ["id"], "externalIdPart": true)",
                     R"("attributeLocators": ["id"])"),
            "NO_IDENTIFIER");
  EXPECT_EQ(put_with(R"("selector": "users")", R"("selector": "")"), "EMPTY_SELECTOR");
  EXPECT_EQ(put_with(R"("objectTypeExternalId": "t/group", "objectTypeName": "Entra Group",)",
                     R"("objectTypeExternalId": "t/user", "objectTypeName": "Entra User",)"),
            "UNKNOWN_EXTERNAL_ID_MAPPING");
}

TEST(AssetsMapping, RefusesQueriesThatCouldFindNothing) {
  const auto with_query = [](std::string_view query) {
    return put(people_mapping_with(R"(\"Object ID\" = ${manager_id})", query));
  };
  EXPECT_EQ(with_query("Age > 5"), "INVALID_IQL");
  EXPECT_EQ(with_query("Shoe = ${manager_id}"), "INVALID_IQL");
  EXPECT_EQ(with_query("Age = ${manager_id${0}}"), "INVALID_IQL");
  EXPECT_EQ(with_query("Age = = ${manager_id}"), "INVALID_IQL");
  EXPECT_EQ(with_query(""), "INVALID_IQL");
  EXPECT_EQ(with_query("UPN = ${manager_upn} AND Age > 5"), "");
}

// F12
TEST(AssetsMapping, CanBeTakenAsynchronously) {
  TestAssets assets({.mapping_takes = seconds(3)});
  const Answer answer = assets.call("PUT", "/mapping?async=true", people_mapping());
  ASSERT_EQ(answer.status, 303);
  EXPECT_THAT(answer.location, HasSubstr("/mapping/progress/"));
  EXPECT_EQ(assets.call("GET", answer.location).at({"progressStatus"}), "IN_PROGRESS");
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "MISSING_MAPPING");
  assets.wait(seconds(3));
  const Answer finished = assets.call("GET", answer.location);
  EXPECT_EQ(finished.at({"progressStatus"}), "FINISHED");
  EXPECT_EQ(finished.at({"result"}), "OK");
  EXPECT_EQ(assets.call("GET", "/configstatus").at({"status"}), "IDLE");
  EXPECT_EQ(assets.call("PATCH", "/mapping?async=true", people_mapping()).status, 303);
  EXPECT_EQ(assets.call("GET", "/mapping/progress/nothing").status, 400);
}

// F13
TEST(AssetsMapping, CannotBeSentBackAsItIsRead) {
  TestAssets assets;
  assets.map();
  std::string document = assets.call("GET", "/schema-and-mapping").body;
  EXPECT_THAT(document, HasSubstr(R"("iconSchema":{"icons":[]})"));
  EXPECT_THAT(document, HasSubstr(R"("name":"Key")"));
  EXPECT_EQ(code_of(assets.call("PATCH", "/mapping", document)), "SCHEMA_VIOLATION");
  static constexpr std::string_view kIcons = R"("iconSchema":{"icons":[]},)";
  document.erase(document.find(kIcons), kIcons.size());
  EXPECT_EQ(assets.call("PATCH", "/mapping", document).status, 204);
  EXPECT_EQ(assets.service->types().at(0).attributes.size(), 2u);
}

TEST(AssetsMapping, TakesIconsThatArePngsOf48Pixels) {
  const std::string header("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x30\0\0\0\x30\x08\x06\0\0\0", 29);
  const auto with_icon = [](const std::string& png) {
    return people_mapping_with(
        R"("statusSchema")",
        fmt::format(R"("iconSchema":{{"icons":[{{"key":"k","name":"Person","png48":"{}"}}]}},
                       "statusSchema")",
                    base::base64_encode(png)));
  };
  EXPECT_EQ(put(with_icon(header)), "");
  EXPECT_EQ(put(with_icon("GIF89a")), "INVALID_ICON");
}

TEST(AssetsMapping, WaitsUntilNothingRuns) {
  TestAssets assets;
  assets.map();
  assets.start();
  EXPECT_EQ(assets.call("PATCH", "/mapping", people_mapping()).status, 400);
}

TEST(AssetsMapping, KeepsChildrenBelowTheirParent) {
  TestAssets assets;
  assets.map(people_mapping_with(
      R"("label": true } ] },)",
      R"("label": true } ], "children": [ { "externalId": "t/child", "name": "Team",
         "description": "", "attributes": [] } ] },)"));
  const Answer document = assets.call("GET", "/schema-and-mapping");
  EXPECT_EQ(document.at({"schema", "objectSchema", "objectTypes", "0", "children", "0", "name"}),
            "Team");
}

}  // namespace
}  // namespace muster::sandbox::assets
