#include "store/persons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "store/accounts.h"
#include "store/idempotency.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/notices.h"
#include "store/person_columns.h"
#include "store/person_names.h"
#include "store/secrets.h"
#include "store/site_copy.h"
#include "store/sites.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using base::Status;
using test::at;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr const char* kAnna = "anna.canary@acme.example";
constexpr const char* kAddress = "203.0.113.77";
constexpr const char* kSubject = "subject-248289761001";

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class PersonsTest : public testing::Test {
 protected:
  PersonsTest() {
    EXPECT_TRUE(open_store(url_).ok());
    accounts_ = open_accounts(url_).value();
    audit_ = open_audit(url_).value();
    const AuditEntry entry{.site = "acme", .at = at(1), .who = kAnna, .act = "site.added"};
    EXPECT_TRUE(
        open_sites(url_)
            .value()
            ->add({.site = "acme", .name = "Acme", .created = at(1), .contact = {kAnna, {}, {}}},
                  entry)
            .ok());
    put_operator("olga");
    put_operator(kAnna);
  }
  static void ok(const Status& status) { ASSERT_TRUE(status.ok()) << status.error().text(); }
  static std::string reason(const Status& status) {
    return status.ok() ? "" : status.error().reason;
  }

  AuditEntry by(const std::string& who, const std::string& act, const std::string& target,
                const std::string& site = "") {
    return {.site = site,
            .at = at(++now_),
            .who = who,
            .origin = kAddress,
            .act = act,
            .target = target};
  }
  void put_operator(const std::string& name) {
    Admin admin{.admin = name,
                .password = "hash",
                .is_operator = true,
                .created = at(1),
                .roles = {{"acme", "admin"}}};
    if (name == kAnna) admin.identity = OpenIdentity{"https://login.example", kSubject};
    AuditEntry entry = by("olga", "admin.identity", name);
    entry.after = name == kAnna ? std::string("https://login.example ") + kSubject : "";
    ok(accounts_->put_admin(admin, entry));
  }
  // Her name in everything that knows names.
  void work() {
    ok(accounts_->add_session({.token_hash = "h",
                               .session = "s",
                               .admin = kAnna,
                               .origin = kAddress,
                               .created = at(1),
                               .last_seen = at(1),
                               .ends = at(99)},
                              by(kAnna, "admin.signed_in", kAnna)));
    ok(accounts_->add_token({.token_hash = "h",
                             .token = "t",
                             .admin = kAnna,
                             .name = "laptop",
                             .scope = "read",
                             .created = at(1),
                             .ends = at(99)},
                            by(kAnna, "token.made", "t")));
    const auto keys = open_idempotency(url_).value();
    for (const std::string& who : {std::string(kAnna), std::string("olga")}) {
      ASSERT_TRUE(keys->begin({who, "k", "h"}, at(1)).ok());
      ok(keys->answered({who, "k", "h"}, {200, std::string(R"({"admin":")") + kAnna + R"("})"}));
    }
    ok(audit_->append(by("olga", "access.refused", "/api/v1/admins/anna.canary%40acme.example/x")));
    const auto store = open_store(url_, "acme").value();
    RunRow run = test::ended(test::begun("r-1"), "cancelled");
    run.message = std::string(kAnna) + " did not let pass what the gate had found: no";
    run.report = R"({"gate":{"approved_by":")" + std::string(kAnna) + R"("},"message":")" +
                 run.message + R"("})";
    ok(store->run_started(test::begun("r-1")));
    ok(store->run_ended(run, nullptr));
    ok(store->approve({"r-1", "entra", "[]", kAnna, at(5), ""}));
    AuditEntry put = by(kAnna, "importer.put", "entra", "acme");
    ASSERT_TRUE(open_importers(url_)
                    .value()
                    ->put("acme", {.importer = "entra", .definition = "x", .from_version = {}},
                          kAnna, at(1), &put)
                    .ok());
    ask_for_a_job();
    const auto secrets = open_secrets(url_).value();
    ok(secrets->change_key("", "key"));
    ASSERT_TRUE(secrets->add_data_key({"acme", "wrapped"}, "key").ok());
    ok(secrets->put("acme", {"token", at(1), kAnna}, "sealed",
                    by(kAnna, "secret.put", "token", "acme")));
    ASSERT_TRUE(open_notices(url_)
                    .value()
                    ->add({.site = "acme",
                           .notice = "n",
                           .at = at(1),
                           .kind = "test",
                           .subject = "acme: test",
                           .body = std::string(kAnna) + " wanted to know whether it arrives."},
                          {"email"})
                    .ok());
    ok(test::open_unguarded(url_)->run(
        "UPDATE notice_deliveries SET problem = '550 <Anna.Canary@acme.example>: no such user'"));
  }
  void ask_for_a_job() {
    ok(open_jobs(url_).value()->ask(
        {.site = "acme",
         .job_id = "j-1",
         .importer = "entra",
         .trigger = "manual",
         .tick = {},
         .options = R"({"approve":"r-1","approved_by":")" + std::string(kAnna) + R"("})",
         .due = at(1),
         .run_id = {}},
        by(kAnna, "run.approved", "r-1", "acme")));
  }
  // By whoever owns the tables.
  std::string owner() const {
    if (std::getenv("MUSTER_TEST_POSTGRES") == nullptr) return url_;
    return test::url_as(std::getenv("MUSTER_TEST_POSTGRES"), "muster_owner",
                        url_.substr(url_.rfind('/') + 1));
  }
  Erased erase(const std::vector<std::string>& names, const std::string& as = "") {
    const base::Result<Person> person = begin_erasing(owner(), names, as, at(50));
    EXPECT_TRUE(person.ok()) << person.error().text();
    pseudonym_ = person->pseudonym;
    const base::Result<Erased> erased = erase_person(owner(), *person, by("root", "", ""));
    EXPECT_TRUE(erased.ok()) << erased.error().text();
    return *erased;
  }
  std::string mistakes(const std::string& site) { return audit_->verify(site)->mistakes; }
  void tamper(const std::string& sql) { ok(test::open_unguarded(url_)->run_script(sql)); }

  // Every value of every row.
  std::string all_values() {
    std::string all;
    const auto db = test::open_unguarded(url_);
    const std::vector<std::string> tables = db->tables().value();
    for (const std::string& table : tables) {
      const bool is_file = db->engine() == Db::Engine::kSqlite;
      std::vector<std::string> columns;
      Statement names =
          is_file ? db->query("SELECT name FROM pragma_table_info('" + table + "')").value()
                  : db->query(
                          "SELECT column_name FROM information_schema.columns "
                          "WHERE table_schema = 'public' AND table_name = '" +
                          table + "'")
                        .value();
      while (names.step().value()) columns.push_back(names.text(0));
      for (const std::string& column : columns) {
        Statement rows = db->query("SELECT " + column + " FROM " + table).value();
        while (rows.step().value()) {
          if (!rows.is_null(0)) all += rows.text(0) + "\n";
        }
      }
    }
    return all;
  }
  // Every byte of the files that the database is in, without the write-ahead log of PostgreSQL.
  std::string all_bytes() {
    const auto db = test::open_unguarded(url_);
    if (db->engine() == Db::Engine::kSqlite) {
      std::string bytes;
      for (const auto& file : std::filesystem::directory_iterator(
               std::filesystem::path(url_.substr(7)).parent_path())) {
        bytes += text_of(file.path());
      }
      return bytes;
    }
    ok(db->run_script("CHECKPOINT"));
    Statement row = db->query(
                          "SELECT current_setting('data_directory') || '/base/' || oid FROM "
                          "pg_database WHERE datname = current_database()")
                        .value();
    EXPECT_TRUE(row.step().value());
    std::string bytes;
    for (const auto& file : std::filesystem::directory_iterator(row.text(0))) {
      bytes += text_of(file.path());
    }
    return bytes;
  }

  const test::TemporaryFolder folder_;
  const std::string url_ = test::fresh_database(folder_);
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Audit> audit_;
  std::int64_t now_ = 1;
  std::string pseudonym_;
};

