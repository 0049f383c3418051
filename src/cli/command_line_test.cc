// The commands that need no network, through the program's own front door.
#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/checkout_for_tests.h"
#include "catalogue/loader.h"
#include "cli/test_support.h"
#include "json/value.h"
#include "store/db.h"
#include "store/store.h"

namespace muster::cli {
namespace {

using test::Answer;
using test::muster;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class CommandLineTest : public test::InFolder {
 protected:
  std::string importers(const std::string& name = "entra", const std::string& more = "") {
    return write(
        "importers.yaml",
        "version: 1\nimporters:\n- name: " + name +
            "\n  source: entra\n  connection:\n    tenant_id: t.example\n    client_id: c\n"
            "    client_secret: { env: MUSTER_TEST_NOT_SET }\n"
            "  destination: { type: jsm_assets, token: { env: MUSTER_TEST_NOT_SET }, schema: "
            "{ name: IT } }\n" +
            more);
  }
};

TEST_F(CommandLineTest, ShowsTheCatalogueOfABundledSource) {
  const Answer shown = muster({"sources", "okta", "--yaml"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, HasSubstr("\nname: okta\n"));
  EXPECT_EQ(muster({"sources", "--yaml"}).code, 2);
}

TEST_F(CommandLineTest, ExplainsItselfWithAnExampleOfEveryCommand) {
  for (const char* command : {"sources", "lint", "check", "schema", "schedule", "plan", "run",
                              "runs", "serve", "worker", "doctor", "version", "completion"}) {
    const Answer answer = muster({command, "--help"});
    EXPECT_EQ(answer.code, 0) << command;
    EXPECT_THAT(answer.out, HasSubstr(std::string("Example:\n  muster ") + command)) << command;
    EXPECT_THAT(answer.err, IsEmpty()) << command;
  }
  EXPECT_THAT(muster({"--help"}).out, HasSubstr("completion"));
  EXPECT_EQ(muster({}).code, 2);
}

TEST_F(CommandLineTest, EndsWithTwoAndAHintWhenUsedWrongly) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"runn"}, "muster: unknown command runn, did you mean run?; try `muster --help`\n"},
      {{"run"}, "muster: FILE is required; try `muster run --help`\n"},
      {{"run", "f", "i", "--tset"},
       "muster: unknown option --tset, did you mean --test?; try `muster run --help`\n"},
      {{"run", "f", "i", "--limit", "0"},
       "muster: --limit: a whole number from 1 to 100000000 is needed; try `muster run --help`\n"},
      {{"run", "f", "i", "--databse=sqlite:x"},
       "muster: unknown option --databse=sqlite:x, did you mean --database?; try `muster run "
       "--help`\n"},
      {{"--database", "sqlite:x", "run", "f", "i"},
       "muster: --database belongs behind the command: muster run ... --database; try `muster run "
       "--help`\n"},
      {{"--json", "runs", "show", "0197"},
       "muster: --json belongs behind the command: muster runs show ... --json; try `muster runs "
       "show --help`\n"},
      {{"lint", "a", "b"}, "muster: unexpected argument b; try `muster lint --help`\n"},
      {{"--log-level", "loud", "lint", "f"},
       "muster: --log-level: \"loud\" is none of debug, info, warn, error, off; try `muster lint "
       "--help`\n"},
  };
  for (const auto& [words, message] : cases) {
    const Answer answer = muster(words);
    EXPECT_EQ(answer.code, 2) << message;
    EXPECT_EQ(answer.err, message);
    EXPECT_THAT(answer.out, IsEmpty()) << message;
  }
  EXPECT_EQ(muster({"run", "f", "i", "--test", "--limit", "5"}).code, 2);
  EXPECT_EQ(muster({"run", "f", "i", "--approved-by", "me"}).code, 2);
}

