#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "run/importer.h"

namespace muster::run {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

// A small source with one of everything a connection can ask for.
constexpr const char* kCatalogue = R"(
name: people
title: People
description: A directory.
connection:
  cloud: { type: choice, choices: [global, custom], default: global }
  tenant_id: { required: true, help: the tenant }
  client_secret: { type: secret }
  certificate: { type: file }
  private_key: { type: file }
  api_url: { type: url, refused_pattern: "https?://admin[.].*", form: the address without admin }
  window: { type: duration, default: 24h }
  seen: { type: duration, at_least: 3h, at_most: 7d }
  region: { pattern: "[a-z]{2}[0-9]", form: a region such as eu1 }
connection_needs: [[client_secret, certificate+private_key]]
addresses:
  api: { field: api_url, choose_by: cloud, urls: { global: https://people.example.com } }
sign_in: { strategy: bearer, token: client_secret }
error_code: error.code
error_message: error.message
lanes:
  main: { units: 100, window: 10s }
defaults:
  lane: main
  records: value
  paging: { strategy: next_link, next: next }
  filter: { parameter: filter }
  key: id
  label: name
data_sets:
  users:
    title: Person
    description: People.
    path: /users
    attributes:
      id: { title: Object ID }
      name: text
      mail: email
      joined: date_time
  groups:
    title: Team
    description: Teams.
    path: /groups
    attributes:
      id: { title: Object ID }
      name: text
)";

class ImporterFileTest : public testing::Test {
 protected:
  ImporterFileTest() {
    folder_ = std::filesystem::temp_directory_path() /
              ("muster_importer_file_test_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_ / "catalogues");
    write("catalogues/people.yaml", kCatalogue);
    const catalogue::Findings findings = library_.add_directory((folder_ / "catalogues").string());
    for (const catalogue::Finding& finding : findings) ADD_FAILURE() << finding.text();
  }
  ~ImporterFileTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  ImporterFile load(std::string_view text) { return load_importers_text(text, "f.yaml", library_); }
  std::vector<std::string> findings(std::string_view text) {
    std::vector<std::string> lines;
    for (const catalogue::Finding& finding : load(text).findings) lines.push_back(finding.text());
    return lines;
  }
  // Without errors, or the test has failed already.
  Importer only(std::string_view text) {
    ImporterFile file = load(text);
    for (const catalogue::Finding& finding : file.findings) {
      EXPECT_TRUE(finding.is_warning) << finding.text();
    }
    if (file.importers.size() != 1) return {};
    return file.importers.front();
  }

  std::filesystem::path folder_;
  catalogue::Library library_;
};

// Lines 1 to 10; tests put something else on one of them, or more behind.
constexpr const char* kGood =
    "version: 1\n"
    "importers:\n"
    "- name: hr\n"
    "  source: people\n"
    "  connection:\n"
    "    tenant_id: t-1\n"
    "    client_secret: { env: HR_SECRET }\n"
    "  destination:\n"
    "    type: files\n"
    "    dir: out\n";

std::string with(int line, std::string_view replacement) {
  std::string out;
  int at = 1;
  for (std::string_view each : base::split(kGood, '\n')) {
    if (at == line) {
      if (!replacement.empty()) out.append(replacement).append("\n");
    } else if (!each.empty()) {
      out.append(each).append("\n");
    }
    ++at;
  }
  return out;
}

std::string with_more(std::string_view more) {
  return std::string(kGood).append(more).append("\n");
}

TEST_F(ImporterFileTest, ADurationOfTheConnectionMustBeOne) {
  EXPECT_EQ(only(kGood).values.at("window"), "24h");
  EXPECT_EQ(only(with(6, "    tenant_id: t-1\n    window: 90m")).values.at("window"), "90m");
  for (const char* bad : {"soon", "0s", "-1h"}) {
    const std::string text = with(6, fmt::format("    tenant_id: t-1\n    window: {}", bad));
    EXPECT_THAT(findings(text),
                ElementsAre("f.yaml:7:13: window: must be a duration such as 90s, 15m, 6h or 7d"))
        << bad;
  }
}

TEST_F(ImporterFileTest, ADurationOfTheConnectionIsNoLongerThanTheSourceTakes) {
  for (const auto& [span, right] :
       {std::pair{"179m", false}, {"3h", true}, {"7d", true}, {"169h", false}}) {
    const std::string text = with(6, fmt::format("    tenant_id: t-1\n    seen: {}", span));
    if (right) {
      EXPECT_EQ(only(text).values.at("seen"), span);
    } else {
      EXPECT_THAT(findings(text), ElementsAre("f.yaml:7:11: seen: must be between 3h and 168h"))
          << span;
    }
  }
}

TEST_F(ImporterFileTest, ReadsEverythingTheContractNames) {
  const Importer importer = only(R"(
version: 1
importers:
  - name: hr
    source: people
    connection:
      cloud: global
      tenant_id: t-1
      client_secret: { env: HR_SECRET }
      api_url: https://people.internal:8443/api
      ca_file: extra-ca.pem
      allow_private_address: true
    data_sets:
      users:
        filter: "active eq true"
        where: 'name == "Ada"'
        limit: 500
        exclude: [mail]
        add:
          - { name: Badge, path: badge.number, type: text }
          - { name: Full name, from: [given, family], join: "-" }
        rename: { name: Called }
      groups: off
    record_limit: 7
    destination:
      type: jsm_assets
      token: { file: token.txt }
      api_url: https://assets.example.com
      schema: { name: IT Inventory, description: Identities }
      missing_objects: ignore
    retry: { attempts: 4, max_wait: 2m }
    deadline: 3h
    schedule: { daily: "02:30", time_zone: UTC }
    safety: { max_missing_percent: 5.5, max_missing_objects: 6, max_blanked_percent: 7, reject_limit: 8, parked: accept,
              data_sets: { users: { max_missing_percent: 1 } } }
)");
  EXPECT_EQ(importer.name, "hr");
  ASSERT_NE(importer.source, nullptr);
  EXPECT_EQ(importer.source->name, "people");
  EXPECT_EQ(importer.values.at("tenant_id"), "t-1");
  EXPECT_EQ(importer.values.at("api_url"), "https://people.internal:8443/api");
  EXPECT_EQ(importer.secrets.at("client_secret").env, "HR_SECRET");
  EXPECT_EQ(importer.trust.ca_file, "extra-ca.pem");
  EXPECT_TRUE(importer.trust.allow_private_address);

  ASSERT_EQ(importer.selection.data_sets.size(), 2u);
  const mapping::DataSetSelection& users = importer.selection.data_sets[0];
  EXPECT_EQ(users.filter, "active eq true");
  EXPECT_EQ(users.where, "name == \"Ada\"");
  EXPECT_EQ(users.limit, 500u);
  EXPECT_THAT(users.exclude, ElementsAre("mail"));
  ASSERT_EQ(users.add.size(), 2u);
  EXPECT_EQ(users.add[0].path, "badge.number");
  EXPECT_THAT(users.add[1].from, ElementsAre("given", "family"));
  EXPECT_EQ(users.add[1].join, "-");
  EXPECT_EQ(users.rename.at("name"), "Called");
  EXPECT_FALSE(importer.selection.data_sets[1].on);
  EXPECT_FALSE(importer.selection.all_defaults);
  EXPECT_EQ(importer.selection.record_limit, 7u);

  EXPECT_EQ(importer.destination.type, DestinationSettings::Type::kJsmAssets);
  EXPECT_EQ(importer.destination.token.file, "token.txt");
  EXPECT_EQ(importer.destination.api_url, "https://assets.example.com");
  EXPECT_EQ(importer.destination.schema_name, "IT Inventory");
  EXPECT_EQ(importer.destination.missing_objects, DestinationSettings::Missing::kIgnore);
  EXPECT_FALSE(importer.destination.trust.allow_private_address);
  EXPECT_EQ(importer.retry.attempts, 4u);
  EXPECT_EQ(importer.retry.max_wait, std::chrono::minutes(2));
  EXPECT_EQ(importer.deadline, std::chrono::hours(3));
  EXPECT_EQ(in_words(importer.schedule), "daily at 02:30 (UTC)");
  EXPECT_EQ(importer.safety.thresholds.max_missing_percent, 5.5);
  EXPECT_EQ(importer.safety.thresholds.max_missing_objects, 6u);
  EXPECT_EQ(importer.safety.thresholds.max_blanked_percent, 7);
  EXPECT_EQ(importer.safety.reject_limit, 8u);
  EXPECT_TRUE(importer.safety.accept_parked);
  EXPECT_EQ(importer.safety.of("users").max_missing_percent, 1);
  EXPECT_EQ(importer.safety.of("users").max_missing_objects, 6u);
  EXPECT_EQ(importer.safety.of("groups").max_missing_percent, 5.5);
}

TEST_F(ImporterFileTest, ReadsJsonToo) {
  EXPECT_EQ(only(R"({"version": 1, "importers": [{"name": "hr", "source": "people",
    "connection": {"tenant_id": "t", "client_secret": {"env": "S"}},
    "destination": {"type": "files", "dir": "out"}}]})")
                .name,
            "hr");
}

