#include "json/embedded_json.h"

#include <gtest/gtest.h>

#include "json/writer.h"

namespace muster::json {
namespace {

class EmbeddedJsonTest : public testing::Test {
 protected:
  std::string unfolded(std::vector<std::string_view> paths, std::string record) {
    std::vector<Path> parsed;
    for (const std::string_view path : paths) parsed.push_back(*Path::parse(path));
    EmbeddedJson embedded(parsed);
    const Document document = *Document::parse(std::move(record));
    std::string text;
    Writer(text).value(embedded.unfold(document.root()));
    unreadable_ = embedded.unreadable();
    return text;
  }
  std::uint32_t unreadable_ = 0;
};

TEST_F(EmbeddedJsonTest, PutsWhatATextSaysInItsPlace) {
  EXPECT_EQ(unfolded({"meta.gohai"}, R"({"id":1,"meta":{"gohai":"{\"os\":[\"x\"]}","a":2},"z":3})"),
            R"({"id":1,"meta":{"gohai":{"os":["x"]},"a":2},"z":3})");
  EXPECT_EQ(unfolded({"a", "b"}, R"({"a":"[1]","b":"{}"})"), R"({"a":[1],"b":{}})");
}

TEST_F(EmbeddedJsonTest, LooksIntoATextWithinAText) {
  EXPECT_EQ(unfolded({"a", "a.b"}, R"({"a":"{\"b\":\"{\\\"c\\\":1}\"}"})"),
            R"({"a":{"b":{"c":1}}})");
}

TEST_F(EmbeddedJsonTest, LeavesOutWhatIsNoJson) {
  EXPECT_EQ(unfolded({"a", "b", "c"}, R"({"a":"{\"cut","x":1,"b":"","c":"no"})"), R"({"x":1})");
  EXPECT_EQ(unreadable_, 2u) << "an empty text is no broken one";
}

TEST_F(EmbeddedJsonTest, LeavesAloneWhatIsNoText) {
  for (const std::string record :
       {R"({"meta":{"gohai":{"os":1}}})", R"({"meta":{"gohai":null}})", R"({"meta":[1]})", R"({})",
        R"({"meta":{"other":"{}"}})", R"([1])", R"("text")"}) {
    EXPECT_EQ(unfolded({"meta.gohai"}, record), record);
    EXPECT_EQ(unreadable_, 0u);
  }
}

TEST_F(EmbeddedJsonTest, BeginsAnewWithEveryRecord) {
  EmbeddedJson embedded({*Path::parse("a")});
  const Document bad = *Document::parse(R"({"a":"{"})"), good = *Document::parse(R"({"a":"7"})");
  embedded.unfold(bad.root());
  EXPECT_EQ(embedded.unreadable(), 1u);
  EXPECT_EQ(embedded.unfold(good.root()).find("a")->integer(), 7);
  EXPECT_EQ(embedded.unreadable(), 0u);
}

}  // namespace
}  // namespace muster::json
