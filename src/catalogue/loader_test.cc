#include "catalogue/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/checkout_for_tests.h"

namespace muster::catalogue {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Pair;

// A small source that uses most of the format. Line numbers in the tests count from here.
constexpr std::string_view kGood = R"(name: demo
title: Demo
connection:
  site: { type: choice, choices: [eu, us], default: eu }
  url: url
  user: { required: true }
  token: { type: secret }
addresses:
  api: { field: url, choose_by: site, base_path: /v1, urls: { eu: "https://eu.example", us: "https://us.example" } }
sign_in: { strategy: bearer, token: token }
lanes:
  main: { units: 10, window: 1m }
permissions:
  read: { id: p1, covered_by: all }
  all: {}
tables: { names: names.tsv }
defaults:
  lane: main
  records: items
  paging: { strategy: next_link, next: next, size_parameter: size, page_size: 50 }
  key: id
  label: name
  member_key: id
data_sets:
  people:
    title: Person
    path: /people
    permissions: [read]
    attributes:
      id: { title: Object ID }
      name: text
      enabled: { title: State, statuses: { true: [On, active], false: [Off, inactive] } }
      plan: { lookup: names, lookup_else: name }
      kind:
        choices:
          - { when: size > 5, value: large }
          - { value: small }
    references:
      clubs: { target: clubs, relation: members, side: member }
  clubs:
    title: Club
    path: /clubs
    permissions: read
    attributes:
      id: { title: Object ID }
      name: text
relations:
  members:
    parent: clubs
    strategy: per_parent
    path: /clubs/{key}/members
    target: people
)";

std::optional<std::string> table(std::string_view name) {
  if (name == "names.tsv") return "# comment\r\na\tAlpha\r\nb\tBeta\n";
  return std::nullopt;
}

Loaded load(std::string_view yaml) { return load_source(yaml, "demo.yaml", table); }

std::vector<std::string> findings_of(std::string_view yaml) {
  std::vector<std::string> texts;
  for (const Finding& finding : load(yaml).findings) texts.push_back(finding.text());
  return texts;
}

std::string changed(std::string_view old_text, std::string_view new_text) {
  std::string yaml(kGood);
  const std::size_t at = yaml.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return yaml.replace(at, old_text.size(), new_text);
}

struct Mistake {
  std::string_view right;
  std::string_view wrong;
  std::string_view finding;
};

void expect_findings(const std::vector<Mistake>& mistakes) {
  for (const auto& [right, wrong, finding] : mistakes) {
    const std::string yaml = changed(right, wrong);
    EXPECT_THAT(findings_of(yaml), ElementsAre("demo.yaml:" + std::string(finding))) << wrong;
    EXPECT_EQ(load(yaml).source, nullptr);
  }
}

TEST(Loader, LoadsAWholeSource) {
  EXPECT_THAT(findings_of(kGood), IsEmpty());
  const Loaded loaded = load(kGood);
  ASSERT_NE(loaded.source, nullptr);
  const Source& source = *loaded.source;
  EXPECT_EQ(source.find_field("url")->type, ConnectionField::Type::kUrl);
  EXPECT_EQ(source.find_field("site")->fallback, "eu");
  EXPECT_THAT(source.find_address("api")->urls, Contains(Pair("us", "https://us.example")));
  EXPECT_EQ(source.sign_in.token, "token");
  EXPECT_EQ(source.find_lane("main")->window, std::chrono::minutes(1));
  EXPECT_THAT(source.find_permission("read")->covered_by, ElementsAre("all"));
  EXPECT_EQ(source.find_table("names")->rows.find("b")->second, "Beta");
}

TEST(Loader, FillsInWhatADataSetDoesNotSay) {
  const Loaded loaded = load(kGood);
  ASSERT_NE(loaded.source, nullptr);
  const DataSet& people = *loaded.source->find_data_set("people");
  EXPECT_EQ(people.request.address, "api");
  EXPECT_EQ(people.request.lane, "main");
  EXPECT_EQ(people.request.records.text(), "items");
  EXPECT_EQ(people.request.paging.strategy, Paging::Strategy::kNextLink);
  EXPECT_EQ(people.request.paging.page_size, 50U);
  EXPECT_EQ(people.key, "id");
  const Attribute& name = *people.find_attribute("name");
  EXPECT_EQ(name.title, "Name");
  EXPECT_EQ(name.locator, "name");
  EXPECT_EQ(name.path.text(), "name");
  EXPECT_EQ(people.find_attribute("enabled")->type, AttributeType::kStatus);
  EXPECT_THAT(people.find_attribute("kind")->uses, ElementsAre("size"));
  EXPECT_TRUE(people.find_reference("clubs")->many);
  const Relation& members = *loaded.source->find_relation("members");
  EXPECT_THAT(members.targets, ElementsAre(Pair("", "people")));
  EXPECT_EQ(members.member_key.text(), "id");
}

