#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kUser = "Entra User";
constexpr std::string_view kGroup = "Entra Group";

AssetsService::HeldObject user(const TestAssets& assets, std::string_view id) {
  const auto found = assets.service->find(kUser, "Object ID", id);
  EXPECT_TRUE(found.has_value()) << id;
  return found.value_or(AssetsService::HeldObject());
}

// The errors that the last execution reports for users.
std::string user_errors(const Answer& report) {
  const auto document = json::Document::parse(report.body);
  std::string errors;
  for (const auto& [id, type] :
       document->root().find("progressResult")->find("objectTypeResultMap")->members())
    if (type.find("objectTypeName")->text() == kUser)
      for (const json::Value& error : type.find("errorMessages")->items())
        errors += std::string(error.text()) + "\n";
  return errors;
}

// F18
TEST(AssetsProcessing, CreatesWhatIsNewAndFindsTheSameIdenticalTheNextTime) {
  TestAssets assets;
  assets.map();
  static constexpr std::string_view kData = R"({
    "users": [ {"id":"u-1","upn":"ada@x","age":36,"state":"Enabled","group_ids":["g-1"]},
               {"id":"u-2","upn":"bob@x"} ],
    "groups": [ {"id":"g-1","name":"Finance"} ] })";
  const Answer first = assets.import(kData);
  EXPECT_EQ(first.at({"status"}), "DONE");
  EXPECT_EQ(first.at({"progressResult", "result"}), "OK");
  EXPECT_EQ(first.at({"progressResult", "errorMessages"}), "null");
  EXPECT_EQ(first.at({"progressResult", "totalNumberEntriesInImport"}), "3");
  EXPECT_EQ(first.at({"progressResult", "populatedObjectTypes"}), "[Entra User,Entra Group]");
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

// F18
TEST(AssetsProcessing, CountsAChangedValueAsAnUpdateOfThatObjectAlone) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a","age":1},{"id":"2","upn":"b","age":2}]})");
  const Answer report =
      assets.import(R"({"users":[{"id":"2","upn":"b","age":3},{"id":"1","upn":"a","age":1}]})");
  EXPECT_EQ(counter(report, kUser, "objectsUpdated"), 1);
  EXPECT_EQ(counter(report, kUser, "objectsIdentical"), 1);
  EXPECT_EQ(user(assets, "2").value("Age"), "3");
}

// F18
TEST(AssetsProcessing, CollectsRecordsOverManyChunks) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  for (int i = 0; i < 20; ++i)
    assets.submit(execution, fmt::format(R"({{"data":{{"users":[{{"id":"{0}","upn":"u{0}"}}]}},
                                  "clientGeneratedId":"{0}"}})",
                                         i));
  assets.submit(execution, R"({"completed":true})");
  EXPECT_EQ(counter(assets.call("GET", "/executions/status"), kUser, "objectsCreated"), 20);
  EXPECT_EQ(assets.service->types().at(1).objects, 20u);
}

// F19
TEST(AssetsProcessing, CountsRecordsThatCannotBecomeObjects) {
  TestAssets assets;
  assets.map();
  const Answer report = assets.import(R"({"users":[
    {"id":"1","upn":"first"}, {"id":"1","upn":"again"}, {"id":"","upn":"no key"},
    {"upn":"no key either"}, {"id":null,"upn":"nor here"}, {"id":"2"}, {"id":"3","upn":""} ]})");
  EXPECT_EQ(counter(report, kUser, "entriesInSource"), 7);
  EXPECT_EQ(counter(report, kUser, "objectsCreated"), 1);
  EXPECT_EQ(counter(report, kUser, "duplicateEnries"), 1);
  EXPECT_EQ(counter(report, kUser, "emptyExternalIdEntries"), 3);
  EXPECT_EQ(counter(report, kUser, "emptyLabelEntries"), 2);
  EXPECT_EQ(user(assets, "1").label, "first");
}