TEST_F(ImporterFileTest, KeepsTheCataloguesDefaultsWhereNothingIsSaid) {
  const Importer importer = only(kGood);
  EXPECT_TRUE(importer.selection.all_defaults);
  EXPECT_EQ(importer.values.at("cloud"), "global");
  EXPECT_TRUE(importer.schedule.is_none());
  EXPECT_TRUE(importer.schedule.blackouts.empty());
  EXPECT_EQ(importer.safety.reject_limit, 100u);
}

TEST_F(ImporterFileTest, AcceptsADataSetAsAMappingNothingOnOrOff) {
  for (const char* settings : {"{ }", "", "on", "yes", "true", "~"}) {
    const Importer importer = only(with_more(std::string("  data_sets:\n    users: ") + settings));
    ASSERT_EQ(importer.selection.data_sets.size(), 1u) << settings;
    EXPECT_TRUE(importer.selection.data_sets[0].on) << settings;
  }
  for (const char* settings : {"off", "no", "false"}) {
    EXPECT_FALSE(only(with_more(std::string("  data_sets:\n    users: ") + settings))
                     .selection.data_sets.at(0)
                     .on)
        << settings;
  }
}

struct BadInput {
  std::string text;
  std::vector<std::string> findings;
};

TEST_F(ImporterFileTest, SaysWhatIsWrongWhereAndWhatToWriteInstead) {
  const std::string forms =
      "schedule: write none, hourly, { daily: \"02:30\", time_zone: Europe/Berlin }, "
      "{ weekly: [mon, thu], at: \"06:00\" }, { every: 15m } or { cron: \"0 */4 * * *\" }";
  const BadInput table[] = {
      {"", {"f.yaml:1:1: the file is empty; it needs \"version: 1\" and \"importers:\""}},
      {"[]", {"f.yaml:1:1: importer file must be a mapping (key: value lines)"}},
      {"version: 1\nimporters: []\n",
       {"f.yaml:2:12: importers: a list with at least one importer is needed (- name: ...)"}},
      {with(1, "version: 2"), {"f.yaml:1:10: \"version\" must be one of 1, not \"2\""}},
      {with(2, "imports:"),
       {"f.yaml:1:1: importer file needs \"importers\"",
        "f.yaml:2:1: unknown key \"imports\" in importer file; did you mean \"importers\"?"}},
      {with(3, "- name: a/b"), {"f.yaml:3:9: name: up to 64 letters, digits, '-', '_' or '.'"}},
      {with(3, "- name: \"\""), {"f.yaml:3:9: \"name\" must not be empty"}},
      {with(4, "  source: ''"), {"f.yaml:4:11: \"source\" must not be empty"}},
      {with(10, "    dir: ''"), {"f.yaml:10:10: \"dir\" must not be empty"}},
      {with(6, "    tenant_id: t-1\n    region: eu"),
       {"f.yaml:7:13: region: must be a region such as eu1"}},
      {with(6, "    tenant_id: t-1\n    api_url: https://admin.example.com"),
       {"f.yaml:7:14: api_url: must be the address without admin"}},
      {with(7,
            "    client_secret: { env: A }\n    certificate: { env: B }\n    private_key: { env: C "
            "}"),
       {"f.yaml:6:5: connection: client_secret beside certificate and private_key are two ways to "
        "sign in; keep one of them"}},
      {with_more("  data_sets: { users: { exclude: mail } }"),
       {"f.yaml:11:34: exclude: a list is needed: exclude: [mail]"}},
      {with_more("  data_sets: { users: { include: '', attributes: mail } }"),
       {"f.yaml:11:34: include: a list is needed: include: [mail]",
        "f.yaml:11:50: attributes: a list is needed: attributes: [mail]"}},
      {with_more("  data_sets: { users: { filter: 5, where: '' } }"),
       {"f.yaml:11:33: filter: text is needed, such as \"accountEnabled eq true\"",
        "f.yaml:11:43: where: it is empty; remove the key, or write 'department == \"Sales\"'"}},
      {with_more("  data_sets: { users: { filter: ' ', where: yes } }"),
       {"f.yaml:11:33: filter: it is empty; remove the key, or write \"accountEnabled eq true\"",
        "f.yaml:11:45: where: text is needed, such as 'department == \"Sales\"'"}},
      {with_more("  data_sets: { users: { where: 'joined > \"yesterday\" or joined == 5' } }"),
       {"f.yaml:11:32: where: joined is a date, and \"yesterday\" is none; write \"2024-01-31\" or "
        "\"2024-01-31T08:00:00Z\"",
        "f.yaml:11:32: where: joined is a date, and \"5\" is none; write \"2024-01-31\" or "
        "\"2024-01-31T08:00:00Z\""}},
      {with(4, "  source: peple"),
       {"f.yaml:4:11: unknown source \"peple\"; did you mean \"people\"?"}},
      {with(4, "  source: 7"), {"f.yaml:4:11: unknown source \"7\"; possible: people"}},
      {with(6, ""), {"f.yaml:6:5: connection: \"tenant_id\" is missing (the tenant)"}},
      {with(6, "    tenant_di: t-1"),
       {"f.yaml:6:5: connection: \"tenant_id\" is missing (the tenant)",
        "f.yaml:6:5: unknown key \"tenant_di\" in connection; did you mean \"tenant_id\"?"}},
      {with(6, "    tenant_id: \"\""), {"f.yaml:6:16: tenant_id: must not be empty"}},
      {with(7, ""),
       {"f.yaml:6:5: connection: needs client_secret, or certificate and private_key"}},
      {with(7, "    certificate: { file: app.pem }"),
       {"f.yaml:6:5: connection: private_key is missing; certificate and private_key belong "
        "together"}},
      {with(7, "    client_secret: hunter2"),
       {"f.yaml:7:20: client_secret: a secret must not stand in this file; write "
        "{ env: HR_CLIENT_SECRET } and set that variable, or { file: PATH }"}},
      {with(7, "    client_secret: { env: \"hunter 2\" }"),
       {"f.yaml:7:27: client_secret: this is no name of an environment variable; write "
        "{ env: HR_CLIENT_SECRET } and set that variable, or { file: PATH }"}},
      {with(7, "    client_secret: { value: hunter2 }"),
       {"f.yaml:7:22: client_secret: the place is one of env, file, secret; write "
        "{ env: HR_CLIENT_SECRET } and set that variable, or { file: PATH }"}},
      {with(7, "    client_secret: { env: A, file: b }"),
       {"f.yaml:7:20: client_secret: exactly one place is needed; write "
        "{ env: HR_CLIENT_SECRET } and set that variable, or { file: PATH }"}},
      {with(6, "    tenant_id: t\n    cloud: custom"),
       {"f.yaml:7:12: cloud: custom needs \"api_url\" as well"}},
      {with(6, "    tenant_id: t\n    cloud: gobal"),
       {"f.yaml:7:12: \"cloud\" must be one of global, custom, not \"gobal\"; did you mean "
        "\"global\"?"}},
      {with(6, "    tenant_id: t\n    api_url: http://people.example.com"),
       {"f.yaml:7:14: api_url: must start with https://"}},
      {with(6, "    tenant_id: t\n    api_url: http://127.0.0.1:9090"),
       {"f.yaml:7:14: api_url: http to this machine needs allow_private_address: true beside it"}},
      {with(6, "    tenant_id: t\n    api_url: https://people.example.com?x=1"),
       {"f.yaml:7:14: api_url: an address has no user name, query or fragment"}},
      {with(9, "    type: file"),
       {"f.yaml:9:11: \"type\" must be one of jsm_assets, files, not \"file\"; did you mean "
        "\"files\"?"}},
      {with(9, ""), {"f.yaml:9:5: destination needs \"type\""}},
      {with(9, "    type: jsm_assets"),
       {"f.yaml:9:5: destination needs \"token\"", "f.yaml:9:5: destination needs \"schema\"",
        "f.yaml:10:5: unknown key \"dir\" in destination; possible: allow_private_address, "
        "api_url, "
        "ca_file, missing_objects, people, schema, token, type"}},
      {with(10, ""), {"f.yaml:9:5: destination needs \"dir\""}},
      {with_more("  record_limit: -1"),
       {"f.yaml:11:17: \"record_limit\" must be a whole number from 0 to 100000000, not \"-1\""}},
      {with_more("  retry: { attempts: 0, max_wait: 2d }"),
       {"f.yaml:11:22: \"attempts\" must be a whole number from 1 to 100, not \"0\"",
        "f.yaml:11:35: max_wait: between 1s and 1d"}},
      {with_more("  retry: { max_wait: 2h }\n  deadline: 1h"),
       {"f.yaml:11:22: max_wait: longer than the deadline of the whole run (1h)"}},
      {with_more("  deadline: soon"),
       {"f.yaml:11:13: \"deadline\" must be a duration such as 90s, 15m, 6h or 7d, not \"soon\""}},
      {with_more("  safety: { max_missing_percent: 101, max_mising_objects: 1 }"),
       {"f.yaml:11:34: \"max_missing_percent\" must be a number from 0 to 100, not \"101\"",
        "f.yaml:11:39: unknown key \"max_mising_objects\" in safety; did you mean "
        "\"max_missing_objects\"?"}},
      {with_more("  data_sets:\n    users: 5"),
       {"f.yaml:12:12: data set users: write on, off or its settings: { limit: 500 }"}},
      {with_more("  data_sets:\n    users: { limt: 5 }"),
       {"f.yaml:12:14: unknown key \"limt\" in data set users; did you mean \"limit\"?"}},
      {with_more("  data_sets:\n    users: { attributes: [name], exclude: [mail] }"),
       {"f.yaml:12:26: `attributes` is the exact list; remove `include` and `exclude`, or use only "
        "those"}},
      {with_more("  data_sets:\n    users: { add: [{ name: X, path: id, join: \" \" }] }"),
       {"f.yaml:12:47: join: only used together with from"}},
      {with_more("  data_sets:\n    users: { add: [{ name: , path: x }, { name: X, path: }] }"),
       {"f.yaml:12:28: \"name\" has no value; write text",
        "f.yaml:12:58: \"path\" has no value; write text or remove the key"}},
      {with_more("  data_sets:\n    users: { add: [{ name: Key, path: name }] }"),
       {"f.yaml:12:20: add: Assets has its own attribute \"Key\"; choose another name"}},
      {with_more("  data_sets:\n    users: { rename: { name: \"What?\" } }"),
       {"f.yaml:12:30: rename: Assets does not allow '?' in the name \"What?\"; leave out = ; : ? "
        ". "
        "and \""}},
      {with_more("    schema: { name: \"IT: All\" }"),
       {"f.yaml:11:21: Assets does not allow ':' in the name \"IT: All\"; leave out = ; : ? . and "
        "\""}},
      {with_more("    schema: { name: \"\" }"), {"f.yaml:11:21: \"name\" must not be empty"}},
      {with_more("    schema: { name: }"), {"f.yaml:11:21: \"name\" has no value; write text"}},
      {with_more("  data_sets: { users: off, groups: off }"),
       {"f.yaml:3:3: no data set is on: nothing would be imported"}},
      {with_more(
           "  data_sets:\n    users: { where: 'mial == 1', add: [{ name: X, path: nmae.first }, "
           "{ name: Y, from: [name, other] }] }"),
       {"f.yaml:12:21: warning: where: the catalogue knows no \"mial\" in users; did you mean "
        "\"mail\"?",
        "f.yaml:12:40: warning: path: the catalogue knows no \"nmae\" in users; did you mean "
        "\"name\"?",
        "f.yaml:12:71: warning: from: the catalogue knows no \"other\" in users; the source is "
        "asked for it all the same"}},
      {with_more("  data_sets:\n    users: { rename: { name: } }"),
       {"f.yaml:12:30: rename: name needs its new name, like { name: Name }"}},
      {with_more("  schedule: sometimes"), {"f.yaml:11:13: " + forms}},
      {with_more("  schedule: { daily: \"02:30\", every: 15m }"), {"f.yaml:11:13: " + forms}},
      {with_more("  schedule: { daily: \"25:00\" }"),
       {"f.yaml:11:22: daily: a time of day is written as \"02:30\", in quotes"}},
      {with_more("  schedule: { daily: \"02:30\", time_zone: ../etc }"),
       {"f.yaml:11:42: time_zone: there is no zone \"../etc\"; write one like Europe/Berlin or "
        "UTC"}},
      {with_more("  schedule: { weekly: [mon, wen], at: \"06:00\" }"),
       {"f.yaml:11:29: weekly: \"wen\" is no day; did you mean \"wed\"?"}},
      {with_more("  schedule: { weekly: [monday, someday], at: \"24:00\" }"),
       {"f.yaml:11:24: weekly: \"monday\" is no day; did you mean \"mon\"?",
        "f.yaml:11:32: weekly: \"someday\" is no day; use mon tue wed thu fri sat sun, or mon-fri",
        "f.yaml:11:46: at: a time of day is written as \"02:30\", in quotes"}},
      {with_more("  schedule: { weekly: [] }"),
       {"f.yaml:11:13: schedule needs \"at\"",
        "f.yaml:11:23: weekly: name at least one day: [mon, thu]"}},
      {with_more("  schedule: hourli"),
       {"f.yaml:11:13: schedule: there is no \"hourli\"; did you mean hourly?"}},
      {with_more("  schedule: { dayly: \"02:30\" }"),
       {"f.yaml:11:15: unknown form of a schedule: \"dayly\"; did you mean \"daily\"?"}},
      {with_more("  schedule: { daily: \"02:30\", timezone: UTC }"),
       {"f.yaml:11:31: unknown key \"timezone\" in schedule; did you mean \"time_zone\"?"}},
      {with_more("  schedule: { daily: \"02:30\", time_zone: Europe/Berln }"),
       {"f.yaml:11:42: time_zone: there is no zone \"Europe/Berln\"; did you mean "
        "Europe/Berlin?"}},
      {with_more("  schedule: { daily: \"02:30\", time_zone: localtime }"),
       {"f.yaml:11:42: time_zone: there is no zone \"localtime\"; write one like Europe/Berlin "
        "or UTC"}},
      {with_more("  schedule: { every: 1s }"),
       {"f.yaml:11:22: every: whole minutes, between 1m and 7d"}},
      {with_more("  schedule: { every: 90s }"),
       {"f.yaml:11:22: every: whole minutes, between 1m and 7d"}},
      {with_more("  schedule: { every: 1h, time_zone: UTC }"),
       {"f.yaml:11:26: unknown key \"time_zone\" in schedule; possible: every"}},
      {with_more("  schedule: { cron: [1] }"), {"f.yaml:11:21: \"cron\" must be text"}},
      {with_more("  blackout: { from: \"08:00\" }"),
       {"f.yaml:11:13: blackout: write a list of windows: [ { days: [mon-fri], from: \"08:00\", "
        "to: \"18:00\" } ]"}},
      {with_more("  blackout: [ { }, { from: \"08:00\", to: \"08:00\" }, { days: [mo] } ]"),
       {"f.yaml:11:15: blackout: say when: days: [sat, sun], or from: \"08:00\", to: \"18:00\", "
        "or both",
        "f.yaml:11:20: blackout: `from` and `to` are the same; leave both out for whole days",
        "f.yaml:11:61: days: \"mo\" is no day; did you mean \"mon\"?"}},
      {with_more("  blackout: [ { from: \"24:00\", to: \"25:00\", form: 1 } ]"),
       {"f.yaml:11:23: from: a time of day is written as \"02:30\", in quotes",
        "f.yaml:11:36: to: a time of day is written as \"02:30\", in quotes",
        "f.yaml:11:45: unknown key \"form\" in blackout; did you mean \"from\"?"}},
      {with_more("  schedule: { cron: \"0 0 * *\" }"),
       {"f.yaml:11:21: cron: five fields are needed (minute, hour, day of month, month, day of "
        "week), not 4"}},
      {with_more("  schedule: { cron: \"61 0 * * *\" }"),
       {"f.yaml:11:21: cron: \"61\" is no minute (0 to 59; with * , - and /)"}},
      {with_more("  schedule: { cron: \"0 0 31 2,4 *\" }"),
       {"f.yaml:11:21: cron: this never happens: no chosen month has such a day"}},
  };
  for (const BadInput& bad : table) {
    EXPECT_THAT(findings(bad.text), testing::ElementsAreArray(bad.findings)) << bad.text;
  }
}

