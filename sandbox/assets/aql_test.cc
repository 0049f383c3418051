#include "json/writer.h"
#include "sandbox/assets/test_support.h"

namespace muster::sandbox::assets {
namespace {

// F27: a small directory that every query below is asked of.
class AssetsAql : public ::testing::Test {
 protected:
  void SetUp() override {
    assets.map();
    assets.import(R"json({
      "users": [
        {"id":"u-1","upn":"Ada@x","age":36,"state":"Enabled","manager_id":"u-2","group_ids":["g-1","g-2"]},
        {"id":"u-2","upn":"bob@x","age":4,"state":"Disabled","group_ids":["g-2"]},
        {"id":"u-3","upn":"Cleo \"C\" (x)@y","age":100,"manager_id":"u-2"} ],
      "groups": [ {"id":"g-1","name":"Finance"}, {"id":"g-2","name":"Sales.EU"} ] })json");
  }

  // The labels of what is found, in its order.
  std::string find(std::string_view query) {
    std::string body;
    json::Writer(body).begin_object().key("qlQuery").string(query).end_object();
    const Answer answer = assets.rest("POST", "/object/aql?maxResults=100", body);
    if (answer.status != 200) return "refused";
    const auto document = json::Document::parse(answer.body);
    std::vector<std::string> labels;
    for (const json::Value& object : document->root().find("values")->items())
      labels.emplace_back(object.find("label")->text());
    return fmt::format("{}", fmt::join(labels, "|"));
  }

  TestAssets assets;
};

TEST_F(AssetsAql, ComparesWithAndWithoutCase) {
  EXPECT_EQ(find(R"(UPN = "ADA@X")"), "Ada@x");
  EXPECT_EQ(find(R"(UPN == "ADA@X")"), "");
  EXPECT_EQ(find(R"(UPN == "Ada@x")"), "Ada@x");
  EXPECT_EQ(find(R"(objectType = "Entra User" AND UPN != "ada@x" AND Age < 50)"), "bob@x");
}

TEST_F(AssetsAql, UnderstandsQuotesBlanksAndEscapes) {
  EXPECT_EQ(find(R"(UPN = "cleo \"c\" (x)@y")"), R"(Cleo "C" (x)@y)");
  EXPECT_EQ(find(R"("Object ID" = u-2)"), "bob@x");
  EXPECT_EQ(find(R"("Display Name" = "Sales.EU")"), "Sales.EU");
}

TEST_F(AssetsAql, ComparesNumbersAsNumbers) {
  EXPECT_EQ(find("Age > 5"), R"(Ada@x|Cleo "C" (x)@y)");
  EXPECT_EQ(find("Age >= 36 AND Age <= 36"), "Ada@x");
  EXPECT_EQ(find("Age < 36"), "bob@x");
}

TEST_F(AssetsAql, KnowsTypesSchemasKeysAndIds) {
  EXPECT_EQ(find(R"(objectType = "entra group")"), "Finance|Sales.EU");
  EXPECT_EQ(find(R"(objectType in ("Entra Group", "Nothing") AND "Object ID" = "g-1")"), "Finance");
  EXPECT_EQ(find(R"(objectSchema = "People" AND Key = "IMP1-1")"), "Ada@x");
  EXPECT_EQ(find("objectId = 2"), "bob@x");
  EXPECT_EQ(find("objectSchemaId = 1 AND objectId in (1, 2)"), "Ada@x|bob@x");
  EXPECT_EQ(find(R"(Label startswith "fin")"), "Finance");
}

TEST_F(AssetsAql, KnowsItsTextOperators) {
  EXPECT_EQ(find("UPN like OB"), "bob@x");
  EXPECT_EQ(find(R"(objectType = "Entra User" AND UPN not like "@x")"), R"(Cleo "C" (x)@y)");
  EXPECT_EQ(find(R"(UPN startswith ADA)"), "Ada@x");
  EXPECT_EQ(find(R"(UPN endswith "@Y")"), R"(Cleo "C" (x)@y)");
  EXPECT_EQ(find(R"("Object ID" IN ("u-1", "G-1"))"), "Ada@x|Finance");
  EXPECT_EQ(find(R"(objectType = "Entra User" AND "Object ID" not in ("u-1", "u-2"))"),
            R"(Cleo "C" (x)@y)");
}

TEST_F(AssetsAql, TellsEmptyFromFilled) {
  EXPECT_EQ(find(R"(objectType = "Entra User" AND State is EMPTY)"), R"(Cleo "C" (x)@y)");
  EXPECT_EQ(find("State is not EMPTY"), "Ada@x|bob@x");
  EXPECT_EQ(find(R"(objectType = "Entra User" AND Manager IS EMPTY)"), "bob@x");
  EXPECT_EQ(find("Groups is not empty"), "Ada@x|bob@x");
}

TEST_F(AssetsAql, JoinsConditions) {
  EXPECT_EQ(find(R"(Age = 36 OR Age = 4 AND State = "Enabled")"), "Ada@x");
  EXPECT_EQ(find(R"((Age = 36 OR Age = 4) AND State = "Disabled")"), "bob@x");
  EXPECT_EQ(find(R"(NOT (Age = 36) AND NOT objectType = "Entra Group" and Age < 100)"), "bob@x");
}

TEST_F(AssetsAql, WalksReferences) {
  EXPECT_EQ(find(R"(Manager = "bob@x")"), R"(Ada@x|Cleo "C" (x)@y)");
  EXPECT_EQ(find(R"(Manager = "IMP1-2")"), R"(Ada@x|Cleo "C" (x)@y)");
  EXPECT_EQ(find(R"("Manager"."State" = "Disabled")"), R"(Ada@x|Cleo "C" (x)@y)");
  EXPECT_EQ(find(R"(Manager.Groups."Display Name" = "Sales.EU" AND Age = 36)"), "Ada@x");
  EXPECT_EQ(find("Manager.Manager is not empty"), "");
  EXPECT_EQ(find(R"(object having inboundReferences(Age = 36))"), "bob@x|Finance|Sales.EU");
  EXPECT_EQ(find(R"(object having outboundReferences("Object ID" = "g-1"))"), "Ada@x");
  EXPECT_EQ(find(R"(objectType = "Entra Group" AND object having inboundReferences())"),
            "Finance|Sales.EU");
}

TEST_F(AssetsAql, KnowsWhenObjectsWereWritten) {
  EXPECT_EQ(find(R"(objectType = "Entra Group" AND Created > now(-1h))"), "Finance|Sales.EU");
  assets.wait(std::chrono::hours(2));
  EXPECT_EQ(find("Created > now(-1h)"), "");
  EXPECT_EQ(find(R"(objectType = "Entra Group" AND Updated < now())"), "Finance|Sales.EU");
}

TEST_F(AssetsAql, OrdersByAnAttribute) {
  EXPECT_EQ(find(R"(objectType = "Entra User" order by Age desc)"),
            R"(Cleo "C" (x)@y|Ada@x|bob@x)");
  EXPECT_EQ(find(R"(objectType = "Entra User" ORDER BY UPN)"), R"(Ada@x|bob@x|Cleo "C" (x)@y)");
  EXPECT_EQ(find("order by Key desc"), R"(Sales.EU|Finance|Cleo "C" (x)@y|bob@x|Ada@x)");
  EXPECT_EQ(find(R"(objectType = "Entra User" order by Manager.Age desc)"),
            R"(Ada@x|Cleo "C" (x)@y|bob@x)");
}

TEST_F(AssetsAql, FindsDescendantsOnlyWhenAsked) {
  TestAssets family;
  family.map(people_mapping_with(
      R"("label": true } ] },)",
      R"("label": true } ], "children": [ { "externalId": "t/team", "name": "Team",
         "description": "", "attributes": [ { "externalId": "t/team/id", "name": "Team ID",
         "description": "", "type": "text", "label": true } ] } ] },)"));
  EXPECT_EQ(family
                .call("PATCH", "/mapping", R"({"schema":{"objectSchema":{"name":"People",
    "description":"","objectTypes":[{"externalId":"t/team","name":"Team","description":""}]}},
    "mapping":{"objectTypeMappings":[{"objectTypeExternalId":"t/team","objectTypeName":"Team",
    "selector":"teams","description":"","attributesMapping":[{"attributeExternalId":"t/team/id",
    "attributeName":"Team ID","attributeLocators":["id"],"externalIdPart":true}]}]}})")
                .status,
            204);
  family.import(R"({"groups":[{"id":"g","name":"G"}],"teams":[{"id":"t"}]})");
  EXPECT_EQ(family.count(R"(objectType = "Entra Group")"), 1);
  EXPECT_EQ(family.count(R"(objectType in objectTypeAndChildren("Entra Group"))"), 2);
  EXPECT_EQ(family.count(R"(objectType not in objectTypeAndChildren("Entra Group"))"), 0);
}

