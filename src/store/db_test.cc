#include "store/db.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "store/migrations.h"
#include "store/test_support.h"

namespace muster::store {
namespace {

using base::ErrorKind;
using test::TemporaryFolder;

std::unique_ptr<Db> open_or_die(const std::string& path) {
  base::Result<std::unique_ptr<Db>> db = open_sqlite(path);
  EXPECT_TRUE(db.ok()) << (db.ok() ? "" : db.error().text());
  return std::move(db).value();
}

std::string only_text(Db& db, const std::string& sql) {
  base::Result<Statement> rows = db.query(sql);
  EXPECT_TRUE(rows.ok() && rows->step().ok()) << sql;
  return rows->text(0);
}

TEST(Db, MakesItsFilesForTheOwnerAlone) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const std::unique_ptr<Db> db = open_or_die(folder.file("a/b/muster.db"));
  ASSERT_TRUE(db->run("CREATE TABLE t (x BIGINT)").ok());
  ::umask(before);
  for (const std::string name : {"a/b/muster.db", "a/b/muster.db-wal", "a/b/muster.db-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat(folder.file(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
  for (const std::string name : {"a", "a/b"}) {
    struct stat status {};
    ASSERT_EQ(::stat(folder.file(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0700U) << name;
  }
}

TEST(Db, UsesTheSettingsThatMakeAcknowledgedWritesLast) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  EXPECT_EQ(only_text(*db, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(only_text(*db, "PRAGMA synchronous"), "2");
  EXPECT_EQ(only_text(*db, "PRAGMA foreign_keys"), "1");
}

TEST(Db, GivesBackWhatWasBound) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  const std::string text("quote ' nul \0 end", 17);
  const std::string bytes("\x00\xff\x80", 3);
  ASSERT_TRUE(db->run("CREATE TABLE t (a TEXT, b BIGINT, c BIGINT, d BYTEA, e BYTEA)").ok());
  ASSERT_TRUE(db->run("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", text, INT64_MIN,
                      std::optional<std::int64_t>(), Blob{bytes}, Blob{})
                  .ok());
  base::Result<Statement> row = db->query("SELECT a, b, c, d, e FROM t WHERE a = $1", text);
  ASSERT_TRUE(row.ok() && *row->step());
  EXPECT_EQ(row->text(0), text);
  EXPECT_EQ(row->integer(1), INT64_MIN);
  EXPECT_TRUE(row->is_null(2));
  EXPECT_EQ(row->text(3), bytes);
  EXPECT_EQ(row->text(4), "");
  EXPECT_FALSE(row->is_null(4));
}

TEST(Transaction, UndoesWhatWasNotCommitted) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  ASSERT_TRUE(db->run("CREATE TABLE t (x BIGINT)").ok());
  {
    base::Result<Transaction> transaction = Transaction::begin(*db, Scope());
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(db->run("INSERT INTO t VALUES (1)").ok());
  }
  EXPECT_EQ(only_text(*db, "SELECT count(*) FROM t"), "0");
  {
    base::Result<Transaction> transaction = Transaction::begin(*db, Scope());
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(db->run("INSERT INTO t VALUES (1)").ok());
    ASSERT_TRUE(transaction->commit().ok());
  }
  EXPECT_EQ(only_text(*db, "SELECT count(*) FROM t"), "1");
}

void expect_unavailable(const base::Status& status, const std::string& words,
                        const std::string& path) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(status.error().reason, "store_unavailable");
  EXPECT_NE(status.error().message.find(words), std::string::npos) << status.error().message;
  EXPECT_NE(status.error().message.find(path), std::string::npos) << status.error().message;
}

base::Status open_and_write(const std::string& path) {
  std::unique_ptr<Db> db = TRY(open_sqlite(path));
  return db->run("CREATE TABLE t (x BIGINT)");
}

TEST(DbErrors, SayThatAFileIsNoDatabase) {
  const TemporaryFolder folder;
  const std::string path = folder.file("muster.db");
  std::ofstream(path) << std::string(4096, 'x');
  expect_unavailable(open_and_write(path), "damaged or no database", path);
}

TEST(DbErrors, SayThatAFileWasDamaged) {
  const TemporaryFolder folder;
  const std::string path = folder.file("muster.db");
  {
    const std::unique_ptr<Db> db = open_or_die(path);
    ASSERT_TRUE(db->run("CREATE TABLE t (x TEXT)").ok());
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(db->run("INSERT INTO t VALUES ($1)", std::string(2000, 'x')).ok());
    }
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(std::size_t{8} * 4096, '\x5a');
  file.close();
  const std::unique_ptr<Db> db = open_or_die(path);
  expect_unavailable(db->run("SELECT sum(length(x)) FROM t"), "damaged", path);
}

TEST(DbErrors, SayThatTheDiskIsFull) {
  const TemporaryFolder folder;
  const std::string path = folder.file("muster.db");
  const std::unique_ptr<Db> db = open_or_die(path);
  ASSERT_TRUE(db->run("CREATE TABLE t (x TEXT)").ok());
  ASSERT_TRUE(db->run("PRAGMA max_page_count = 8").ok());
  expect_unavailable(db->run("INSERT INTO t VALUES ($1)", std::string(100'000, 'x')), "full", path);
  EXPECT_EQ(only_text(*db, "SELECT count(*) FROM t"), "0");
}

// Root may write everywhere, so the question is asked as nobody.
base::Status as_nobody(const std::string& path) {
  constexpr uid_t kNobody = 65534;
  const uid_t before = ::geteuid();
  if (before == 0 && ::seteuid(kNobody) != 0) return base::Error{};
  base::Status status = open_and_write(path);
  if (before == 0 && ::seteuid(before) != 0) std::abort();
  return status;
}

TEST(DbErrors, SayThatTheDirectoryCannotBeWritten) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.file(".").c_str(), 0755), 0);
  ASSERT_EQ(::mkdir(folder.file("locked").c_str(), 0555), 0);
  const std::string path = folder.file("locked/muster.db");
  expect_unavailable(as_nobody(path), "may write there", path);
}

TEST(DbErrors, SayThatTheFileCannotBeWritten) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.file(".").c_str(), 0755), 0);
  const std::string path = folder.file("muster.db");
  ASSERT_TRUE(open_and_write(path).ok());
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  expect_unavailable(as_nobody(path), "cannot be opened for writing", path);
}