TEST(Loader, LetsADataSetChangeTheDefaults) {
  const Loaded loaded = load(changed("    path: /people\n", R"(    path: /people
    paging: single
    page_size: 7
    parameters: { all: "1" }
    fields_always: [id, size]
    filter: { parameter: q }
    default: off
)"));
  ASSERT_NE(loaded.source, nullptr);
  const DataSet& people = *loaded.source->find_data_set("people");
  EXPECT_EQ(people.request.paging.strategy, Paging::Strategy::kSingle);
  EXPECT_EQ(people.request.paging.page_size, 7U);
  EXPECT_THAT(people.request.parameters, ElementsAre(Pair("all", "1")));
  EXPECT_THAT(people.request.fields_always, ElementsAre("id", "size"));
  EXPECT_EQ(people.filter.parameter, "q");
  EXPECT_FALSE(people.default_on);
}

TEST(Loader, MakesTitlesAndLocatorsFromNames) {
  const Loaded loaded = load(changed("      name: text\n", R"(      name: text
      "employeeOrgData.costCenter": text
      mdmAppId: text
      "tags[].value": text
      otherMails: text[]
      homeURL: url
)"));
  ASSERT_NE(loaded.source, nullptr);
  const DataSet& people = *loaded.source->find_data_set("people");
  EXPECT_EQ(people.find_attribute("employeeOrgData.costCenter")->title, "Cost Center");
  EXPECT_EQ(people.find_attribute("employeeOrgData.costCenter")->locator,
            "employee_org_data_cost_center");
  EXPECT_EQ(people.find_attribute("mdmAppId")->title, "MDM App ID");
  EXPECT_EQ(people.find_attribute("tags[].value")->path.text(), "tags[].value");
  EXPECT_EQ(people.find_attribute("otherMails")->path.text(), "otherMails[]");
  EXPECT_EQ(people.find_attribute("homeURL")->title, "Home URL");
}

TEST(Loader, TakesTheParentsKeyForExpandedRecords) {
  const Loaded loaded = load(changed(R"(    strategy: per_parent
    path: /clubs/{key}/members
)",
                                     R"(    strategy: expand
    path: /clubs
    members: people[]
    expand_cap: 20
    reread: /clubs/{key}/members
)"));
  ASSERT_NE(loaded.source, nullptr);
  EXPECT_EQ(loaded.source->find_relation("members")->parent_key.text(), "id");
}

TEST(Loader, ShowsWordsOfTheFileWithoutControlCharacters) {
  expect_findings({{"  user: { required: true }", "  \"\\e[2Ju\": { requird: true }",
                    "6:15: unknown key \"requird\" in connection field \"\\x1B[2Ju\"; did you mean "
                    "\"required\"?"}});
}

TEST(Loader, TellsUnknownKeysWithASuggestion) {
  expect_findings({
      {"title: Demo\n", "titel: Demo\ntitle: Demo\n",
       "2:1: unknown key \"titel\" in a catalogue; did you mean \"title\"?"},
      {"    path: /people\n", "    path: /people\n    pth: /x\n",
       "28:5: unknown key \"pth\" in data set \"people\"; did you mean \"path\"?"},
      {"window: 1m }", "window: 1m, max_inflight: 4 }",
       "12:34: unknown key \"max_inflight\" in lane \"main\"; did you mean \"max_in_flight\"?"},
      {"{ lookup: names, lookup_else: name }", "{ lookup: names, lokup_else: name }",
       "33:30: unknown key \"lokup_else\" in attribute \"plan\"; did you mean \"lookup_else\"?"},
  });
}

TEST(Loader, TellsWrongTypes) {
  expect_findings({
      {"units: 10", "units: many",
       "12:18: \"units\" must be a number from 0.001 to 1000000000, not \"many\""},
      {"window: 1m", "window: soon",
       "12:30: \"window\" must be a duration such as 90s, 15m, 6h or 7d, not \"soon\""},
      {"required: true", "required: \"true\"",
       "6:21: \"required\" must be true or false (without quotes), not \"true\""},
      {"page_size: 50", "page_size: -1",
       "20:79: \"page_size\" must be a whole number from 0 to 100000, not \"-1\""},
      {"    path: /people\n", "    path: /people\n    description:\n",
       "28:17: \"description\" has no value; write text or remove the key"},
      {"    path: /people\n", "    path: /people\n    description: [a]\n",
       "28:18: \"description\" must be text"},
      {"permissions: [read]", "permissions: { read: 1 }",
       "28:18: \"permissions\" must be text or a list of texts"},
      {"tables: { names: names.tsv }", "tables: { names: names.tsv }\nheaders: 5",
       "17:10: \"headers\" must be a mapping (key: value lines)"},
      {"strategy: per_parent", "strategy: per_parents",
       "50:15: \"strategy\" must be one of per_parent, batch, expand, list, not \"per_parents\"; "
       "did "
       "you mean \"per_parent\"?"},
      {"name: text\n      enabled", "name: txt\n      enabled",
       "31:13: unknown attribute type \"txt\"; did you mean \"text\"?"},
      {"name: text\n      enabled", "name: reference\n      enabled",
       "31:13: references stand under \"references\""},
  });
}

TEST(Loader, KnowsHowLongADurationMayBe) {
  const auto with = [](std::string_view field) {
    return changed("required: true", "required: true }\n  age: { " + std::string(field));
  };
  const Loaded loaded = load(with("type: duration, default: 24h, at_least: 3h, at_most: 7d"));
  ASSERT_NE(loaded.source, nullptr);
  const ConnectionField& age = *loaded.source->find_field("age");
  EXPECT_TRUE(age.allows(std::chrono::hours(3)) && age.allows(std::chrono::hours(168)));
  EXPECT_FALSE(age.allows(std::chrono::minutes(179)) || age.allows(std::chrono::hours(169)));
  const auto finding = [&](std::string_view field) { return findings_of(with(field)).at(0); };
  EXPECT_THAT(finding("type: duration, default: 1h, at_least: 3h"),
              EndsWith("\"default\" must lie between \"at_least\" and \"at_most\""));
  EXPECT_THAT(finding("type: duration, at_least: 3h, at_most: 2h"),
              EndsWith("\"at_least\" must not be more than \"at_most\""));
  EXPECT_THAT(finding("type: text, at_most: 2h"),
              EndsWith("\"at_most\" belongs to the type duration"));
}

TEST(Loader, TellsNamesThatLeadNowhere) {
  expect_findings({
      {"lane: main", "lane: mian", "18:9: unknown lane \"mian\"; did you mean \"main\"?"},
      {"permissions: [read]", "permissions: [raed]",
       "28:18: unknown permission \"raed\"; did you mean \"read\"?"},
      {"covered_by: all", "covered_by: al",
       "14:31: unknown permission \"al\"; did you mean \"all\"?"},
      {"target: clubs", "target: club",
       "39:24: unknown data set \"club\"; did you mean \"clubs\"?"},
      {"relation: members", "relation: member",
       "39:41: unknown relation \"member\"; did you mean \"members\"?"},
      {"parent: clubs", "parent: club",
       "49:13: unknown data set \"club\"; did you mean \"clubs\"?"},
      {"target: people", "target: peple",
       "52:13: unknown data set \"peple\"; did you mean \"people\"?"},
      {"lookup: names", "lookup: nams", "33:23: unknown table \"nams\"; did you mean \"names\"?"},
      {"lookup_else: name", "lookup_else: nme",
       "30:7: unknown attribute \"nme\"; did you mean \"name\"?"},
      {"token: token", "token: tokn",
       "10:37: unknown connection field \"tokn\"; did you mean \"token\"?"},
      {"names.tsv", "other.tsv",
       "16:18: there is no table file \"other.tsv\" beside the catalogue"},
      {"names.tsv", "../names.tsv",
       "16:18: there is no table file \"../names.tsv\" beside the catalogue"},
      {"    path: /people\n", "    path: /people\n    address: login\n",
       "28:14: unknown address \"login\"; possible: api"},
      {"    path: /people\n", "    path: /people\n    label: nam\n",
       "28:12: unknown attribute \"nam\"; did you mean \"name\"?"},
      {"us: \"https", "uk: \"https", "9:8: unknown choice \"uk\"; did you mean \"us\"?"},
  });
}

TEST(Loader, RefusesTwoColumnsThatWouldBeOne) {
  expect_findings({
      {"      name: text\n      enabled",
       "      name: text\n      NAME: { locator: other }\n      enabled",
       "32:7: the title \"name\" of \"NAME\" is already that of \"name\""},
      {"      name: text\n      enabled",
       "      name: text\n      nick: { locator: name }\n      enabled",
       "32:7: the locator \"name\" of \"nick\" is already that of \"name\""},
      {"      clubs: { target", "      kind: { title: Clubs, locator: clubs, target",
       "39:7: the name \"kind\" of \"kind\" is already that of \"kind\""},
      {"title: Club\n", "title: person\n",
       "40:3: the title \"person\" is already that of \"people\""},
  });
}

TEST(Loader, RefusesNamesThatAssetsWouldRefuse) {
  expect_findings({
      {"title: Person", "title: \"Per:son\"",
       "26:12: Assets does not allow ':' in the name \"Per:son\"; leave out = ; : ? . and \""},
      {"title: State,", "title: \"What?\",",
       "32:7: Assets does not allow '?' in the name \"What?\"; leave out = ; : ? . and \""},
      {"title: State,", "title: Key,",
       "32:7: Assets has its own attribute \"Key\"; choose another name"},
      {"[On, active]", "[O, active]",
       "32:51: the status \"O\" must have 2 to 30 letters, digits, blanks or hyphens"},
      {"[On, active]", "[\"On!\", active]",
       "32:51: the status \"On!\" must have 2 to 30 letters, digits, blanks or hyphens"},
      {"[On, active]", "[On, activ]",
       "32:55: unknown status category \"activ\"; did you mean \"active\"?"},
      {"[On, active]", "On", "32:50: must be [STATUS, active | inactive | pending]"},
      {"title: State,", "locator: Sta-te, title: State,",
       "32:7: the locator \"Sta-te\" must be lower_case letters, digits and _"},
  });
}

TEST(Loader, WantsAKeyThatIsOneValueAndAlwaysThere) {
  expect_findings({
      {"    path: /people\n", "    path: /people\n    key: kind\n",
       "28:10: the key \"kind\" must be one value as the source has it"},
      {"    path: /people\n", "    path: /people\n    key: plan\n",
       "28:10: the key \"plan\" must be one value as the source has it"},
      {"    references:\n",
       "    optional_attributes: { nick: text }\n    label: nick\n    references:\n",
       "39:12: \"nick\" must stand under \"attributes\", because it is the label"},
  });
}

TEST(Loader, WantsValuesThatFitTheirType) {
  expect_findings({
      {"name: text\n      enabled", "name: integer[]\n      enabled",
       "31:13: several values cannot be one integer; use text, or \"combine\" with count, least or "
       "greatest"},
      {"plan: { lookup: names, lookup_else: name }", "plan: { lookup_else: name }",
       "33:28: \"lookup_else\" needs \"lookup\""},
      {"plan: { lookup: names, lookup_else: name }", "plan: { type: status }",
       "33:13: a status needs \"statuses\""},
      {"plan: { lookup: names, lookup_else: name }", "plan: { combine: count }",
       "33:24: \"combine\" needs a path with []"},
      {"plan: { lookup: names, lookup_else: name }", "plan: { sum: [a, -b], path: c }",
       "33:35: \"choices\", \"sum\", \"first_of\" and \"compose\" take the place of \"path\""},
      {"when: size > 5", "when: size >> 5",
       "36:21: at character 7: expected a value: text stands in "
       "double quotes, beside numbers, true, false and null"},
      {"plan: { lookup: names, lookup_else: name }", "plan: { path: a..b }",
       "33:21: path \"a..b\": a name is missing before '.' at position 3; write a.b, a[].b, a[0], "
       "a.*, a[name=text] or \"key.with.dot\""},
  });
}

TEST(Loader, WantsReferencesThatFollowTheirRelation) {
  expect_findings({
      {"side: member", "side: parent",
       "39:41: the parents of relation \"members\" are clubs, not people"},
      {"side: member }", "path: x }",
       "39:14: a reference needs either \"path\" or \"relation\" with \"side\""},
      {", relation: members, side: member", "",
       "39:14: a reference needs either \"path\" or \"relation\" with \"side\""},
      {"relation: members, side: member", "path: club, target_attribute: nam",
       "39:61: unknown attribute of clubs \"nam\"; did you mean \"name\"?"},
  });
}

TEST(Loader, WantsBeginningsOfReferencesToBeOfValues) {
  expect_findings({
      {"side: member }", "side: member, prefix: \"club:\" }",
       "39:72: \"prefix\" needs a \"path\", and no \"compose\""},
      {"relation: members, side: member", "path: \"tags[]\", compose: \"{a}\", prepend: x",
       "39:72: \"prepend\" needs a \"path\", and no \"compose\""},
  });
}

TEST(Loader, TakesPairsWhoseKeysAreMadeOfSeveralValues) {
  std::string yaml(kGood);
  const auto replace = [&](std::string_view from, std::string_view to) {
    yaml.replace(yaml.find(from), from.size(), to);
  };
  replace("    strategy: per_parent\n    path: /clubs/{key}/members",
          "    strategy: list\n    path: /pairs\n"
          "    parent_key: \"{club.kind}/{club.name}\"\n    member_key: \"{kind}/{name}\"");
  const Loaded loaded = load(yaml);
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const Relation& members = *loaded.source->find_relation("members");
  EXPECT_EQ(members.parent_compose.size(), 2u);
  EXPECT_EQ(members.member_compose.at(1).text, "/");
  EXPECT_EQ(members.member_key.text(), "") << "the default does not count";
  expect_findings(
      {{"path: /clubs/{key}/members", "path: /clubs/{key}/members\n    member_key: \"{a}\"",
        "49:5: only the strategy list takes keys made of several values"}});
}

TEST(Loader, WantsRequestsThatCanBeSent) {
  expect_findings({
      {"path: /people", "path: people", "27:11: a path begins with a slash"},
      {"path: /people", "path: /people?x=1",
       "27:11: a path holds no blank, ? or #; parameters go under \"parameters\""},
      {"path: /people", "path: /people/{key}",
       "27:11: {key} is only known where a parent is read, in a relation"},
      {"path: /people", "path: /{organisation}/people",
       "27:11: unknown connection field \"organisation\"; possible: site, url, user, token"},
      {"/clubs/{key}/members", "/members", "51:11: the path must hold {key}, the parent's key"},
      {"next: next, ", "", "20:11: this paging strategy needs \"next\""},
      {"next: next, ", "next: next, smallest_page: 1000, ",
       "20:11: \"smallest_page\" must not be more than \"page_size\""},
      {"/clubs/{key}/members",
       "/clubs/{key}/members\n    skip_when: open ==", "52:16: at character 8: expected a value"},
      {"strategy: per_parent\n    path: /clubs/{key}/members",
       "strategy: list\n    parent_key: club\n    path: /members\n    skip_when: open == true",
       "53:16: \"skip_when\" needs the strategy per_parent or batch"},
      {"strategy: per_parent", "strategy: batch",
       "49:5: this strategy needs \"batch_path\", here or in \"defaults\""},
      {"https://us.example", "http://us.example",
       "9:93: \"http://us.example\" must be https://HOST[/PATH] without a slash at the end"},
  });
}

TEST(Loader, LoadsTheExampleOfTheReferencePage) {
  std::ifstream page(base::checkout_for_tests() + "/docs/reference/catalogue.md");
  const std::string text(std::istreambuf_iterator<char>(page), {});
  const std::size_t begin = text.find("```yaml\nname: shop");
  ASSERT_NE(begin, std::string::npos);
  const std::string example = text.substr(begin + 8, text.find("```", begin + 8) - begin - 8);
  EXPECT_THAT(findings_of(example), IsEmpty());
}

TEST(Loader, WantsAllThatASignInStrategyNeeds) {
  expect_findings({
      {"strategy: bearer, token: token", "strategy: bearer", "10:10: \"sign_in\" needs \"token\""},
      {"strategy: bearer, token: token", "strategy: headers",
       "10:10: \"sign_in\" needs \"headers\""},
      {"strategy: bearer, token: token", "strategy: headers, headers: { X-Key: tokn }",
       "10:40: unknown connection field \"tokn\"; did you mean \"token\"?"},
      {"strategy: bearer, token: token",
       "strategy: basic_for_token, address: api, path: \"/{user}/auth\", client_id: user",
       "10:10: sign_in needs \"client_secret\""},
      {"strategy: bearer, token: token",
       "strategy: oauth2_client_credentials, address: api, path: /t, client_id: user, "
       "client_secret: token, scope: \"{address:login}/x\"",
       "10:119: unknown address \"login\"; possible: api"},
  });
}

TEST(Loader, TakesSeveralWaysToSignInAndWhatALaneIsTold) {
  const std::string yaml = changed(
      "sign_in: { strategy: bearer, token: token }\nlanes:\n  main: { units: 10, window: 1m }",
      "sign_in:\n"
      "  - { strategy: oauth2_client_credentials, address: api, path: [/a, /b], client_id: user,\n"
      "      private_key: token, algorithm: RS256, scope: \"{permissions}\",\n"
      "      sign_out: { path: /out } }\n"
      "  - { strategy: headers, headers: { Authorization: \"SSWS {token}\" } }\n"
      "lanes:\n"
      "  main: { units: 10, window: 1m, remaining_header: X-Left, limit_header: X-Limit,\n"
      "          reset_header: X-Reset, reset_is: unix_time, share: 0.5,\n"
      "          concurrency_when: limit_zero }");
  EXPECT_THAT(findings_of(yaml), ElementsAre());
  const auto source = load(yaml).source;
  ASSERT_NE(source, nullptr);
  EXPECT_THAT(source->sign_in.paths, ElementsAre("/a", "/b"));
  EXPECT_EQ(source->sign_in.sign_out_path, "/out");
  EXPECT_EQ(source->other_sign_ins.at(0).headers.at("Authorization"), "SSWS {token}");
  EXPECT_TRUE(source->lanes.at(0).reset_is_unix_time);
  EXPECT_EQ(source->lanes.at(0).share, 0.5);
}

TEST(Loader, WantsErrorRulesThatCanApply) {
  expect_findings({
      {"tables:", "errors: [{ meaning: gone }]\ntables:",
       "16:10: an error rule needs \"status\" or \"code\""},
      {"tables:", "errors: [{ status: 40, meaning: gone }]\ntables:",
       "16:20: \"status\" must be a whole number from 100 to 599, not \"40\""},
      {"tables:", "errors: [{ status: 404, meaning: gon }]\ntables:",
       "16:34: \"meaning\" must be one of permission, sign_in, not_available, restart, gone, "
       "end_of_list, retry, mistake, not \"gon\"; did you mean \"gone\"?"},
  });
}

TEST(Loader, MakesOneRuleOfEachCode) {
  const Loaded loaded =
      load(changed("tables:", "errors: [{ code: [A, B], meaning: gone }]\ntables:"));
  ASSERT_NE(loaded.source, nullptr);
  ASSERT_EQ(loaded.source->errors.size(), 2U);
  EXPECT_EQ(loaded.source->errors[1].code, "B");
}

TEST(Loader, TellsRowsOfATableThatCannotBeRead) {
  const auto broken = [](std::string_view) { return "a\tAlpha\nb\n\na\tAgain\n"; };
  std::vector<std::string> texts;
  for (const Finding& finding : load_source(kGood, "demo.yaml", broken).findings) {
    texts.push_back(finding.text());
  }
  EXPECT_THAT(texts,
              ElementsAre("demo.yaml:16:18: names.tsv line 2: must be VALUE<TAB>TEXT",
                          "demo.yaml:16:18: names.tsv line 4: \"a\" stands in the table twice"));
}

TEST(Loader, TellsAllFindingsAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(
      findings_of("name: Demo\ndata_sets:\n  x: { path: x, attributes: { id: txt } }\nlane: 5\n"),
      ElementsAre("demo.yaml:1:1: a catalogue needs \"title\"",
                  "demo.yaml:1:1: a catalogue needs \"connection\"",
                  "demo.yaml:1:1: a catalogue needs \"addresses\"",
                  "demo.yaml:1:1: a catalogue needs \"sign_in\"",
                  "demo.yaml:1:1: a catalogue needs \"lanes\"",
                  "demo.yaml:1:7: \"name\" must be lower-case letters, digits, _ and -",
                  "demo.yaml:3:6: data set \"x\" needs \"title\"",
                  "demo.yaml:3:6: needs \"lane\", here or in \"defaults\"",
                  "demo.yaml:3:6: needs \"key\", here or in \"defaults\"",
                  "demo.yaml:3:6: needs \"label\", here or in \"defaults\"",
                  "demo.yaml:3:6: unknown address \"api\"",
                  "demo.yaml:3:14: a path begins with a slash",
                  "demo.yaml:3:35: unknown attribute type \"txt\"; did you mean \"text\"?",
                  "demo.yaml:4:1: unknown key \"lane\" in a catalogue; did you mean \"lanes\"?"));
}

TEST(Loader, SurvivesAnyTruncationAndAnyShape) {
  for (std::size_t length = 0; length < kGood.size(); ++length) {
    const Loaded loaded = load(kGood.substr(0, length));
    EXPECT_TRUE(loaded.source != nullptr || has_errors(loaded.findings)) << length;
  }
  for (const char* key :
       {"connection", "connection_needs", "addresses", "sign_in", "lanes", "errors", "permissions",
        "tables", "defaults", "data_sets", "relations"}) {
    for (const char* value : {"", "5", "[]", "[5]", "[[5]]", "{ a: }", "{ a: 5 }", "{ a: [] }",
                              "{ a: {} }", "{ a: { b: {} } }"}) {
      const Loaded loaded = load(std::string(key) + ": " + value + "\n");
      EXPECT_EQ(loaded.source, nullptr) << key << ": " << value;
    }
  }
}

class LibraryTest : public ::testing::Test {
 protected:
  LibraryTest() {
    std::string pattern = ::testing::TempDir() + "library-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~LibraryTest() override { std::filesystem::remove_all(directory_); }
  void write(const char* name, std::string_view text) { std::ofstream(directory_ / name) << text; }

  std::filesystem::path directory_;
};

TEST_F(LibraryTest, BringsTheBundledSources) {
  const Library library = Library::bundled();
  EXPECT_THAT(library.names(), Contains("entra"));
  EXPECT_EQ(library.find("entra")->title, "Microsoft Entra ID");
  EXPECT_EQ(library.find("none"), nullptr);
}

TEST_F(LibraryTest, AddsADirectoryWhoseFilesWinOverBundledOnes) {
  write("a.yaml", kGood);
  write("names.tsv", "a\tAlpha\n");
  write("b.yml", changed("name: demo\ntitle: Demo\n", "name: entra\ntitle: Ours\n"));
  write("notes.txt", "not: [a catalogue");
  Library library = Library::bundled();
  write("c.json", R"({ "name": "json", "title": "JSON", "connection": { "token": "secret" },
    "addresses": { "api": { "url": "https://j.example" } },
    "sign_in": { "strategy": "bearer", "token": "token" }, "lanes": { "main": { "units": 1 } },
    "data_sets": { "a": { "title": "A", "path": "/a", "lane": "main", "key": "id", "label": "id",
      "attributes": { "id": "text" } } } })");
  EXPECT_THAT(library.add_directory(directory_), IsEmpty());
  EXPECT_EQ(library.find("entra")->title, "Ours");
  EXPECT_TRUE(library.replaces_bundled("entra"));
  EXPECT_FALSE(library.find("entra")->is_bundled);
  EXPECT_TRUE(library.find("okta")->is_bundled);
  EXPECT_FALSE(library.replaces_bundled("demo"));
  EXPECT_NE(library.find("demo"), nullptr);
  EXPECT_NE(library.find("json"), nullptr);
  EXPECT_TRUE(std::ranges::is_sorted(library.names()));
  EXPECT_EQ(library.all().size(), library.names().size());
}

TEST_F(LibraryTest, LeavesOutFilesWithFindings) {
  write("a.yaml", kGood);  // its table is missing
  Library library;
  const Findings findings = library.add_directory(directory_);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].text(),
            (directory_ / "a.yaml").string() +
                ":16:18: warning: there is no table file \"names.tsv\" beside the catalogue");
  EXPECT_THAT(library.names(), IsEmpty());
}