// Whoever adds a column of text says in person_columns.h whether names stand there.
TEST_F(PersonsTest, OfEveryTextOfTheStoreIsSaidWhetherNamesStandThere) {
  const auto db = test::open_unguarded(url_);
  std::vector<std::string> columns, known;
  const bool is_file = db->engine() == Db::Engine::kSqlite;
  for (const std::string& table : db->tables().value()) {
    if (table == "schema_migrations") continue;
    Statement rows =
        is_file
            ? db->query("SELECT name, lower(type) FROM pragma_table_info('" + table + "')").value()
            : db->query(
                    "SELECT column_name, data_type FROM information_schema.columns WHERE "
                    "table_schema = 'public' AND table_name = '" +
                    table + "'")
                  .value();
    while (rows.step().value()) {
      if (rows.text(1) == "text" && rows.text(0) != "site")
        columns.push_back(table + "." + rows.text(0));
    }
  }
  for (const PersonColumn& column : kPersonColumns) {
    known.push_back(std::string(column.table) + "." + std::string(column.column));
  }
  std::erase_if(known, [](const std::string& column) { return column.starts_with("schema_"); });
  EXPECT_THAT(known, testing::UnorderedElementsAreArray(columns));
}

TEST_F(PersonsTest, LeavesNothingOfThePerson) {
  work();
  for (const std::string& text :
       {std::string(kAnna), std::string(kSubject), std::string(kAddress)}) {
    ASSERT_THAT(all_values(), HasSubstr(text));
  }
  const Erased erased = erase({kAnna});
  EXPECT_TRUE(erased.is_overwritten);
  const std::string values = base::to_lower_ascii(all_values());
  EXPECT_THAT(values, Not(HasSubstr("anna.canary")));
  EXPECT_THAT(values, Not(HasSubstr(kSubject)));
  EXPECT_THAT(values, HasSubstr(pseudonym_));
  const std::string bytes = base::to_lower_ascii(all_bytes());
  EXPECT_THAT(bytes, HasSubstr(pseudonym_)) << "this is where it would be";
  EXPECT_EQ(bytes.find("anna.canary"), std::string::npos);
  EXPECT_EQ(bytes.find(kSubject), std::string::npos);
  EXPECT_THAT(erased.left, IsEmpty());
  EXPECT_THAT(erased.removed,
              ElementsAre(Pair("admin_roles", 1), Pair("admins", 1), Pair("api_tokens", 1),
                          Pair("idempotency_keys", 1), Pair("sessions", 1)));
  EXPECT_THAT(
      erased.renamed,
      ElementsAre(Pair("approvals", 1), Pair("audit", 8), Pair("idempotency_keys", 1),
                  Pair("importer_versions", 1), Pair("jobs", 1), Pair("notice_deliveries", 1),
                  Pair("notices", 1), Pair("runs", 2), Pair("secrets", 1), Pair("sites", 1)));
}