TEST(DbErrors, SayThatTheDirectoryIsAFile) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "x";
  const std::string path = folder.file("file/muster.db");
  expect_unavailable(open_and_write(path), "Not a directory", path);
}

TEST(DbErrors, SayThatThePathIsADirectory) {
  const TemporaryFolder folder;
  const std::string path = folder.file("muster.db");
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  expect_unavailable(open_and_write(path),
                     "is a folder, and a database is a file. Write sqlite:", path);
}

TEST(DbErrors, SayHowAPathIsWrittenAsADatabase) {
  const base::Error error = open_store("/var/lib/muster/x.db").error();
  EXPECT_EQ(error.kind, base::ErrorKind::kSettings);
  EXPECT_THAT(error.message, testing::HasSubstr("Write sqlite:/var/lib/muster/x.db for a file"));
  for (const std::string odd : {"host=x password=hunter2", "me:hunter2@host", "hunter2@host", ""}) {
    EXPECT_THAT(open_store(odd).error().message,
                testing::AllOf(testing::Not(testing::HasSubstr("hunter2")),
                               testing::HasSubstr("sqlite:PATH")));
  }
}

TEST(DbErrors, TellABrokenRuleFromAMistakeInTheStatement) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  ASSERT_TRUE(db->run("CREATE TABLE t (x BIGINT PRIMARY KEY)").ok());
  ASSERT_TRUE(db->run("INSERT INTO t VALUES (1)").ok());
  EXPECT_EQ(db->run("INSERT INTO t VALUES (1)").error().kind, ErrorKind::kConflict);
  EXPECT_EQ(db->run("INSERT INTO nowhere VALUES (1)").error().kind, ErrorKind::kBug);
}

constexpr Migration kFirst{1, "0001_first", "aaa", "CREATE TABLE first (x BIGINT); "};
constexpr Migration kSecond{2, "0002_second", "bbb",
                            "CREATE TABLE second (x BIGINT); INSERT INTO second VALUES (2);"};
constexpr Migration kBroken{2, "0002_second", "bbb", "CREATE TABLE half (x BIGINT); NONSENSE;"};

TEST(Migrations, ApplyWhatIsMissingOnce) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  ASSERT_TRUE(migrate(*db, std::array{kFirst}).ok());
  ASSERT_TRUE(migrate(*db, std::array{kFirst, kSecond}).ok());
  ASSERT_TRUE(migrate(*db, std::array{kFirst, kSecond}).ok());
  EXPECT_EQ(only_text(*db, "SELECT count(*) FROM second"), "1");
}

TEST(Migrations, LeaveNothingOfAStepThatFailed) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  ASSERT_FALSE(migrate(*db, std::array{kFirst, kBroken}).ok());
  EXPECT_EQ(only_text(*db, "SELECT count(*) FROM sqlite_master WHERE name = 'half'"), "0");
  EXPECT_EQ(only_text(*db, "SELECT max(number) FROM schema_migrations"), "1");
  EXPECT_TRUE(migrate(*db, std::array{kFirst, kSecond}).ok());
}

TEST(Migrations, RefuseADatabaseOfANewerMuster) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  ASSERT_TRUE(migrate(*db, std::array{kFirst, kSecond}).ok());
  expect_unavailable(migrate(*db, std::array{kFirst}), "newer muster", db->name());
}

TEST(Migrations, RefuseAnEditedStep) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  ASSERT_TRUE(migrate(*db, std::array{kFirst}).ok());
  Migration edited = kFirst;
  edited.checksum = "ccc";
  expect_unavailable(migrate(*db, std::array{edited}), "another version of step 1", db->name());
}

TEST(Migrations, RefuseADatabaseOfAnotherProgram) {
  const TemporaryFolder folder;
  const std::unique_ptr<Db> db = open_or_die(folder.file("muster.db"));
  ASSERT_TRUE(db->run("CREATE TABLE places (url TEXT)").ok());
  expect_unavailable(migrate(*db, std::array{kFirst}), "another program", db->name());
  EXPECT_EQ(only_text(*db, "SELECT count(*) FROM sqlite_master"), "1");
}

TEST(Migrations, AreNumberedWithoutGapsAndHaveChecksums) {
  int expected = 1;
  for (const Migration& migration : embedded_migrations()) {
    EXPECT_EQ(migration.number, expected++);
    EXPECT_EQ(migration.checksum.size(), 64U);
    EXPECT_NE(migration.sql.find(';'), std::string_view::npos);
  }
  EXPECT_GT(expected, 1);
}

}  // namespace
}  // namespace muster::store