TEST_F(LibraryTest, LetsABrokenFileHurtItsOwnSourceOnly) {
  write("a.yaml", kGood);
  write("names.tsv", "a\tAlpha\n");
  write("b.yaml", changed("name: demo\ntitle: Demo\n", "name: entra\ntitel: Ours\n"));
  write("c.yaml", "title: [\nname: okta # ours\n");
  Library library = Library::bundled();
  EXPECT_FALSE(has_errors(library.add_directory(directory_)));
  EXPECT_NE(library.find("demo"), nullptr);
  // The bundled one is not what its owner means.
  for (const auto& [name, file] : {std::pair("entra", "b.yaml"), {"okta", "c.yaml"}}) {
    EXPECT_EQ(library.find(name), nullptr);
    EXPECT_EQ(library.unusable_file(name), (directory_ / file).string());
  }
  EXPECT_EQ(library.unusable_file("demo"), "");
  EXPECT_NE(library.find("jamf"), nullptr);
}

TEST_F(LibraryTest, RefusesTwoFilesOfOneName) {
  write("a.yaml", kGood);
  write("b.yaml", changed("title: Demo", "title: Another"));
  write("names.tsv", "a\tAlpha\n");
  Library library;
  const Findings findings = library.add_directory(directory_);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].text(), (directory_ / "b.yaml").string() +
                                    ":1:7: warning: \"demo\" is the name of " +
                                    (directory_ / "a.yaml").string() +
                                    " already, so that neither is used; give one of them another");
  EXPECT_EQ(library.find("demo"), nullptr);
  EXPECT_EQ(library.unusable_file("demo"), (directory_ / "b.yaml").string());
}