TEST_F(PersonsTest, KeepsEveryChainWholeAndTheHeadsThatWereNotedBefore) {
  work();
  const AuditState before = audit_->verify("").value(), of_site = audit_->verify("acme").value();
  erase({kAnna});
  for (const std::string site : {"", "acme"}) {
    const AuditState& noted = site.empty() ? before : of_site;
    const AuditState after = audit_->verify(site).value();
    EXPECT_EQ(after.mistakes, "") << site;
    EXPECT_EQ(after.entries, noted.entries + 1) << site;
    EXPECT_EQ(audit_->list(site, noted.entries + 1, 1)->front().hash, noted.head) << site;
    const AuditEntry told = audit_->list(site, 0, 1)->front();
    EXPECT_EQ(told.act, "person.erased");
    EXPECT_EQ(told.who, "root");
    EXPECT_EQ(told.target, pseudonym_);
  }
}

TEST_F(PersonsTest, LeavesTheWorkOfOthersAsItWas) {
  work();
  ok(audit_->append(by("olga", "admin.signed_in", "olga")));
  erase({kAnna});
  EXPECT_TRUE(accounts_->admin("olga")->has_value());
  const AuditEntry hers = audit_->list("", 0, 2)->back();
  EXPECT_EQ(hers.who, "olga");
  EXPECT_EQ(hers.origin, kAddress);
}

TEST_F(PersonsTest, NoticesWhoChangesWhatNamesWereTakenOutOf) {
  work();
  erase({kAnna});
  const std::string of_anna = " WHERE site = 'acme' AND number = 2";
  for (const std::string change : {"who = 'person-000000000000'", "act = 'x'", "origin = ''",
                                   "at = at + 1", "opening = '1'"}) {
    tamper("CREATE TABLE kept AS SELECT * FROM audit" + of_anna);
    tamper("UPDATE audit SET " + change + of_anna);
    EXPECT_NE(mistakes("acme"), "") << change;
    tamper("DELETE FROM audit" + of_anna +
           "; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept");
    ASSERT_EQ(mistakes("acme"), "");
  }
}