TEST_F(CommandLineTest, ListsSourcesForPeopleAndScripts) {
  EXPECT_THAT(muster({"sources"}).out, HasSubstr("Microsoft Entra ID"));
  EXPECT_THAT(muster({"sources", "entra"}).out,
              AllOf(HasSubstr("User.Read.All"), HasSubstr("mail")));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"sources", "--json"}, {"sources", "entra", "--json"}}) {
    const auto document = json::Document::parse(muster(words).out);
    ASSERT_TRUE(document.ok()) << document.error().text();
  }
  const Answer answer = muster({"sources", "entre"});
  EXPECT_EQ(answer.code, 2);
  EXPECT_THAT(answer.err, HasSubstr("did you mean \"entra\"?"));
}

TEST_F(CommandLineTest, LintsWithoutNeedingTheSecrets) {
  const std::string path = importers();
  const Answer answer = muster({"lint", path});
  EXPECT_EQ(answer.code, 0) << answer.out;
  EXPECT_THAT(answer.out, AllOf(HasSubstr(path + ":8:20: warning: client_secret: the environment "
                                                 "variable MUSTER_TEST_NOT_SET is not set"),
                                HasSubstr(": 1 importer, no errors.\n")));
}

TEST_F(CommandLineTest, LintsACatalogueFromItsFirstLineOn) {
  const std::string path = write("shop.yaml", "name: shop\ntitle: Shop\n");
  EXPECT_THAT(muster({"lint", path}).out,
              AllOf(HasSubstr(path + ":1:1: a catalogue needs \"connection\"\n"),
                    HasSubstr(path + ":1:1: a catalogue needs \"data_sets\"\n")));
}

TEST_F(CommandLineTest, LintsACatalogueThatSharesTheAccountOfABundledOne) {
  const std::string path =
      write("more.yaml",
            "name: more\ntitle: More\naccount_of: entra\nlanes: { main: { units: 10 } }\n"
            "data_sets:\n  teams:\n    title: Team\n    path: /teams\n    lane: main\n"
            "    records: value\n    key: id\n    label: id\n    attributes: { id: text }\n");
  const Answer answer = muster({"lint", path});
  EXPECT_EQ(answer.out, path + ": catalogue of More with 1 data set, no errors.\n");
  EXPECT_EQ(answer.code, 0);
}

TEST_F(CommandLineTest, TakesCataloguesOfAFolderInEveryCommandThatReadsSources) {
  std::filesystem::create_directory(folder_ / "own");
  write("own/shop.yaml",
        "name: shop\ntitle: Shop\nconnection: { url: url, token: secret }\n"
        "addresses: { api: { field: url } }\nsign_in: { strategy: bearer, token: token }\n"
        "lanes: { main: { units: 10 } }\ndata_sets:\n  items:\n    title: Shop Item\n"
        "    path: /items\n    lane: main\n    key: id\n    label: id\n    attributes: { id: text "
        "}\n");
  const std::string file =
      write("importers.yaml",
            "version: 1\nimporters:\n- name: shop\n  source: shop\n  connection: { url: "
            "\"https://shop.example\", token: { env: MUSTER_TEST_NOT_SET } }\n"
            "  destination: { type: files, dir: out }\n");
  const std::string folder = (folder_ / "own").string();
  EXPECT_THAT(muster({"sources", "shop", "--catalogues", folder}).out, HasSubstr("Shop Item"));
  EXPECT_EQ(muster({"lint", file, "--catalogues", folder}).code, 0);
  EXPECT_THAT(muster({"schema", file, "shop", "--catalogues", folder}).out, HasSubstr("Shop Item"));
  for (const char* command : {"check", "plan", "run"}) {
    EXPECT_THAT(muster({command, file, "shop", "--catalogues", folder}).err,
                AllOf(HasSubstr("MUSTER_TEST_NOT_SET"), Not(HasSubstr("there is no"))))
        << command;
    EXPECT_THAT(muster({command, file, "shop"}).err, HasSubstr("\"shop\"")) << command;
  }
}

TEST_F(CommandLineTest, DoubtsAttributesThatTheCatalogueDoesNotKnowWithoutRefusingThem) {
  const Answer answer =
      muster({"lint", importers("entra",
                                "  data_sets:\n    users: { where: 'departmnt == \"x\"' }\n"
                                "    licenses: { where: 'skuId == \"x\"' }\n")});
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.out,
              AllOf(HasSubstr(":11:21: warning: where: the catalogue knows no \"departmnt\" in "
                              "users; did you mean \"department\"?\n"),
                    HasSubstr("no errors")));
}