TEST_F(LibraryTest, TellsADirectoryThatIsNotThere) {
  Library library;
  const std::string missing = directory_ / "none";
  const Findings findings = library.add_directory(missing);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].text(),
            missing + ": the directory cannot be read: No such file or directory");
}

TEST(Loader, ReadsHowValuesAreMade) {
  const Loaded loaded =
      load(changed("      name: text\n      enabled",
                   "      name: { compose: \"{first} {last}\" }\n"
                   "      seen: { type: date_time, format: unix_seconds }\n"
                   "      memory: { type: integer, format: leading_number, divide_by: 1024 }\n"
                   "      env: { path: \"tags.*[]\", prefix: \"env:\" }\n"
                   "      host: { first_of: [id, aws_id] }\n"
                   "      enabled"));
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const DataSet& people = *loaded.source->find_data_set("people");
  EXPECT_EQ(people.find_attribute("name")->compose.size(), 2U);
  EXPECT_THAT(people.find_attribute("name")->uses, ElementsAre("first", "last"));
  EXPECT_EQ(people.find_attribute("seen")->format, Attribute::Format::kUnixSeconds);
  EXPECT_EQ(people.find_attribute("memory")->divide_by, 1024);
  EXPECT_EQ(people.find_attribute("env")->prefix, "env:");
  EXPECT_THAT(people.find_attribute("host")->uses, ElementsAre("id", "aws_id"));
}