// F18
TEST(AssetsProcessing, MatchesOnAllPartsOfACompositeKey) {
  TestAssets assets;
  assets.map(people_mapping_with(R"("attributeLocators": ["upn"])",
                                 R"("attributeLocators": ["upn"], "externalIdPart": true)"));
  static constexpr std::string_view kData =
      R"({"users":[{"id":"ab","upn":"c"},{"id":"a","upn":"bc"},
                                                  {"id":"ab","upn":"d"},{"id":"ab"}]})";
  const Answer first = assets.import(kData);
  EXPECT_EQ(counter(first, kUser, "emptyExternalIdEntries"), 1);
  // The identifier attribute is unique by itself here, so "ab" can exist only once.
  EXPECT_EQ(counter(first, kUser, "objectsCreated"), 2);
  EXPECT_THAT(user_errors(first), HasSubstr("Object ID: a value is not unique"));
  EXPECT_EQ(counter(assets.import(kData), kUser, "objectsIdentical"), 2);
}

// F18
TEST(AssetsProcessing, MatchesIdentifiersWithCaseUnlessToldOtherwise) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"Abc","upn":"one"}]})");
  EXPECT_EQ(
      counter(assets.import(R"({"users":[{"id":"ABC","upn":"two"}]})"), kUser, "objectsCreated"),
      1);
  TestAssets lax;
  lax.map();
  lax.control("/policy", R"({"type":"Entra User","ignore_case":true})");
  lax.import(R"({"users":[{"id":"Abc","upn":"one"}]})");
  const Answer report =
      lax.import(R"({"users":[{"id":"ABC","upn":"two"},{"id":"abc","upn":"three"}]})");
  EXPECT_EQ(counter(report, kUser, "objectsUpdated"), 1);
  EXPECT_EQ(counter(report, kUser, "duplicateEnries"), 1);
}

TEST(AssetsProcessing, KeepsAnAbsentFieldAndClearsAnEmptyOne) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a","age":5,"office":"X","group_ids":["g"]}],
                    "groups":[{"id":"g","name":"G"}]})");
  assets.import(R"({"users":[{"id":"1","upn":"a","office":""}]})");
  EXPECT_EQ(user(assets, "1").value("Age"), "5");
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 1u);
  const Answer report =
      assets.import(R"({"users":[{"id":"1","upn":"a","age":null,"group_ids":[]}]})");
  EXPECT_EQ(user(assets, "1").value("Age"), "");
  EXPECT_THAT(user(assets, "1").targets("Groups"), IsEmpty());
  EXPECT_EQ(counter(report, kUser, "objectsUpdated"), 1);
  EXPECT_EQ(counter(report, kUser, "objectsWithUpdatedReferences"), 1);
}

TEST(AssetsProcessing, CanIgnoreEmptyFieldsInstead) {
  TestAssets assets;
  assets.map();
  assets.control("/policy", R"({"type":"Entra User","empty":"ignore"})");
  assets.import(R"({"users":[{"id":"1","upn":"a","age":5,"group_ids":["g"]}],
                    "groups":[{"id":"g","name":"G"}]})");
  const Answer report =
      assets.import(R"({"users":[{"id":"1","upn":"","age":null,"group_ids":[]}]})");
  EXPECT_EQ(counter(report, kUser, "objectsIdentical"), 1);
  EXPECT_EQ(user(assets, "1").label, "a");
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 1u);
}

// F20
TEST(AssetsMissing, AreLeftAloneByDefault) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a"},{"id":"2","upn":"b"}]})");
  const Answer report = assets.import(R"({"users":[{"id":"1","upn":"a"}]})");
  EXPECT_EQ(counter(report, kUser, "objectsMissingDeleted"), 0);
  EXPECT_EQ(counter(report, kUser, "objectsMissingUpdated"), 0);
  EXPECT_EQ(assets.count(R"(objectType = "Entra User")"), 2);
}

// Set for the mapping of one import source, it is not the others'.
TEST(AssetsProcessing, TreatsMissingObjectsAsTheMappingOfTheImportSourceSays) {
  TestAssets assets({.import_sources = 2, .one_schema = true});
  assets.map();
  assets.control("/policy", R"({"type":"Entra User","source":1,"missing":"remove"})");
  assets.import(R"({"users":[{"id":"1","upn":"a"},{"id":"2","upn":"b"}]})");
  EXPECT_EQ(
      counter(assets.import(R"({"users":[{"id":"1","upn":"a"}]})"), kUser, "objectsMissingDeleted"),
      0);
  assets.control("/policy", R"({"type":"Entra User","source":0,"missing":"remove"})");
  EXPECT_EQ(
      counter(assets.import(R"({"users":[{"id":"1","upn":"a"}]})"), kUser, "objectsMissingDeleted"),
      1);
  EXPECT_EQ(assets.control("/policy", R"({"type":"Entra User","source":9})").status, 400);
}