TEST_F(ImporterFileTest, AcceptsEveryFormOfASchedule) {
  const std::pair<const char*, const char*> forms[] = {
      {"none", "none"},
      {"hourly", "hourly"},
      {"{ daily: 02:30, time_zone: America/New_York }", "daily at 02:30 (America/New_York)"},
      {"{ weekly: [sun, mon, thu], at: \"06:00\" }", "mon, thu, sun at 06:00 (UTC)"},
      {"{ weekly: sat-mon, at: \"06:00\" }", "mon, sat, sun at 06:00 (UTC)"},
      {"{ every: 15m }", "every 15m"},
      {"{ every: 7h }", "every 7h"},
      {"{ every: 7d }", "every 7d"},
      {"{ cron: \"*/5 8-18/2 1,15 jan-mar mon\" }", "cron */5 8-18/2 1,15 jan-mar mon (UTC)"},
      {"{ cron: \"0 0 31 2 mon\" }", "cron 0 0 31 2 mon (UTC)"},
  };
  for (const auto& [written, words] : forms) {
    EXPECT_EQ(in_words(only(with_more(std::string("  schedule: ") + written)).schedule), words);
  }
}

TEST_F(ImporterFileTest, AcceptsBlackoutsInTheSchedulesZoneUnlessTheySayOtherwise) {
  const Importer importer =
      only(with_more("  blackout:\n"
                     "  - { days: [mon-fri], from: \"08:00\", to: \"18:00\" }\n"
                     "  - { days: [sat, sun], time_zone: UTC }\n"
                     "  - { from: \"22:00\", to: \"24:00\" }\n"
                     "  schedule: { daily: \"02:30\", time_zone: Europe/Berlin }"));
  const std::vector<Blackout>& windows = importer.schedule.blackouts;
  ASSERT_EQ(windows.size(), 3u);
  EXPECT_EQ(windows[0].days, Weekdays("0111110"));
  EXPECT_EQ(windows[0].from, std::chrono::hours(8));
  EXPECT_EQ(windows[0].to, std::chrono::hours(18));
  EXPECT_EQ(windows[0].time_zone, "Europe/Berlin");
  EXPECT_EQ(windows[1].days, Weekdays("1000001"));
  EXPECT_EQ(windows[1].from, std::chrono::hours(0));
  EXPECT_EQ(windows[1].to, kWholeDay);
  EXPECT_EQ(windows[1].time_zone, "UTC");
  EXPECT_EQ(windows[2].days, Weekdays("1111111"));
  EXPECT_EQ(windows[2].to, kWholeDay);
}