TEST_F(AssetsAql, RefusesWhatItCannotRead) {
  for (std::string_view wrong :
       {"UPN", "UPN =", "UPN = \"open", "= 5", "(UPN = a", "UPN = a)", "UPN = a b", "UPN in a",
        "UPN is full", "Shoe = 5", "UPN = ${x}", "object having friends()", "UPN = today()",
        "order UPN", "UPN like", "NOT"})
    EXPECT_EQ(find(wrong), "refused") << wrong;
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "NOT ";
  EXPECT_EQ(find(deep + "Age = 5"), "refused");
}

TEST_F(AssetsAql, PagesAndCounts) {
  const auto page = [&](std::string_view query) {
    return assets.rest("POST", fmt::format("/object/aql?{}", query), R"({"qlQuery":""})");
  };
  const Answer first = page("startAt=0&maxResults=2&includeAttributes=false");
  EXPECT_EQ(first.at({"isLast"}), "false");
  EXPECT_EQ(first.at({"values", "1", "label"}), "bob@x");
  EXPECT_EQ(first.at({"values", "1", "attributes"}), "<none>");
  EXPECT_EQ(first.at({"values", "2"}), "<none>");
  const Answer last = page("startAt=3&maxResults=2");
  EXPECT_EQ(last.at({"isLast"}), "true");
  EXPECT_EQ(last.at({"values", "1", "label"}), "Sales.EU");
  EXPECT_EQ(last.at({"objectTypeAttributes", "1", "name"}), "Object ID");
  EXPECT_EQ(page("startAt=50").at({"isLast"}), "true");
  EXPECT_EQ(page("maxResults=none").status, 400);
  EXPECT_EQ(assets.count(R"(objectType = "Entra User")"), 3);
  EXPECT_EQ(assets.rest("POST", "/object/aql", "{}").status, 400);
}

}  // namespace
}  // namespace muster::sandbox::assets