TEST_F(CommandLineTest, RefusesAFilterByANameThatNoRecordHas) {
  const Answer answer = muster(
      {"lint",
       importers("entra", "  data_sets:\n    licenses: { where: 'productName == \"x\"' }\n")});
  EXPECT_EQ(answer.code, 2);
  EXPECT_THAT(answer.out, HasSubstr(":11:24: where: \"productName\" of licenses is looked up "
                                    "by skuId; write that\n"));
}

TEST_F(CommandLineTest, SaysWhereEveryFindingIsAlsoWithoutAFile) {
  const Answer answer = muster({"lint", (folder_ / "none.yaml").string()});
  EXPECT_THAT(answer.out, HasSubstr("none.yaml:1:1: cannot be opened: No such file"));
}

TEST_F(CommandLineTest, NamesEveryFindingBeforeAnythingIsSent) {
  const std::string path = importers("entra", "  data_sets: { usres: on }\n  deadline: soon\n");
  for (const char* command : {"check", "plan", "run"}) {
    const Answer answer = muster({command, path, "entra"});
    EXPECT_EQ(answer.code, 2) << command;
    EXPECT_THAT(answer.out, IsEmpty()) << command;
    EXPECT_THAT(answer.err, AllOf(HasSubstr(":8:20: client_secret: the environment variable "
                                            "MUSTER_TEST_NOT_SET is not set"),
                                  HasSubstr(":10:16: "), HasSubstr("usres"),
                                  HasSubstr(":11:13: \"deadline\" must be a duration")))
        << command;
  }
  EXPECT_EQ(muster({"lint", path}).code, 2);
  EXPECT_EQ(muster({"lint", (folder_ / "none.yaml").string()}).code, 2);
}

TEST_F(CommandLineTest, SuggestsTheImporterThatWasMeant) {
  const Answer answer = muster({"schema", importers("entra"), "entar"});
  EXPECT_EQ(answer.code, 2);
  EXPECT_THAT(answer.err, HasSubstr("has no importer \"entar\"; did you mean \"entra\"?"));
}

TEST_F(CommandLineTest, PrintsTheSchemaThatWouldBeSent) {
  const Answer answer = muster({"schema", importers(), "entra"});
  EXPECT_EQ(answer.code, 0) << answer.err;
  const auto document = json::Document::parse(answer.out);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root().find("schema")->find("objectSchema")->find("name")->text(), "IT");
}

TEST_F(CommandLineTest, PreviewsTheNextTimesOfEveryImporter) {
  const std::string path = importers("entra", "  schedule: { daily: \"02:30\" }\n");
  const Answer ten = muster({"schedule", path});
  EXPECT_EQ(ten.code, 0) << ten.err;
  EXPECT_THAT(ten.out, HasSubstr("entra: daily at 02:30 (UTC)\n"));
  EXPECT_EQ(std::count(ten.out.begin(), ten.out.end(), '\n'), 13);  // ten, and three around
  const Answer two = muster({"schedule", path, "entra", "--count", "2", "--json"});
  EXPECT_EQ(two.code, 0) << two.err;
  const auto document = json::Document::parse(two.out);
  ASSERT_TRUE(document.ok());
  ASSERT_EQ(document->root().items().size(), 1u);
  const json::Value& ticks = *document->root().items()[0].find("ticks");
  ASSERT_EQ(ticks.items().size(), 2u);
  EXPECT_THAT(std::string(ticks.items()[1].find("utc")->text()), HasSubstr("T02:30:00.000Z"));
  EXPECT_EQ(muster({"schedule", path, "jamf"}).code, 2);
  EXPECT_EQ(muster({"schedule", path, "--count", "0"}).code, 2);
}