TEST_F(ImporterFileTest, ShowsAllFindingsOfAllImportersInTheOrderOfTheFile) {
  EXPECT_THAT(
      findings("version: 1\n"
               "importers:\n"
               "- name: one\n"
               "  source: peple\n"
               "  connection: { }\n"
               "  destination: { type: files, dir: a, dri: b }\n"
               "- name: one\n"
               "  source: people\n"
               "  connection: { tenant_id: t, client_secret: s }\n"
               "  record_limit: many\n"
               "  destination: { type: files, dir: a }\n"),
      ElementsAre(HasSubstr("f.yaml:4:11: unknown source"),
                  HasSubstr("f.yaml:6:39: unknown key \"dri\""),
                  HasSubstr("f.yaml:7:3: importer: the name \"one\" is already used at line 3"),
                  HasSubstr("f.yaml:9:46: client_secret: a secret must not"),
                  HasSubstr("f.yaml:10:17: \"record_limit\" must be")));
}

TEST_F(ImporterFileTest, TellsEverythingAlsoWhenSourceAndDestinationAreUnknown) {
  EXPECT_THAT(findings("version: 1\n"
                       "importers:\n"
                       "- name: one\n"
                       "  source: peple\n"
                       "  connection: { tenant_id: t, client_secret: s, api_token: { env: T },\n"
                       "                admin_password: p }\n"
                       "  data_sets: { users: { where: 'name = 1', limit: -1 } }\n"
                       "  destination: { type: asets, token: t, people: { api_token: x } }\n"),
              IsSupersetOf({HasSubstr("f.yaml:4:11: unknown source"),
                            HasSubstr("f.yaml:5:46: client_secret: a secret must not stand"),
                            HasSubstr("f.yaml:6:33: admin_password: a secret must not stand"),
                            HasSubstr("f.yaml:7:32: where: at character 6: unknown operator"),
                            HasSubstr("f.yaml:7:51: \"limit\" must be a whole number"),
                            HasSubstr("f.yaml:8:24: \"type\" must be one of"),
                            HasSubstr("f.yaml:8:38: token: a secret must not stand"),
                            HasSubstr("api_token: a secret must not stand")}));
}