// F20
TEST(AssetsMissing, AreDeletedWithTheReferencesToThemWhenToldSo) {
  TestAssets assets;
  assets.map();
  assets.control("/policy", R"({"type":"Entra Group","missing":"remove"})");
  assets.import(R"({"users":[{"id":"1","upn":"a","group_ids":["g","h"]}],
                    "groups":[{"id":"g","name":"G"},{"id":"h","name":"H"}]})");
  const Answer report = assets.import(R"({"groups":[{"id":"h","name":"H"}]})");
  EXPECT_EQ(counter(report, kGroup, "objectsMissingDeleted"), 1);
  EXPECT_EQ(counter(report, kUser, "objectsMissingDeleted"), 0);
  const auto left = assets.service->find(kGroup, "Object ID", "h");
  EXPECT_THAT(user(assets, "1").targets("Groups"), ElementsAre(left->id));
}

// F20
TEST(AssetsMissing, IncludeObjectsMadeByHandAndEverythingWhenNothingIsSent) {
  TestAssets assets;
  assets.map();
  assets.control("/policy", R"({"type":"Entra User","missing":"remove"})");
  assets.import(R"({"users":[{"id":"1","upn":"a"}]})");
  const Answer types = assets.rest("GET", "/objectschema/1/objecttypes");
  const std::string type = types.at({"1", "id"});
  const Answer attributes = assets.rest("GET", fmt::format("/objecttype/{}/attributes", type));
  EXPECT_EQ(assets
                .rest("POST", "/object/create",
                      fmt::format(R"({{"objectTypeId":"{}","attributes":[
                          {{"objectTypeAttributeId":"{}","objectAttributeValues":[{{"value":"x"}}]}},
                          {{"objectTypeAttributeId":"{}","objectAttributeValues":[{{"value":"y"}}]}}]}})",
                                  type, attributes.at({"1", "id"}), attributes.at({"2", "id"})))
                .status,
            201);
  EXPECT_EQ(
      counter(assets.import(R"({"users":[{"id":"1","upn":"a"}]})"), kUser, "objectsMissingDeleted"),
      1);
  EXPECT_EQ(counter(assets.import("{}"), kUser, "objectsMissingDeleted"), 1);
  EXPECT_EQ(assets.count(""), 0);
}

// F20
TEST(AssetsMissing, GetAnAttributeSetWhenToldSo) {
  TestAssets assets;
  assets.map();
  assets.control("/policy", R"({"type":"Entra User","missing":"update","attribute":"State",
                                "value":"Disabled"})");
  assets.import(R"({"users":[{"id":"1","upn":"a","state":"Enabled"},{"id":"2","upn":"b"}]})");
  static constexpr std::string_view kSecond = R"({"users":[{"id":"2","upn":"b"}]})";
  EXPECT_EQ(counter(assets.import(kSecond), kUser, "objectsMissingUpdated"), 1);
  EXPECT_EQ(user(assets, "1").value("State"), "Disabled");
  EXPECT_EQ(counter(assets.import(kSecond), kUser, "objectsMissingUpdated"), 0);
}

// F21
TEST(AssetsReferences, AreResolvedAfterAllObjectsWhateverTheOrder) {
  TestAssets assets;
  assets.map();
  const std::string execution = assets.start();
  assets.submit(execution, R"({"data":{"users":[
    {"id":"1","upn":"a","manager_id":"2","group_ids":["g","h"]}]},"clientGeneratedId":"1"})");
  assets.submit(execution, R"({"data":{"groups":[{"id":"h","name":"H"},{"id":"g","name":"G"}],
                               "users":[{"id":"2","upn":"b"}]},"clientGeneratedId":"2"})");
  assets.submit(execution, R"({"completed":true})");
  EXPECT_THAT(user(assets, "1").targets("Manager"), ElementsAre(user(assets, "2").id));
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 2u);
}