TEST_F(CommandLineTest, LintsCatalogueFilesToo) {
  const Answer good = muster({"lint", base::checkout_for_tests() + "/catalogues/entra.yaml"});
  EXPECT_EQ(good.code, 0) << good.out;
  EXPECT_THAT(good.out, HasSubstr("catalogue of Microsoft Entra ID"));
  const Answer bad = muster({"lint", write("bad.yaml", "name: bad\ndata_sets: 5\n")});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.out, HasSubstr("bad.yaml:2:12: "));
}

TEST_F(CommandLineTest, WarnsOfABrokenCatalogueAndRefusesOnlyItsSource) {
  write("broken.yaml", "name: broken\n");
  const Answer answer = muster({"sources", "--catalogues", folder_.string()});
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.err, HasSubstr("broken.yaml:1:1: warning: "));
  EXPECT_THAT(answer.out, HasSubstr("entra"));
  EXPECT_EQ(muster({"sources", "entra", "--catalogues", folder_.string()}).code, 0);
  const Answer refused = muster({"sources", "broken", "--catalogues", folder_.string()});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("the catalogue of broken cannot be used"));
  EXPECT_EQ(muster({"sources", "--catalogues", (folder_ / "none").string()}).code, 2);
}

TEST_F(CommandLineTest, ShowsAnEmptyHistoryAndSaysWhichRunItDoesNotKnow) {
  const std::string database = "sqlite:" + (folder_ / "state" / "muster.db").string();
  ASSERT_TRUE(store::open_store(database).ok());
  EXPECT_EQ(muster({"runs", "--database", database}).out, "No run yet.\n");
  EXPECT_EQ(muster({"runs", "--json", "--database", database}).out, "[]\n");
  const Answer answer = muster({"runs", "show", "0197", "--database", database});
  EXPECT_EQ(answer.code, 2);
  EXPECT_THAT(answer.err, HasSubstr("there is no run 0197"));
  EXPECT_EQ(muster({"runs", "--database", "oracle:x"}).code, 2);
  EXPECT_EQ(muster({"runs", "--database", "sqlite:/proc/none/muster.db"}).code, 8);
}

TEST_F(CommandLineTest, CreatesNoDatabaseForSomebodyWhoOnlyLooks) {
  const std::filesystem::path state = folder_ / "state";
  const std::string database = "sqlite:" + (state / "deep" / "x.db").string();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"runs"}, {"runs", "--json"}, {"runs", "show", "0197"}}) {
    std::vector<std::string> with_database = words;
    with_database.insert(with_database.end(), {"--database", database});
    const Answer answer = muster(with_database);
    EXPECT_EQ(answer.code, 8);
    EXPECT_THAT(answer.out, IsEmpty());
    EXPECT_THAT(answer.err,
                HasSubstr("There is no database " + (state / "deep" / "x.db").string()));
  }
  setenv("XDG_STATE_HOME", state.c_str(), 1);
  const Answer runs = muster({"runs"});
  EXPECT_EQ(runs.code, 0);
  EXPECT_EQ(runs.out, "No run yet.\n");
  EXPECT_EQ(muster({"runs", "--json"}).out, "[]\n");
  const Answer show = muster({"runs", "show", "0197"});
  EXPECT_EQ(show.code, 2);
  EXPECT_THAT(show.err, HasSubstr("there is no run 0197; no run was made yet"));
  unsetenv("XDG_STATE_HOME");
  EXPECT_FALSE(std::filesystem::exists(state));
}

