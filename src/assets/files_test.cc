#include "assets/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "assets/mapping_document.h"
#include "assets/test_support.h"

namespace muster::assets {
namespace {

using base::ErrorKind;
using test::content_of;
using test::TemporaryFolder;

class FilesTest : public testing::Test {
 protected:
  std::unique_ptr<Delivery> start() {
    EXPECT_TRUE(destination_->prepare(test::identity_schema(), {}, test::kNotes, {}).ok());
    base::Result<std::unique_ptr<Delivery>> delivery =
        destination_->start(PassForTests::make(), "run-1", test::kNotes, {});
    EXPECT_TRUE(delivery.ok()) << (delivery.ok() ? "" : delivery.error().text());
    return std::move(delivery).value();
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      all.push_back(entry.path().filename());
    }
    std::ranges::sort(all);
    return all;
  }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("out");
  const std::unique_ptr<Destination> destination_ = make_files_destination(path_, *scheduler_);
};

Chunk chunk_of(std::uint64_t sequence, const std::string& selector, std::uint32_t count,
               const std::string& objects) {
  return {.sequence = sequence, .selector = selector, .count = count, .objects = objects};
}

TEST_F(FilesTest, TellsItsFolderHoweverItIsWritten) {
  EXPECT_EQ(destination_->check({})->target, "folder" + path_);
  std::filesystem::create_directory(path_);
  std::filesystem::create_directory_symlink(path_, folder_.file("link"));
  const std::string from_here = std::filesystem::relative(path_).string();
  for (const std::string& name : {path_ + "/../out/", path_ + "//", folder_.file("link"),
                                  folder_.file("link/"), from_here, "./" + from_here}) {
    const auto same = make_files_destination(name, *scheduler_);
    EXPECT_EQ(same->check({})->target, "folder" + path_) << name;
  }
}

TEST_F(FilesTest, WritesOneObjectALineAndTheSchema) {
  const std::unique_ptr<Delivery> delivery = start();
  ASSERT_TRUE(delivery->submit(chunk_of(1, "groups", 1, R"({"id":"g-1"})"), {}).ok());
  ASSERT_TRUE(
      delivery->submit(chunk_of(2, "users", 2, "{\"id\":\"u,1\"},\n{\"id\":\"u-2\"}"), {}).ok());
  ASSERT_TRUE(delivery->submit(chunk_of(3, "users", 1, R"({"id":"u-3"})"), {}).ok());
  const base::Result<Outcome> outcome = delivery->complete({});
  ASSERT_TRUE(outcome.ok()) << outcome.error().text();
  EXPECT_EQ(content_of(path_ + "/groups.jsonl"), "{\"id\":\"g-1\"}\n");
  EXPECT_EQ(content_of(path_ + "/users.jsonl"),
            "{\"id\":\"u,1\"}\n{\"id\":\"u-2\"}\n{\"id\":\"u-3\"}\n");
  EXPECT_EQ(content_of(path_ + "/schema.json"), mapping_document(test::identity_schema()) + "\n");
  EXPECT_EQ(names(), (std::vector<std::string>{"groups.jsonl", "schema.json", "users.jsonl"}));
  EXPECT_EQ((*outcome).result, "OK");
  EXPECT_EQ((*outcome).chunks, 3U);
  EXPECT_EQ((*outcome).types.at("Entra User").accepted, 3U);
  EXPECT_EQ((*outcome).types.at("Entra Group").accepted, 1U);
}

TEST_F(FilesTest, WritesAnEmptyFileForATypeWithoutObjects) {
  ASSERT_TRUE(start()->complete({}).ok());
  EXPECT_EQ(names(), (std::vector<std::string>{"groups.jsonl", "schema.json", "users.jsonl"}));
  EXPECT_EQ(content_of(path_ + "/users.jsonl"), "");
}

TEST_F(FilesTest, WritesChunksInTheirOrderAndOnce) {
  const std::unique_ptr<Delivery> delivery = start();
  ASSERT_TRUE(delivery->submit(chunk_of(2, "users", 1, R"({"id":2})"), {}).ok());
  ASSERT_TRUE(delivery->submit(chunk_of(1, "users", 1, R"({"id":1})"), {}).ok());
  ASSERT_TRUE(delivery->submit(chunk_of(1, "users", 1, R"({"id":1})"), {}).ok());
  ASSERT_TRUE(delivery->submit(chunk_of(2, "users", 1, R"({"id":2})"), {}).ok());
  ASSERT_TRUE(delivery->complete({}).ok());
  EXPECT_EQ(content_of(path_ + "/users.jsonl"), "{\"id\":1}\n{\"id\":2}\n");
}

TEST_F(FilesTest, DoesNotCompleteWithAChunkMissing) {
  const std::unique_ptr<Delivery> delivery = start();
  ASSERT_TRUE(delivery->submit(chunk_of(2, "users", 1, R"({"id":2})"), {}).ok());
  EXPECT_EQ(delivery->complete({}).error().kind, ErrorKind::kBug);
  EXPECT_FALSE(std::filesystem::exists(path_ + "/users.jsonl"));
}

TEST_F(FilesTest, LeavesEverythingAsItWasWhenTheRunFails) {
  {
    const std::unique_ptr<Delivery> first = start();
    ASSERT_TRUE(first->submit(chunk_of(1, "users", 1, R"({"id":"old"})"), {}).ok());
    ASSERT_TRUE(first->complete({}).ok());
  }
  std::ofstream(path_ + "/notes.txt") << "mine";
  std::ofstream(path_ + "/devices.jsonl") << "of another selection";
  const std::vector<std::string> before = names();
  {
    const std::unique_ptr<Delivery> second = start();
    ASSERT_TRUE(second->submit(chunk_of(1, "users", 1, R"({"id":"new"})"), {}).ok());
    second->abort("the source failed");
    second->abort("twice");
    EXPECT_FALSE(second->submit(chunk_of(2, "users", 1, R"({"id":"late"})"), {}).ok());
  }
  {
    const std::unique_ptr<Delivery> destroyed = start();
    ASSERT_TRUE(destroyed->submit(chunk_of(1, "users", 1, R"({"id":"new"})"), {}).ok());
  }
  EXPECT_EQ(names(), before);
  EXPECT_EQ(content_of(path_ + "/users.jsonl"), "{\"id\":\"old\"}\n");
  EXPECT_EQ(content_of(path_ + "/notes.txt"), "mine");
}

TEST_F(FilesTest, ShowsNoSchemaWhileTheFilesAreOfTwoRuns) {
  ASSERT_TRUE(start()->complete({}).ok());
  const std::unique_ptr<Delivery> second = start();
  ASSERT_TRUE(second->submit(chunk_of(1, "groups", 1, R"({"id":"new"})"), {}).ok());
  std::filesystem::remove(path_ + "/users.jsonl");
  std::filesystem::create_directories(path_ + "/users.jsonl/in the way");
  EXPECT_FALSE(second->complete({}).ok());
  EXPECT_EQ(content_of(path_ + "/groups.jsonl"), "{\"id\":\"new\"}\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + "/schema.json"));
}

TEST_F(FilesTest, OverwritesTheRestOfAKilledRun) {
  std::filesystem::create_directories(path_);
  std::ofstream(path_ + "/.users.jsonl.partial") << "half a line";
  ASSERT_TRUE(start()->complete({}).ok());
  EXPECT_EQ(names(), (std::vector<std::string>{"groups.jsonl", "schema.json", "users.jsonl"}));
  EXPECT_EQ(content_of(path_ + "/users.jsonl"), "");
}

TEST_F(FilesTest, KeepsASecondRunOutOfTheFolder) {
  const std::unique_ptr<Delivery> first = start();
  const auto second = destination_->start(PassForTests::make(), "run-2", test::kNotes, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(second.error().reason, "destination_busy");
}

TEST_F(FilesTest, WritesForTheOwnerAlone) {
  ASSERT_TRUE(start()->complete({}).ok());
  struct stat status {};
  ASSERT_EQ(::stat((path_ + "/users.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0077, 0U);
}

TEST_F(FilesTest, OnlyLooksWhenChecking) {
  const base::Result<Readiness> readiness = destination_->check({});
  ASSERT_TRUE(readiness.ok());
  EXPECT_TRUE((*readiness).ready);
  EXPECT_EQ((*readiness).status, "directory");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(FilesTest, NamesAFolderThatCannotBeUsed) {
  std::ofstream(folder_.file("file")) << "x";
  const std::string path = folder_.file("file/out");
  const std::unique_ptr<Destination> destination = make_files_destination(path, *scheduler_);
  const auto readiness = destination->check({});
  ASSERT_FALSE(readiness.ok());
  EXPECT_EQ(readiness.error().kind, ErrorKind::kSettings);
  EXPECT_EQ(readiness.error().reason, "destination_unavailable");
  EXPECT_NE(readiness.error().message.find(path), std::string::npos) << readiness.error().message;
  EXPECT_FALSE(destination->prepare(test::identity_schema(), {}, test::kNotes, {}).ok());
}

TEST_F(FilesTest, RefusesASelectorThatLeavesTheFolder) {
  catalogue::ObjectSchema schema = test::identity_schema();
  schema.types[0].selector = "../groups";
  ASSERT_TRUE(destination_->prepare(schema, {}, test::kNotes, {}).ok());
  EXPECT_EQ(destination_->start(PassForTests::make(), "run-1", test::kNotes, {}).error().kind,
            ErrorKind::kSettings);
  EXPECT_TRUE(names().empty());
}

}  // namespace
}  // namespace muster::assets