TEST(Loader, RefusesValuesThatCannotBeMade) {
  expect_findings({
      {"      name: text\n      enabled", "      name: { compose: \"{first\" }\n      enabled",
       "31:24: every { needs its }"},
      {"      name: text\n      enabled", "      name: { format: roman }\n      enabled",
       "31:23: \"format\" must be one of plain, unix_seconds, "
       "unix_milliseconds, leading_number, html, not \"roman\""},
      {"      name: text\n      enabled",
       "      name: { type: \"text[]\", divide_by: 2 }\n      enabled",
       "31:13: \"format\" and \"divide_by\" need one value"},
      {"      name: text\n      enabled",
       "      name: { type: \"text[]\", path: \"phones[].number\" }\n      enabled",
       "31:21: \"[]\" behind a type means all of the array at the path, but \"phones[].number\" "
       "names its elements itself; leave the [] of the type out"},
      {"      name: text\n      enabled",
       "      name: { type: \"text[]\", path: \"tags.*\" }\n      enabled",
       "31:21: \"[]\" behind a type means all of the array at the path, but \"tags.*\" names its "
       "elements itself; leave the [] of the type out"},
      {"      name: text\n      enabled",
       "      name: { type: \"text[]\", first_of: [a, b] }\n      enabled",
       "31:21: \"[]\" behind a type needs a \"path\" to an array"},
      {"      name: text\n      enabled", "      name: { prefix: x }\n      enabled",
       "31:23: \"prefix\" needs a text and a path with [] or .*"},
      {"      name: text\n      enabled", "      name: { path: a, first_of: [b] }\n      enabled",
       "31:21: \"choices\", \"sum\", \"first_of\" and \"compose\" take the place of \"path\""},
  });
}