TEST_F(CommandLineTest, AdministersAStoreAndTellsWhatWasDone) {
  const std::string database = "sqlite:" + (folder_ / "service.db").string();
  const auto on_it = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--database", database});
    return muster(words);
  };
  const std::string password = write("password.txt", "correct horse\n");
  EXPECT_THAT(on_it({"admin", "list"}).out, HasSubstr("There are no admins"));
  EXPECT_THAT(on_it({"admin", "add", "anna", "--password-file", password}).err,
              HasSubstr("operator"))
      << "the first one must be an operator";
  EXPECT_EQ(on_it({"admin", "add", "olga", "--operator", "--password-file", password}).code, 0);
  EXPECT_EQ(on_it({"admin", "add", "olga", "--password-file", password}).code, 2);
  EXPECT_EQ(on_it({"admin", "add", "Anna", "--password-file", password}).code, 2);
  EXPECT_EQ(on_it({"admin", "add", "anna", "--password-file", write("short.txt", "x")}).code, 2);
  EXPECT_EQ(on_it({"admin", "add", "anna", "--password-file", password}).code, 0);
  EXPECT_EQ(on_it({"site", "add", "acme", "--name", "Acme Inc."}).code, 0);
  EXPECT_EQ(on_it({"site", "add", "Acme"}).code, 2);
  EXPECT_THAT(on_it({"site", "list"}).out, ContainsRegex("Acme Inc. +production +trial until"));
  EXPECT_EQ(on_it({"site", "add", "acme-test", "--sandbox-of", "acme"}).code, 0);
  EXPECT_EQ(on_it({"site", "add", "other", "--sandbox-of", "acme-test"}).code, 2);
  EXPECT_EQ(on_it({"site", "contact", "acme", "it@acme.example"}).code, 0);
  EXPECT_EQ(on_it({"site", "contact", "acme", "nobody"}).code, 2);
  const std::string key = (folder_ / "licence.key").string();
  const std::string public_key = muster({"licence", "generate-key", key}).out;
  EXPECT_EQ(on_it({"licence", "trust", public_key.substr(0, public_key.size() - 1)}).code, 0);
  for (int i = 0; i < 300; ++i) {  // one in 64 would
    const std::string other = (folder_ / ("licence" + std::to_string(i))).string();
    const std::string made = muster({"licence", "generate-key", other}).out;
    EXPECT_FALSE(made.starts_with('-')) << made << " would be taken for an option";
  }
  const Answer issued = muster({"licence", "issue", "acme", "2999-12-31", "--key-file", key});
  const std::string licence = write("acme.licence", issued.out);
  EXPECT_EQ(on_it({"site", "licence", "acme-test", licence}).code, 2) << "it is for acme";
  EXPECT_THAT(on_it({"site", "licence", "acme", licence}).out,
              HasSubstr("acme: active until 3000-01-01"));
  EXPECT_THAT(on_it({"site", "list"}).out, ContainsRegex("sandbox of acme +active .*by acme"));
  EXPECT_THAT(on_it({"site", "remove", "acme-test", "--keep-days", "7"}).out,
              HasSubstr("kept until"));
  EXPECT_THAT(on_it({"site", "add", "acme-test", "--sandbox-of", "acme"}).out,
              HasSubstr("is back"));
  EXPECT_EQ(on_it({"site", "entitle", "default", "trial"}).code, 0);
  setenv("MUSTER_TEST_NOT_SET", "x", 1);
  const Answer refused = on_it({"run", importers(), "entra"});
  unsetenv("MUSTER_TEST_NOT_SET");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("The entitlement of the site default has ended"));
  EXPECT_EQ(on_it({"site", "entitle", "default", "ever"}).code, 0);
  EXPECT_EQ(on_it({"migrate"}).code, 0);
  EXPECT_EQ(on_it({"migrate", "--grant-to", "somebody"}).code, 2) << "SQLite has no users";
  EXPECT_EQ(on_it({"admin", "role", "anna", "acme", "owner"}).code, 2);
  EXPECT_EQ(on_it({"admin", "role", "anna", "acme", "auditor"}).out, "anna: auditor of acme\n");
  EXPECT_THAT(on_it({"admin", "list"}).out, ContainsRegex("anna +auditor of acme"));
  EXPECT_EQ(on_it({"admin", "role", "anna", "acme", "none"}).out, "anna: no role any more\n");
  EXPECT_EQ(on_it({"admin", "password", "anna", "--password-file", password}).code, 0);
  EXPECT_EQ(on_it({"admin", "password", "nobody", "--password-file", password}).code, 2);
  EXPECT_EQ(on_it({"admin", "remove", "anna"}).code, 0);
  EXPECT_NE(on_it({"admin", "remove", "olga"}).code, 0) << "the last operator";
  EXPECT_EQ(on_it({"apply", importers()}).code, 0);
  EXPECT_THAT(on_it({"audit", "list"}).out, ContainsRegex("command line +importer.put +entra"));
  const Answer done = on_it({"audit", "list", "--installation"});
  EXPECT_THAT(done.out, ContainsRegex("admin.removed +anna"));
  EXPECT_THAT(done.out, Not(HasSubstr("horse")));
  EXPECT_EQ(on_it({"audit", "verify"}).code, 0);
  ASSERT_TRUE(store::open_db(database).value()->run_script("UPDATE audit SET who = 'eve'").ok());
  const Answer broken = on_it({"audit", "verify"});
  EXPECT_NE(broken.code, 0);
  EXPECT_THAT(broken.out, HasSubstr("Entry 1 or one before it was changed."));
}