TEST_F(PersonsTest, NoticesNamesTakenOutWithoutAnEntryThatTellsIt) {
  work();
  tamper("UPDATE audit SET who = 'nobody', opening = '1' WHERE site = 'acme' AND number = 2");
  EXPECT_THAT(mistakes("acme"), HasSubstr("person.erased"));
}

TEST_F(PersonsTest, KeepsTheChainOfAnOlderMuster) {
  // Its entries have no opening, and their hashes cover what they say.
  const test::TemporaryFolder folder;
  const std::string old = test::empty_database(folder);
  {
    const auto db = open_db(old).value();
    const auto steps = embedded_migrations();
    const auto end = std::ranges::find(steps, 20, &Migration::number);
    ok(migrate(*db, steps.first(static_cast<std::size_t>(end - steps.begin()))));
    const auto audit = open_audit(old).value();
    ok(audit->append(by("olga", "admin.put", "bert")));
    ok(audit->append(by(kAnna, "admin.signed_in", kAnna)));
    ok(audit->append(by("olga", "admin.put", "carl")));
    ASSERT_EQ(audit->verify("")->mistakes, "") << "before it is brought up to date";
  }
  const std::string head = open_audit(old).value()->verify("")->head;
  ok(open_store(old).ok() ? Status() : Status(open_store(old).error()));
  const auto audit = open_audit(old).value();
  EXPECT_EQ(audit->verify("")->head, head);
  ok(audit->append(by(kAnna, "admin.signed_out", kAnna)));
  const Person person = begin_erasing(old, {kAnna}, "", at(1)).value();
  ASSERT_EQ(erase_person(old, person, by("root", "", ""))->renamed.at("audit"), 2);
  EXPECT_EQ(audit->verify("")->mistakes, "");
  EXPECT_EQ(audit->list("", 4, 1)->front().hash, head);
  EXPECT_EQ(audit->list("", 3, 1)->front().who, person.pseudonym);
  ok(test::open_unguarded(old)->run("UPDATE audit SET act = 'x' WHERE number = 2"));
  EXPECT_NE(audit->verify("")->mistakes, "");
}

TEST_F(PersonsTest, ErasesOneAfterTheOther) {
  work();
  ok(accounts_->put_admin({.admin = "bert", .password = {}, .created = at(1)},
                          by(kAnna, "admin.put", "bert")));
  erase({"bert"});
  const std::string bert = pseudonym_;
  EXPECT_EQ(mistakes(""), "");
  erase({kAnna});
  EXPECT_NE(pseudonym_, bert);
  EXPECT_EQ(mistakes(""), "");
  EXPECT_EQ(mistakes("acme"), "");
  const AuditEntry entry = audit_->list("", 0, 3)->back();
  EXPECT_EQ(entry.who, pseudonym_);
  EXPECT_EQ(entry.target, bert);
}

TEST_F(PersonsTest, TheLastOperatorStays) {
  erase({kAnna});
  const base::Result<Person> last = begin_erasing(owner(), {"olga"}, "", at(1));
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().reason, "last_operator");
  EXPECT_FALSE(accounts_->admin("olga")->value().is_disabled);
}

TEST_F(PersonsTest, GoesOnUnderThePseudonymThatItBeganWith) {
  work();
  const Person begun = begin_erasing(owner(), {kAnna}, "", at(1)).value();
  EXPECT_TRUE(accounts_->admin(kAnna)->value().is_disabled);
  erase({kAnna});
  EXPECT_EQ(pseudonym_, begun.pseudonym);
  EXPECT_THAT(all_values(), Not(HasSubstr("anna.canary")));
}

TEST_F(PersonsTest, NamesThatCameBackWithABackupGetThePseudonymOfBefore) {
  work();
  erase({kAnna});
  const std::string before = pseudonym_;
  tamper(std::string("UPDATE approvals SET approved_by = '") + kAnna + "'");
  EXPECT_EQ(erase({kAnna}, before).renamed.at("approvals"), 1);
  EXPECT_EQ(pseudonym_, before);
  EXPECT_EQ(mistakes("acme"), "");
}

TEST_F(PersonsTest, KnowsThePersonByEveryNameThatIsGiven) {
  ok(audit_->append(by("annac", "key.rotated", "k")));
  ok(audit_->append(by("Anna Möller", "key.rotated", "k")));
  const Erased erased = erase({kAnna, "annac", "anna MöLLER"});
  EXPECT_EQ(erased.renamed.at("audit"), 4);
  EXPECT_EQ(audit_->list("", 0, 2)->back().who, pseudonym_);
}

