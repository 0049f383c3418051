#include "json/reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "json/writer.h"

namespace muster::json {
namespace {

using base::ErrorKind;

std::string compact(const Value& value) {
  std::string out;
  Writer(out).value(value);
  return out;
}

struct Reading {
  std::vector<std::string> records;
  std::string envelope;  // or the error's kind
  bool found_array = false;

  bool operator==(const Reading&) const = default;
};

Reading read_in_chunks(std::string_view text, std::string path, std::span<const std::size_t> cuts,
                       const Limits& limits = {}) {
  Reading reading;
  const auto keep = [&](const Value& record) {
    return reading.records.push_back(compact(record)), true;
  };
  Reader reader(std::move(path), keep, limits);
  std::size_t start = 0;
  base::Status status;
  const auto write = [&](std::size_t end) {
    // A copy of its own, so that reading a chunk after its end is an error the sanitizer sees.
    const auto chunk = std::make_unique<std::string>(text.substr(start, end - start));
    status = reader.write(*chunk);
    start = end;
  };
  for (std::size_t cut : cuts) write(cut);
  write(text.size());
  auto envelope = reader.finish();
  reading.envelope =
      envelope.ok() ? compact(*envelope) : std::string(to_string(envelope.error().kind));
  reading.found_array = reader.found_array();
  EXPECT_EQ(reader.records(), reading.records.size());
  return reading;
}

Reading read(std::string_view text, std::string path = "value", const Limits& limits = {}) {
  return read_in_chunks(text, std::move(path), {}, limits);
}

TEST(Reader, GivesRecordsAndKeepsTheEnvelope) {
  const Reading reading =
      read(R"({"@odata.nextLink":"https://x/","value":[{"id":1},2,[3]],"count":3})");
  EXPECT_EQ(reading.records, (std::vector<std::string>{R"({"id":1})", "2", "[3]"}));
  EXPECT_EQ(reading.envelope, R"({"@odata.nextLink":"https://x/","value":[],"count":3})");
  EXPECT_TRUE(reading.found_array);
}

TEST(Reader, FollowsALongerPath) {
  const Reading reading =
      read(R"({"items":[0],"results":{"x":[1],"items":[2,3]},"y":{"items":[4]}})", "results.items");
  EXPECT_EQ(reading.records, (std::vector<std::string>{"2", "3"}));
  EXPECT_EQ(reading.envelope, R"({"items":[0],"results":{"x":[1],"items":[]},"y":{"items":[4]}})");
}

TEST(Reader, ReadsARootArray) {
  const Reading reading = read(R"([{"value":[1]},2])", "");
  EXPECT_EQ(reading.records, (std::vector<std::string>{R"({"value":[1]})", "2"}));
  EXPECT_EQ(reading.envelope, "[]");
}

TEST(Reader, IgnoresTheSameKeyElsewhere) {
  const Reading reading =
      read(R"({"a":{"value":[1]},"b":[{"value":[2]}],"value":[{"value":[3]}]})");
  EXPECT_EQ(reading.records, (std::vector<std::string>{R"({"value":[3]})"}));
}

TEST(Reader, SaysWhenThereIsNoArray) {
  for (const char* text :
       {"{}", R"({"value":null})", R"({"value":{}})", R"({"value":7})", "[1]", "1"}) {
    const Reading reading = read(text);
    EXPECT_FALSE(reading.found_array) << text;
    EXPECT_EQ(reading.envelope, text);
  }
  EXPECT_TRUE(read(R"({"value":[]})").found_array);
}

TEST(Reader, RefusesASecondArrayOfRecords) {
  EXPECT_EQ(read(R"({"value":[1],"value":[2]})").envelope, "malformed");
  EXPECT_EQ(read(R"({"value":[1],"value":null})").envelope, "malformed");
  EXPECT_EQ(read(R"({"r":{"i":[1]},"r":{}})", "r.i").envelope, "malformed");
  EXPECT_EQ(read(R"({"value":null,"value":[2]})").records, (std::vector<std::string>{"2"}));
}

TEST(Reader, StopsWhenTheSinkSaysSo) {
  int seen = 0;
  Reader reader("", [&](const Value&) { return ++seen < 2; });
  const base::Status status = reader.write("[1,2,3,4]");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(reader.finish().error().kind, ErrorKind::kCancelled);
}

TEST(Reader, IsDoneOnlyWhenTheTextIsWhole) {
  Reader reader("value", [](const Value&) { return true; });
  ASSERT_TRUE(reader.write(R"({"value":[1)").ok());
  EXPECT_EQ(reader.finish().error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(read("").envelope, "malformed");
}

TEST(Reader, StaysFailedAfterAnError) {
  Reader reader("", [](const Value&) { return true; });
  EXPECT_EQ(reader.write("[1,x").error().message,
            "The JSON text is unusable: a syntax error at byte 3.");
  EXPECT_FALSE(reader.write("]").ok());
  EXPECT_EQ(reader.finish().error().kind, ErrorKind::kMalformed);
}

TEST(Reader, CountsBytesOverAllChunks) {
  Reader reader("", [](const Value&) { return true; });
  ASSERT_TRUE(reader.write("[1,").ok());
  EXPECT_EQ(reader.write("2,x").error().message,
            "The JSON text is unusable: a syntax error at byte 5.");
}

TEST(Reader, LimitsBytesAndDepth) {
  EXPECT_EQ(read("[1,2]", "", {.max_bytes = 4}).envelope, "limit");
  EXPECT_EQ(read("[[[1]]]", "", {.max_depth = 2}).envelope, "limit");
}

TEST(Reader, ForgetsEachRecordBeforeTheNext) {
  // Ten thousand records of 10 KiB each; a reader that kept them would need 100 MiB.
  const std::string record = "\"" + std::string(10'000, 'x') + "\",";
  const void* arena = nullptr;
  int moves = 0;
  Reader reader("",
                [&](const Value& value) {
                  moves += std::exchange(arena, value.text().data()) != value.text().data();
                  return true;
                },
                {.max_bytes = std::size_t{1} << 30});
  ASSERT_TRUE(reader.write("[").ok());
  for (int count = 0; count < 10'000; ++count) ASSERT_TRUE(reader.write(record).ok());
  ASSERT_TRUE(reader.write("0]").ok());
  ASSERT_TRUE(reader.finish().ok());
  EXPECT_LE(moves, 4);
}

// What a Document would say of the same text.
Reading expected_reading(std::string_view text, const Limits& limits) {
  Reading reading;
  auto document = Document::parse(std::string(text), limits);
  if (!document.ok()) {
    reading.envelope = to_string(document.error().kind);
    return reading;
  }
  const Value* records = document->root().find("value");
  if (records != nullptr && records->is_array()) {
    reading.found_array = true;
    for (const Value& record : records->items()) reading.records.push_back(compact(record));
  }
  Writer writer(reading.envelope);
  if (!document->root().is_object()) {
    writer.value(document->root());
    return reading;
  }
  writer.begin_object();
  for (const Member& member : document->root().members()) {
    writer.key(member.key);
    if (&member.value == records && records->is_array()) {
      writer.begin_array().end_array();
    } else {
      writer.value(member.value);
    }
  }
  writer.end_object();
  return reading;
}

// Records that left before the error are not part of the comparison.
Reading without_records_of_failures(Reading reading) {
  if (reading.envelope == "malformed" || reading.envelope == "limit") {
    reading.records.clear();
    reading.found_array = false;
  }
  return reading;
}

class ReaderIsDocument : public ::testing::TestWithParam<std::string> {};

TEST_P(ReaderIsDocument, WhereverTheTextIsCut) {
  const std::string& text = GetParam();
  const Limits limits{.max_depth = 5};
  const Reading expected = expected_reading(text, limits);
  const auto check = [&](std::span<const std::size_t> cuts) {
    EXPECT_EQ(without_records_of_failures(read_in_chunks(text, "value", cuts, limits)), expected)
        << text << " cut at " << cuts[0]
        << (cuts.size() > 1 ? fmt::format(" and {}", cuts[1]) : "");
  };
  for (std::size_t first = 0; first <= text.size(); ++first) {
    check(std::vector{first});
    for (std::size_t second = first; second <= std::min(text.size(), first + 14); ++second) {
      check(std::vector{first, second});
    }
  }
  std::vector<std::size_t> every_byte(text.size() + 1);
  for (std::size_t at = 0; at < every_byte.size(); ++at) every_byte[at] = at;
  check(every_byte);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, ReaderIsDocument,
    ::testing::Values(
        R"( {"next":"https://x/?a=1\u0026b=2","value":[{"id":"a\nb","n":-12.50e+03,"t":true},null, 7 ],"count":3} )",
        "\xEF\xBB\xBF{\"value\":[\"Zo\xC3\xAB \xF0\x9F\x98\x80\"]}", "\xEF\xBB\xBF", "\xEF\xBB", "",
        R"({"value":["\ud83d\ude00","\ud83d","\ude00\\ud83d","\ud83d\ud83d\ude00","\ud83dA"]})",
        "{\"value\":[\"J\xF6rg\",\"\xE2\x82\",\"\xF0\x9F\x98\",\"\xC3\"],\"\xFF\":"
        "\"\xED\xA0\x80\"}",
        R"({"value":[-0,1e400,9007199254740993,0.1,123456789012345678901234567890,-5E-7]})",
        R"({"a":1,"a":2,"b":{"c":1,"c":2},"value":[{"d":1,"d":2}]})", R"([1,{"value":[2]}])", "12",
        "-1.5e3", "true", "null", "\"text\"", "nul", "[1,2", "{\"value\":[1,2]}x", "{} {}",
        "[[[[[1]]]]]", "[[[[[[1]]]]]]", "\"\\u12\"", "\"\\u12", "\"\\ud83d", "[1,]", "\"\\q\"",
        "[\xFF]", "<html>", "[1e99999999999]"));

}  // namespace
}  // namespace muster::json