TEST_F(CommandLineTest, ErasesAPersonFromEveryFileOfTheStore) {
  const std::filesystem::path state = folder_ / "state";
  std::filesystem::create_directories(state);
  const std::string database = "sqlite:" + (state / "muster.db").string();
  const auto on_it = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--database", database});
    return muster(words);
  };
  const auto everything = [&] {
    std::string bytes;
    for (const auto& file : std::filesystem::directory_iterator(state)) {
      std::ifstream opened(file.path(), std::ios::binary);
      bytes += std::string(std::istreambuf_iterator<char>(opened), {});
    }
    return bytes;
  };
  const std::string password = write("password.txt", "correct horse\n");
  for (const std::string name : {"olga", "canary@acme.example"}) {
    ASSERT_EQ(on_it({"admin", "add", name, "--operator", "--password-file", password}).code, 0);
  }
  ASSERT_EQ(on_it({"site", "add", "acme", "--contact", "canary@acme.example"}).code, 0);
  ASSERT_EQ(on_it({"admin", "role", "canary@acme.example", "acme", "admin"}).code, 0);
  const std::string heads = on_it({"audit", "verify"}).out;
  ASSERT_THAT(everything(), HasSubstr("canary"));

  const std::vector<std::string> erase = {"person", "erase", "canary@acme.example", "--yes"};
  const Answer asked = on_it({"person", "erase", "canary@acme.example"});
  EXPECT_EQ(asked.code, 2) << "nobody said yes";
  EXPECT_THAT(asked.err, HasSubstr("--yes"));
  EXPECT_THAT(everything(), HasSubstr("canary"));
  const Answer erased =
      on_it({"person", "erase", "Canary@acme.example", "--yes", "--backups-kept", "14"});
  EXPECT_EQ(erased.code, 0) << erased.err;
  EXPECT_THAT(erased.out, ContainsRegex("Canary@acme.example: person-[0-9a-f]+ from now on"));
  EXPECT_THAT(erased.out, HasSubstr("Removed: 1 role of a person, 1 account."));
  EXPECT_THAT(erased.out, ContainsRegex("Renamed in: .* audit entries, 1 site."));
  EXPECT_THAT(erased.out, ContainsRegex("Kept for 14 days, the last of them goes on 2[0-9-]+"));
  EXPECT_THAT(everything(), Not(HasSubstr("canary")));
  EXPECT_THAT(on_it({"admin", "list"}).out, Not(HasSubstr("canary")));
  EXPECT_EQ(on_it({"audit", "verify"}).code, 0) << heads;
  EXPECT_THAT(on_it({"audit", "list", "--installation"}).out,
              ContainsRegex("person.erased +person-"));
  EXPECT_EQ(on_it(erase).code, 2) << "nothing is left of it";
  const Answer last = on_it({"person", "erase", "olga", "--yes"});
  EXPECT_EQ(last.code, 2);
  EXPECT_THAT(last.err, HasSubstr("Nobody would be left"));
}