// F21
TEST(AssetsReferences, ThatFindNothingAreNoErrorAndAreFoundLater) {
  TestAssets assets;
  assets.map();
  static constexpr std::string_view kUsers =
      R"("users":[{"id":"1","upn":"a","manager_id":"gone","group_ids":["g","x","y"]}])";
  const Answer first =
      assets.import(fmt::format(R"({{{},"groups":[{{"id":"g","name":"G"}}]}})", kUsers));
  EXPECT_EQ(first.at({"progressResult", "result"}), "OK");
  EXPECT_THAT(user_errors(first), IsEmpty());
  EXPECT_THAT(user(assets, "1").targets("Manager"), IsEmpty());
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 1u);
  const auto executions = assets.service->executions();
  EXPECT_EQ(executions.at(0).types.at(0).unresolved_references, 3u);
  const Answer second =
      assets.import(fmt::format(R"({{{},"groups":[{{"id":"x","name":"X"}}]}})", kUsers));
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 2u);
  EXPECT_EQ(counter(second, kUser, "objectsIdentical"), 1);
  EXPECT_EQ(counter(second, kUser, "objectsWithUpdatedReferences"), 1);
}

// F21
TEST(AssetsReferences, MayPointAtTheObjectItselfAndInCircles) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a","manager_id":"1"},
    {"id":"2","upn":"b","manager_id":"3"},{"id":"3","upn":"c","manager_id":"2"}]})");
  for (const auto& [from, to] : {std::pair("1", "1"), std::pair("2", "3"), std::pair("3", "2")})
    EXPECT_THAT(user(assets, from).targets("Manager"), ElementsAre(user(assets, to).id));
}

// F21
TEST(AssetsReferences, CompareWithoutCaseAsTheQueryLanguageDoes) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a","group_ids":["G-ONE"]}],
                    "groups":[{"id":"g-one","name":"G"}]})");
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 1u);
  TestAssets exact;
  exact.map(
      people_mapping_with(R"(\"Object ID\" = ${manager_id})", R"(\"Object ID\" == ${manager_id})"));
  exact.import(R"({"users":[{"id":"A","upn":"a","manager_id":"a"}]})");
  EXPECT_THAT(user(exact, "A").targets("Manager"), IsEmpty());
}

// F21
TEST(AssetsReferences, TakeOnePlaceholderAsOneValueEvenIfThereAreSeveral) {
  TestAssets assets;
  assets.map(people_mapping_with(R"(IN (${group_ids${0}}))", R"(= ${group_ids})"));
  assets.import(R"({"users":[{"id":"1","upn":"a","group_ids":["g"]},
                             {"id":"2","upn":"b","group_ids":["g","h"]}],
                    "groups":[{"id":"g","name":"G"},{"id":"h","name":"H"}]})");
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 1u);
  EXPECT_THAT(user(assets, "2").targets("Groups"), IsEmpty());
}

// F21
TEST(AssetsReferences, MayUseAnyQueryOverAnyFieldOfTheRecord) {
  TestAssets assets;
  assets.map(
      people_mapping_with(R"(\"Object ID\" IN (${group_ids${0}}))",
                          R"(\"Display Name\" like ${team} AND NOT \"Object ID\" = ${excluded})"));
  assets.import(R"({"users":[{"id":"1","upn":"a","team":"sales","excluded":"3"}],
    "groups":[{"id":"1","name":"Sales EU"},{"id":"2","name":"Finance"},
              {"id":"3","name":"Sales US"},{"id":"4","name":"Presales"}]})");
  EXPECT_EQ(user(assets, "1").targets("Groups").size(), 2u);
}

// F21
TEST(AssetsReferences, BeyondTheMaximumAreRefusedWithAnError) {
  TestAssets assets;
  assets.map(people_mapping_with(R"(\"Object ID\" = ${manager_id})",
                                 R"(\"Object ID\" IN (${manager_id${0}}))"));
  const Answer report = assets.import(
      R"({"users":[{"id":"1","upn":"a","manager_id":["1","2"]},{"id":"2","upn":"b"}]})");
  EXPECT_THAT(user(assets, "1").targets("Manager"), IsEmpty());
  EXPECT_THAT(user_errors(report), HasSubstr("Manager: takes at most 1, got 2"));
}