TEST_F(ImporterFileTest, TellsTheOtherMistakesBesideAMisspeltType) {
  EXPECT_THAT(
      findings("version: 1\n"
               "importers:\n"
               "- name: one\n"
               "  source: people\n"
               "  connection: { tenant_id: t, client_secret: { env: S } }\n"
               "  destination: { type: jsm_asset, tokn: { env: T }, api_url: assets,\n"
               "                 schema: { name: '' }, missing_objects: removed }\n"),
      ElementsAre(HasSubstr("f.yaml:6:16: destination needs \"token\""),
                  HasSubstr("did you mean \"jsm_assets\"?"),
                  HasSubstr("f.yaml:6:35: unknown key \"tokn\""), HasSubstr("f.yaml:6:62: api_url"),
                  HasSubstr("\"name\""), HasSubstr("\"missing_objects\" must be one of")));
  EXPECT_THAT(findings("version: 1\n"
                       "importers:\n"
                       "- name: one\n"
                       "  source: people\n"
                       "  connection: { tenant_id: t, client_secret: { env: S } }\n"
                       "  destination: { dir: '', dri: x }\n"),
              ElementsAre(HasSubstr("needs \"type\""), HasSubstr("\"dir\""),
                          HasSubstr("unknown key \"dri\"")));
}