TEST(Loader, RefusesPatternsWithoutWordsAndOfWhatIsNotWritten) {
  const std::string together =
      "\"pattern\" or \"refused_pattern\" and \"form\" belong together, and to the types text and "
      "url";
  const std::string no_words = "5:8: " + together, of_a_secret = "7:10: " + together;
  expect_findings({
      {"url: url", "url: { type: url, refused_pattern: x }", no_words},
      {"url: url", "url: { type: url, form: x }", no_words},
      {"token: { type: secret }", "token: { type: secret, pattern: x, form: y }", of_a_secret},
      {"url: url", "url: { type: url, refused_pattern: \"(\", form: y }",
       "5:38: \"refused_pattern\" is not accepted: missing ): ("},
  });
}

TEST(Loader, SharesTheAccountOfAnotherCatalogue) {
  const std::string second =
      "name: second\ntitle: Second\naccount_of: demo\nlanes: { main: { units: 1 } }\n"
      "data_sets:\n  dogs:\n    title: Dog\n    path: /dogs\n    lane: main\n    key: id\n"
      "    label: id\n    attributes: { id: text }\n";
  const auto read = [](std::string_view name) -> std::optional<std::string> {
    if (name == "demo.yaml") return std::string(kGood);
    return std::nullopt;
  };
  const Loaded loaded = load_source(second, "second.yaml", read);
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  EXPECT_EQ(loaded.source->sign_in.token, "token");
  EXPECT_EQ(loaded.source->data_sets.size(), 1U) << "nothing else is shared";
  const Loaded alone = load(second.substr(0, second.find("account_of")) + "account_of: nobody\n");
  EXPECT_THAT(alone.findings.back().text(),
              ::testing::HasSubstr("there is no catalogue \"nobody\" whose account"));
}