TEST_F(CommandLineTest, ReportsWhatIsStoredAboutASite) {
  const std::string database = "sqlite:" + (folder_ / "muster.db").string();
  const auto on_it = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--database", database});
    return muster(words);
  };
  const std::string password = write("password.txt", "correct horse\n");
  const std::string key = (folder_ / "key").string(), secret = write("secret", "canary-value");
  const std::string backups = (folder_ / "backups").string();
  ASSERT_EQ(on_it({"admin", "add", "olga", "--operator", "--password-file", password}).code, 0);
  ASSERT_EQ(on_it({"admin", "add", "anna", "--password-file", password}).code, 0);
  ASSERT_EQ(on_it({"admin", "role", "anna", "default", "auditor"}).code, 0);
  ASSERT_EQ(muster({"key", "generate", key}).code, 0);
  ASSERT_EQ(on_it({"secret", "set", "graph", "--file", secret, "--key-file", key}).code, 0);
  ASSERT_EQ(on_it({"apply", importers()}).code, 0);
  ASSERT_EQ(on_it({"backup", "create", backups, "--key-file", key}).code, 0);

  const Answer text = on_it({"site", "report", "default", "--backups", backups});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("SQLite, "), HasSubstr(database.substr(7)),
                              ContainsRegex("entra +entra +jsm_assets +1 "),
                              HasSubstr("env:MUSTER_TEST_NOT_SET"), ContainsRegex("graph +2")));
  EXPECT_THAT(text.out,
              AllOf(ContainsRegex("anna +auditor"), ContainsRegex("olga +operator"),
                    HasSubstr("Entitlement: active"), HasSubstr("default.bundle"),
                    ContainsRegex("Audit log: [0-9]+ entries, whole; head [0-9a-f]{64}")));
  EXPECT_THAT(text.out, Not(HasSubstr("canary-value")));

  const Answer json = on_it({"site", "report", "default", "--json"});
  EXPECT_THAT(json.out, Not(HasSubstr("canary-value")));
  const auto report = json::Document::parse(json.out);
  ASSERT_TRUE(report.ok()) << json.out;
  const json::Value& root = report->root();
  EXPECT_EQ(root.find("site")->text(), "default");
  EXPECT_TRUE(root.find("backups")->is_null());
  EXPECT_EQ(root.find("secrets")->items().front().find("name")->text(), "graph");
  const json::Value& data = root.find("databases")->items().front();
  EXPECT_EQ(data.find("engine")->text(), "SQLite");
  bool has_versions = false;
  for (const json::Value& table : data.find("tables")->items()) {
    if (table.find("table")->text() != "importer_versions") continue;
    has_versions = true;
    EXPECT_EQ(table.find("rows")->integer(), 1);
    EXPECT_GT(table.find("bytes")->integer().value_or(0), 100);
  }
  EXPECT_TRUE(has_versions);
  EXPECT_EQ(on_it({"site", "report", "nobody"}).code, 2);

  ASSERT_EQ(on_it({"site", "add", "acme"}).code, 0);
  ASSERT_EQ(on_it({"site", "remove", "acme", "--keep-days", "30"}).code, 0);
  EXPECT_THAT(on_it({"site", "report", "acme"}).out, HasSubstr("Removed: its data is deleted on "));
}

TEST_F(CommandLineTest, TellsItsVersionAndCompletes) {
  EXPECT_THAT(muster({"version"}).out, StartsWith("muster "));
  EXPECT_THAT(muster({"version", "--features"}).out, ContainsRegex("sources .* entra, "));
  const auto version = json::Document::parse(muster({"version", "--json"}).out);
  ASSERT_TRUE(version.ok());
  EXPECT_THAT(muster({"version"}).out, HasSubstr(version->root().find("version")->text()));
  EXPECT_THAT(version->root().find("build")->find("compiler")->text(), StartsWith("g++ "));
  const json::Value* sources = version->root().find("features")->find("sources");
  EXPECT_EQ(sources->items().size(), catalogue::Library::bundled().names().size());
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Answer answer = muster({"completion", shell});
    EXPECT_EQ(answer.code, 0);
    EXPECT_THAT(answer.out, AllOf(HasSubstr("approve"), HasSubstr("show"), HasSubstr("sources")));
  }
  EXPECT_EQ(muster({"completion", "cmd"}).code, 2);
}

}  // namespace
}  // namespace muster::cli