TEST_F(ImporterFileTest, WantsAListOfNeighbours) {
  for (const std::string value : {"foo", "{ name: foo }", ""}) {
    EXPECT_THAT(findings(kGood + std::string("neighbours: ") + value + "\n"),
                ElementsAre(HasSubstr("neighbours: a list of importers is needed")));
  }
}

TEST_F(ImporterFileTest, AcceptsDatesAndEmptinessInConditionsOnDates) {
  only(
      with_more("  data_sets: { users: { where: 'joined > \"2024-01-31\" or joined == \"\" or "
                "joined == null or joined starts_with \"2024-\" or "
                "joined in [\"2024-01-31T08:00:00Z\"]' } }"));
}

TEST_F(ImporterFileTest, WaitsForNoPipe) {
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(load_importers(pipe, library_).findings.at(0).text(), HasSubstr("is not a file"));
  const Importer importer =
      only(with(7, "    client_secret: { file: " + pipe + " }\n    ca_file: " + pipe));
  const auto missed = check_places(importer, Places::kSourceAndDestination);
  ASSERT_EQ(missed.size(), 2u);
  EXPECT_THAT(missed[0].text(), HasSubstr("is not a file"));
  EXPECT_THAT(missed[1].text(), HasSubstr("ca_file: "));
}