TEST_F(PersonsTest, FindsNobody) {
  const Erased erased = erase({"nobody.at.all"});
  EXPECT_TRUE(erased.is_empty());
  EXPECT_EQ(reason(begin_erasing(owner(), {" "}, "", at(1)).error()), "person");
  EXPECT_EQ(reason(begin_erasing(owner(), {"x"}, "anna", at(1)).error()), "person");
}

TEST_F(PersonsTest, TellsWhereTheNameStandsInWhatPeopleWrote) {
  ASSERT_TRUE(open_importers(url_)
                  .value()
                  ->put("acme",
                        {.importer = "entra",
                         .definition = std::string("email: ") + kAnna,
                         .from_version = {}},
                        "olga", at(1))
                  .ok());
  EXPECT_THAT(erase({kAnna}).left, ElementsAre(Pair("importer_versions.definition of acme", 1)));
  EXPECT_THAT(all_values(), HasSubstr(std::string("email: ") + kAnna));
}

TEST_F(PersonsTest, ABackupOfBeforeBringsNoNameIntoTheAuditLogThatIsThere) {
  work();
  const test::TemporaryFolder folder;
  const std::string other = test::fresh_database(folder);
  ASSERT_TRUE(open_store(other).ok());
  const auto copy = [&](const std::string& from, const std::string& to) -> Status {
    const auto snapshot = SiteSnapshot::open(from).value();
    const auto writer = SiteWriter::open(to, {.replaces = true}).value();
    TRY(writer->begin("acme"));
    for (const Table& table : snapshot->tables("acme")) {
      if (table.name == "admin_roles") continue;
      TRY(writer->begin_table(table));
      TRY(snapshot->read("acme", table, [&](const Row& row) { return writer->add(row); }));
    }
    TRY(writer->end());
    return writer->commit();
  };
  ok(copy(url_, other));
  erase({kAnna});
  const std::string other_owner =
      std::getenv("MUSTER_TEST_POSTGRES") == nullptr
          ? other
          : test::url_as(std::getenv("MUSTER_TEST_POSTGRES"), "muster_owner",
                         other.substr(other.rfind('/') + 1));
  ok(copy(url_, other_owner));
  EXPECT_EQ(open_audit(other).value()->verify("acme")->mistakes, "");
  EXPECT_THAT(open_audit(other).value()->list("acme", 3, 1)->front().who, StartsWith("person-"));
}

TEST(PersonNames, AreWholeWords) {
  const PersonNames names({"anna", "anna@acme.example", "a.b"}, "person-1");
  EXPECT_EQ(names.in_sentence("Approved by anna."), "Approved by person-1.");
  EXPECT_EQ(names.in_sentence("anna did it"), "person-1 did it");
  EXPECT_EQ(names.in_sentence("all anna columns"), "all anna columns") << "may be a word";
  EXPECT_EQ(names.in_sentence("to <Anna@acme.example>, a.b, a.bc"),
            "to <person-1>, person-1, a.bc");
  EXPECT_EQ(names.in_sentence("susanna@acme.example"), "susanna@acme.example");
  EXPECT_EQ(names.in_sentence("/api/v1/admins/anna%40acme.example"), "/api/v1/admins/person-1");
  EXPECT_EQ(names.in_sentence("/api/v1/admins/anna/roles"), "/api/v1/admins/person-1/roles");
}

TEST(PersonNames, AreFoundInJson) {
  const PersonNames names({"admin", "J\"r"}, "person-1");
  EXPECT_EQ(names.in_json(R"({"approved_by":"admin","state":"admin","n":1,"m":"by admin"})"),
            R"({"approved_by":"person-1","state":"admin","n":1,"m":"by person-1"})");
  EXPECT_EQ(PersonNames({"a@b.example"}, "person-1").in_json(R"({"keys":["a@b.example","c"]})"),
            R"({"keys":["person-1","c"]})");
  EXPECT_EQ(names.in_json(R"({"approved_by":"J\"r"})"), R"({"approved_by":"person-1"})");
  EXPECT_EQ(names.in_json(R"({"a":"\"approved_by\":\"admin\"")"),
            R"({"a":"\"approved_by\":\"admin\"")");
}

}  // namespace
}  // namespace muster::store
