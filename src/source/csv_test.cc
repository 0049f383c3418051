#include "source/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::source::test {
namespace {

using ::testing::HasSubstr;

base::Result<std::string> read_in_pieces(std::string_view text, std::size_t size) {
  CsvRecords csv;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    TRY(csv.write(text.substr(0, size)));
  }
  TRY(csv.finish());
  return csv.take(1000);
}

std::string read(std::string_view text) {
  const auto all = read_in_pieces(text, text.size() + 1);
  EXPECT_TRUE(all.ok()) << all.error().text();
  // It does not matter how the bytes arrive.
  for (std::size_t size = 1; size < 5; ++size) EXPECT_EQ(*read_in_pieces(text, size), *all);
  return *all;
}

std::string problem(std::string_view text) { return read_in_pieces(text, 3).error().message; }

TEST(Csv, MakesAnObjectOfEachLine) {
  EXPECT_EQ(read("a,b\r\n1,2\r\n3,4\r\n"), R"([{"a":"1","b":"2"},{"a":"3","b":"4"}])");
  EXPECT_EQ(read("a,b\n1,2\n3,4"), R"([{"a":"1","b":"2"},{"a":"3","b":"4"}])");
  EXPECT_EQ(read("a\n"), "[]");
}

TEST(Csv, ReadsQuotes) {
  EXPECT_EQ(read("a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n\"two\r\nlines\",\r\n"),
            R"([{"a":"x, y","b":"say \"hi\""},{"a":"two\r\nlines","b":""}])");
}

TEST(Csv, TakesNoNotice) {
  EXPECT_EQ(read("\xEF\xBB\xBFKey,Device ID\n1,2\n"), R"([{"Key":"1","Device ID":"2"}])");
  EXPECT_EQ(read("a,b\n\n1,2\n\n"), R"([{"a":"1","b":"2"}])") << "of lines without anything";
}

TEST(Csv, RefusesWhatIsNotWhole) {
  EXPECT_THAT(problem(""), HasSubstr("empty"));
  EXPECT_THAT(problem("a,b\n1\n"), HasSubstr("Line 2 of the file has 1 value"));
  EXPECT_THAT(problem("a,b\n1,2,3\n"), HasSubstr("3 values"));
  EXPECT_THAT(problem("a,b\n1,\"2\n"), HasSubstr("ends inside a quoted value"));
  EXPECT_THAT(problem("a,b\n\"1\"x,2\n"), HasSubstr("after a quoted value"));
  EXPECT_THAT(problem("a,a\n1,2\n"), HasSubstr("twice"));
}

}  // namespace
}  // namespace muster::source::test