TEST_F(ImporterFileTest, NeverRepeatsASecretThatStandsInTheFile) {
  for (const char* line :
       {"    client_secret: hunter2", "    client_secret: [hunter2]",
        "    client_secret: { env: hunter2! }", "    client_secret: { x: hunter2 }",
        "    client_secret: { hunter2: }", "    private_key: hunter2"}) {
    for (const std::string& finding : findings(with(7, line))) {
      EXPECT_THAT(finding, Not(HasSubstr("hunter2"))) << line;
    }
    EXPECT_THAT(findings(with(7, line)), Not(IsEmpty())) << line;
  }
}

TEST_F(ImporterFileTest, NeverRepeatsAPlaceThatMayBeTheSecret) {
  const auto missed = [&](const std::string& place) {
    const Importer importer = only(with(7, "    client_secret: { " + place + " }"));
    const auto found = check_places(importer, Places::kSource);
    EXPECT_EQ(found.size(), 1u);
    const auto resolved = resolve_connection(importer);
    EXPECT_FALSE(resolved.ok());
    return found.at(0).text() + "\n" + resolved.error().text();
  };
  for (const std::string secret : {"Word_Like_This", "hunter2", "abc8Q", "s3cretS3cret"}) {
    EXPECT_THAT(missed("env: " + secret), AllOf(Not(HasSubstr(secret)), HasSubstr("not set")));
  }
  for (const std::string secret :
       {"hunter2~SECRET", "hunter2", "Xy8Q~ab.c-d_e", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY+x", "a b.c",
        "eyJhbGciOiJub25lIn0.e30.x"}) {
    EXPECT_THAT(missed("file: \"" + secret + "\""),
                AllOf(Not(HasSubstr(secret)), HasSubstr("No such file")));
  }
  for (const std::string path :
       {"/none/Entra.Secret", "./None", "../none/x", "importers.yaml.entra_secret", "keys/app-1"}) {
    EXPECT_THAT(missed("file: " + path), HasSubstr(path.substr(path.find_first_not_of("./"))));
  }
  setenv("Hr_Secret", "", 1);
  EXPECT_THAT(missed("env: Hr_Secret"), AllOf(Not(HasSubstr("Hr_Secret")), HasSubstr("is empty")));
  unsetenv("Hr_Secret");
}