TEST(Loader, ReadsAnExportAndWhatIsReadInstead) {
  const std::string relations =
      "relations:\n  bulk:\n    parent: clubs\n    strategy: list\n    path: /jobs\n"
      "    page_size: 0\n    permissions: all\n    otherwise: members\n"
      "    paging: { strategy: export_job, body: { report: pairs, select: [a, b] }, id: id, "
      "look: \"/jobs/{key}\", status: state, done: ok, url: url, poll: 1s }\n"
      "    parent_key: club\n    target: people\n";
  const Loaded loaded = load(changed("relations:\n", relations));
  ASSERT_NE(loaded.source, nullptr) << loaded.findings.front().text();
  const Relation& bulk = *loaded.source->find_relation("bulk");
  EXPECT_EQ(bulk.otherwise, "members");
  EXPECT_EQ(bulk.request.paging.export_job.body, R"({"report":"pairs","select":["a","b"]})");
  EXPECT_EQ(bulk.request.paging.export_job.poll, std::chrono::seconds(1));

  std::string wrong = relations;
  wrong.replace(wrong.find("target: people"), 14, "target: clubs");
  EXPECT_THAT(findings_of(changed("relations:\n", wrong)),
              ElementsAre(::testing::HasSubstr("must have the same parent and targets")));
}

}  // namespace
}  // namespace muster::catalogue
