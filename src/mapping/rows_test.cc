// Records inside other records: what is asked for, and references composed of each element.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/formatter.h"
#include "mapping/test_source.h"

namespace muster::mapping {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<catalogue::Piece> name_and_version() {
  return {{"", *json::Path::parse("name")}, {" ", *json::Path::parse("version")}};
}

// computers with programs inside, each "NAME VERSION".
std::shared_ptr<catalogue::Source> make_computers() {
  auto source = std::make_shared<catalogue::Source>();
  source->name = "demo";
  catalogue::DataSet computers = testing::named_set("computers", "Computer");
  computers.request.fields_parameter = "section";
  computers.filter.parameter = "filter";
  catalogue::Reference programs;
  programs.name = programs.locator = "programs";
  programs.title = "Programs";
  programs.target = "programs";
  programs.path = *json::Path::parse("apps[]");
  programs.request = "APPLICATIONS";
  programs.compose = name_and_version();
  programs.nulls = {"unknown"};
  computers.references.push_back(std::move(programs));
  source->data_sets.push_back(std::move(computers));

  catalogue::DataSet rows = testing::named_set("programs", "Program");
  rows.request = {};
  rows.attributes[0].path = {};
  rows.attributes[0].compose = name_and_version();
  rows.attributes[0].uses = {"name", "version"};
  rows.rows.of = "computers";
  rows.rows.path = *json::Path::parse("apps[]");
  rows.rows.request = "APPLICATIONS";
  source->data_sets.push_back(std::move(rows));
  return source;
}

class RowsPlanTest : public ::testing::Test {
 protected:
  std::vector<std::string> plan(const Selection& selection) {
    std::vector<std::string> texts;
    for (const auto& finding : make_plan(source_, selection, "imp", "file.yaml", plan_)) {
      texts.push_back(finding.text());
    }
    return texts;
  }
  std::string fingerprint(const std::string& filter, const std::string& where,
                          const std::string& of_rows) {
    Selection selection;
    selection.data_sets = {{.data_set = "computers", .filter = filter, .where = where},
                           {.data_set = "programs", .where = of_rows}};
    EXPECT_THAT(plan(selection), ElementsAre());
    return plan_.data_sets[1].fingerprint;
  }
  const std::shared_ptr<catalogue::Source> source_ = make_computers();
  Plan plan_;
};

TEST_F(RowsPlanTest, AsksTheParentForWhatTheRowsNeed) {
  Selection selection;
  selection.data_sets = {{.data_set = "computers", .attributes = {{"id"}}}};
  EXPECT_THAT(plan(selection), ElementsAre());
  EXPECT_THAT(plan_.data_sets[0].fields, ElementsAre("id", "APPLICATIONS"));
  EXPECT_EQ(plan_.data_sets[0].rows_of, std::nullopt);
  EXPECT_EQ(plan_.data_sets[1].rows_of, 0u);
  source_->data_sets[1].rows.request.clear();
  EXPECT_THAT(plan(selection), ElementsAre());
  EXPECT_THAT(plan_.data_sets[0].fields, ElementsAre("id", "apps"));
}

TEST_F(RowsPlanTest, AsksForAWorkedOutValueAsTheCatalogueSays) {
  catalogue::Attribute& name = source_->data_sets[0].attributes[1];
  name.path = {};
  name.first_of = {*json::Path::parse("nick"), *json::Path::parse("full")};
  name.uses = {"nick", "full"};
  Selection selection;
  selection.data_sets = {{.data_set = "computers", .attributes = {{"id", "name"}}}};
  EXPECT_THAT(plan(selection), ElementsAre());
  EXPECT_THAT(plan_.data_sets[0].fields, ElementsAre("id", "nick", "full", "APPLICATIONS"));
  name.request = "GENERAL";
  EXPECT_THAT(plan(selection), ElementsAre());
  EXPECT_THAT(plan_.data_sets[0].fields, ElementsAre("id", "GENERAL", "APPLICATIONS"));
}

TEST_F(RowsPlanTest, AsksForTheKeysOfAnAdminByTheNameTheyHaveThere) {
  catalogue::Attribute& name = source_->data_sets[0].attributes[1];
  name.path = *json::Path::parse("general.name");
  name.request = "GENERAL";
  Selection selection;
  selection.data_sets = {{.data_set = "computers",
                          .where = "general.managed == true and exists(apps) and exists(id)",
                          .attributes = {{"id"}},
                          .add = {{.title = "Site", .path = "general.site"}}}};
  EXPECT_THAT(
      plan(selection),
      ElementsAre("file.yaml: warning: where: the catalogue knows no \"general.managed\" in "
                  "computers; under general it knows general.name"));
  EXPECT_THAT(plan_.data_sets[0].fields, ElementsAre("id", "GENERAL", "APPLICATIONS"));
}

TEST_F(RowsPlanTest, WantsTheParentSelected) {
  Selection selection;
  selection.data_sets = {{.data_set = "computers", .on = false, .mark = {7, 3}}};
  EXPECT_THAT(
      plan(selection),
      ElementsAre("file.yaml:7:3: programs come from the records of computers, which is off; "
                  "switch computers on, or programs off"));
}

TEST_F(RowsPlanTest, SetsLimitsWhereTheRequestIs) {
  Selection selection;
  selection.data_sets = {{.data_set = "programs", .limit = 5, .mark = {7, 3}}};
  EXPECT_THAT(
      plan(selection),
      ElementsAre(
          "file.yaml:7:3: programs come from the records of computers; set the limit there"));
  selection.data_sets.clear();
  selection.record_limit = 10;
  EXPECT_THAT(plan(selection), ElementsAre());
  EXPECT_EQ(plan_.data_sets[0].limit, 10u);
  EXPECT_EQ(plan_.data_sets[1].limit, 0u);
  EXPECT_TRUE(plan_.limited);
}

TEST_F(RowsPlanTest, CannotAskTheSourceToFilterRows) {
  Selection selection;
  selection.data_sets = {{.data_set = "programs", .filter = "x eq 1", .mark = {7, 3}}};
  EXPECT_THAT(plan(selection),
              ElementsAre(HasSubstr("programs cannot be filtered by the source; use `where`")));
}

TEST_F(RowsPlanTest, MeansOtherRowsWhenOtherParentsAreMeant) {
  const std::string plain = fingerprint("", "", "");
  EXPECT_NE(fingerprint("a eq 1", "", ""), plain);
  EXPECT_NE(fingerprint("", "name == \"x\"", ""), plain);
  EXPECT_NE(fingerprint("", "", "name == \"x\""), plain);
  EXPECT_NE(fingerprint("", "name == \"x\"", ""), fingerprint("", "", "name == \"x\""));
  EXPECT_EQ(fingerprint("", "", ""), plain);
}

TEST_F(RowsPlanTest, SaysWhereRowsComeFrom) {
  fingerprint("", "", "name == \"x\"");
  EXPECT_EQ(plan_.data_sets[1].explanation, "from computers; checked here: name == \"x\"");
  EXPECT_EQ(plan_.schema.types[1].description, "Program (from computers)");
  EXPECT_EQ(plan_.schema.types[0].description, "");
}

TEST_F(RowsPlanTest, KnowsTheirPlaceInTheParent) {
  Selection selection;
  selection.data_sets = {{.data_set = "computers", .where = "exists(apps)"}};
  EXPECT_THAT(plan(selection), ElementsAre()) << "no doubt";
}

TEST_F(RowsPlanTest, ComposesAReferenceOfEveryElementOnce) {
  ASSERT_THAT(plan({}), ElementsAre());
  Formatter formatter(plan_, 0);
  const auto formatted = [&](const std::string& apps) {
    const auto document = json::Document::parse(R"({"id":"c","name":"n","apps":)" + apps + "}");
    std::string out;
    EXPECT_EQ(formatter.format(document->root(), out), Formatter::Verdict::kFormatted);
    return out.substr(out.find("\"programs\""));
  };
  EXPECT_EQ(
      formatted(R"([{"name":"Zip","version":"2"},{"name":"A  B"},{"name":"Zip","version":"2"}])"),
      R"("programs":["Zip 2","A B"])");
  EXPECT_EQ(formatted(R"([{"name":"Zip","version":"unknown"},{"version":3},{}])"),
            R"("programs":["Zip","3"])");
  EXPECT_EQ(formatted("[]"), R"("programs":[])");
  EXPECT_EQ(formatted("null"), R"("programs":[])");
}

TEST_F(RowsPlanTest, LooksAtARowWithoutFormattingIt) {
  Selection selection;
  selection.data_sets = {{.data_set = "programs", .where = "version != \"9\""}};
  ASSERT_THAT(plan(selection), ElementsAre());
  Formatter formatter(plan_, 1);
  const auto look = [&](const std::string& row) {
    const auto document = json::Document::parse(row);
    return formatter.look(document->root());
  };
  EXPECT_EQ(look(R"({"name":"Zip","version":2})"), Formatter::Verdict::kFormatted);
  EXPECT_EQ(formatter.key(), "Zip 2");
  EXPECT_EQ(look(R"({"name":"Zip","version":"9"})"), Formatter::Verdict::kFiltered);
  EXPECT_EQ(look("{}"), Formatter::Verdict::kRejected);
  EXPECT_EQ(look("[]"), Formatter::Verdict::kRejected);
  EXPECT_EQ(formatter.key(), "");
}

}  // namespace
}  // namespace muster::mapping