TEST(AssetsValues, ThatTheirTypeDoesNotTakeRefuseTheRecord) {
  TestAssets assets;
  assets.map();
  const Answer report = assets.import(R"({"users":[{"id":"1","upn":"a","age":"old"},
    {"id":"2","upn":["b","c"]},{"id":"3","upn":"d","age":7.0},{"id":"4","upn":"e","age":-7}]})");
  EXPECT_EQ(counter(report, kUser, "objectsCreated"), 1);
  EXPECT_THAT(user_errors(report), HasSubstr("Age: a value is not a valid integer"));
  EXPECT_THAT(user_errors(report), HasSubstr("UPN: takes at most 1, got 2"));
}

TEST(AssetsValues, ThatAreRefusedKeepTheObjectAsItWasAndNotMissing) {
  TestAssets assets;
  assets.map();
  assets.control("/policy", R"({"type":"Entra User","missing":"remove"})");
  assets.import(R"({"users":[{"id":"1","upn":"a","age":1}]})");
  const Answer report = assets.import(R"({"users":[{"id":"1","upn":"a","age":"x"}]})");
  EXPECT_EQ(counter(report, kUser, "objectsMissingDeleted"), 0);
  EXPECT_EQ(user(assets, "1").value("Age"), "1");
}

TEST(AssetsValues, OfAStatusMustBeAllowedOnes) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a","state":"Enabled"},
                             {"id":"2","upn":"b","state":"Retired"}]})");
  EXPECT_EQ(user(assets, "1").value("State"), "Enabled");
  EXPECT_EQ(user(assets, "2").value("State"), "");
}

TEST(AssetsValues, OfASelectAreAddedOnlyWhenToldSo) {
  TestAssets assets;
  assets.map();
  static constexpr std::string_view kData = R"({"users":[{"id":"1","upn":"a","office":"Bern"}]})";
  assets.import(kData);
  EXPECT_EQ(user(assets, "1").value("Office"), "");
  assets.control("/policy", R"({"type":"Entra User","unknown":"add"})");
  assets.import(kData);
  EXPECT_EQ(user(assets, "1").value("Office"), "Bern");
}

TEST(AssetsValues, AreJoinedWhenAnAttributeHasSeveralLocators) {
  TestAssets assets;
  assets.map(people_mapping_with(R"("attributeLocators": ["upn"])",
                                 R"("attributeLocators": ["first", "last"])"));
  assets.import(
      R"({"users":[{"id":"1","first":"Ada","last":"Lovelace"},{"id":"2","last":"Bob"}]})");
  EXPECT_EQ(user(assets, "1").label, "Ada,Lovelace");
  EXPECT_EQ(user(assets, "2").label, "Bob");
}

TEST(AssetsValues, ComeFromNestedSelectorsToo) {
  TestAssets assets;
  assets.map(people_mapping_with(R"("selector": "users")", R"("selector": "sites.people")"));
  const Answer report = assets.import(R"({"sites":[
    {"people":[{"id":"1","upn":"a"},{"id":"2","upn":"b"}]},{"people":[{"id":"3","upn":"c"}]},{}]})");
  EXPECT_EQ(counter(report, kUser, "objectsCreated"), 3);
}

TEST(AssetsView, ShowsObjectsAsLinesWithTheKeysOfWhatTheyReferTo) {
  TestAssets assets;
  assets.map();
  assets.import(R"({"users":[{"id":"1","upn":"a","group_ids":["g"]},{"id":"2","upn":"b"}],
                    "groups":[{"id":"g","name":"Finance"}]})");
  EXPECT_EQ(assets.service->objects_json(kUser, 0, 1),
            R"({"id":1,"key":"IMP1-1","label":"a","values":{"Object ID":["1"],"UPN":["a"]},)"
            R"("references":{"Groups":["g"]}})"
            "\n");
  EXPECT_THAT(assets.service->objects_json(), HasSubstr(R"("objects":2,"references":1})"));
  std::vector<std::string> labels;
  assets.service->each(
      kUser, [&](const AssetsService::HeldObject& object) { labels.push_back(object.label); });
  EXPECT_THAT(labels, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace muster::sandbox::assets