TEST_F(ImporterFileTest, TakesFromASecretFileOnlyTheSecret) {
  const Importer importer =
      only(with(7, "    client_secret: { file: " + (folder_ / "Secret").string() + " }"));
  for (const std::string text : {"s3 cret", "\xEF\xBB\xBFs3 cret\r\n", "s3 cret \t\n\n"}) {
    write("Secret", text);
    const auto connection = resolve_connection(importer);
    ASSERT_TRUE(connection.ok()) << connection.error().text();
    EXPECT_EQ(connection->secrets.at("client_secret").reveal(), "s3 cret");
  }
  write("Secret", "\xEF\xBB\xBF \n");
  EXPECT_THAT(resolve_connection(importer).error().message, HasSubstr("Secret is empty"));
  write("Secret", std::string("\xFF\xFEs\0", 4));
  EXPECT_THAT(resolve_connection(importer).error().message, HasSubstr("UTF-16"));
}

TEST_F(ImporterFileTest, SaysThatAFileCannotBeOpened) {
  const ImporterFile file = load_importers((folder_ / "none.yaml").string(), library_);
  ASSERT_EQ(file.findings.size(), 1u);
  EXPECT_THAT(file.findings[0].text(), HasSubstr("none.yaml:1:1: cannot be opened: No such file"));
}

TEST_F(ImporterFileTest, TakesPathsRelativeToTheFile) {
  const std::string path =
      write("importers.yaml", with(7, "    client_secret: { file: secret.txt }"));
  write("secret.txt", "s3cret\n");
  const ImporterFile file = load_importers(path, library_);
  ASSERT_EQ(file.importers.size(), 1u);
  EXPECT_EQ(file.importers[0].destination.directory, (folder_ / "out").string());
  const auto connection = resolve_connection(file.importers[0]);
  ASSERT_TRUE(connection.ok()) << connection.error().text();
  EXPECT_EQ(connection->secrets.at("client_secret").reveal(), "s3cret");
}

TEST_F(ImporterFileTest, ResolvesEnvironmentVariablesAndForgetsThem) {
  setenv("HR_SECRET", "from the environment", 1);
  const char* before = std::getenv("HR_SECRET");
  const Importer importer = only(kGood);
  const auto connection = resolve_connection(importer);
  ASSERT_TRUE(connection.ok()) << connection.error().text();
  EXPECT_EQ(connection->secrets.at("client_secret").reveal(), "from the environment");
  EXPECT_EQ(connection->values.at("tenant_id"), "t-1");
  wipe_variables(importer);
  EXPECT_EQ(std::getenv("HR_SECRET"), nullptr);
  EXPECT_EQ(std::string_view(before), "");
}

TEST_F(ImporterFileTest, NamesEveryPlaceARunWouldMiss) {
  unsetenv("HR_SECRET");
  const Importer importer = only(
      "version: 1\nimporters:\n- name: hr\n  source: people\n"
      "  connection: { tenant_id: t, client_secret: { env: HR_SECRET }, ca_file: /none.pem }\n"
      "  destination: { type: jsm_assets, token: { secret: stored }, schema: { name: IT } }\n");
  std::vector<std::string> lines;
  for (const auto& finding : check_places(importer, Places::kSourceAndDestination)) {
    lines.push_back(finding.text());
  }
  EXPECT_THAT(
      lines,
      ElementsAre("f.yaml:5:46: client_secret: the environment variable HR_SECRET is not "
                  "set; export it before the run",
                  "f.yaml:5:75: ca_file: /none.pem cannot be read or is empty; name a PEM file",
                  "f.yaml:6:43: token: stored secrets need `muster serve`; on the command "
                  "line write { env: NAME } or { file: PATH }"));
  EXPECT_EQ(check_places(importer, Places::kSource).size(), 2u);
  const auto connection = resolve_connection(importer);
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().kind, base::ErrorKind::kSettings);
  EXPECT_EQ(connection.error().where, "f.yaml:5:46");
}

}  // namespace
}  // namespace muster::run
