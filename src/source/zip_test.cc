#include "source/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source/test_zip.h"

namespace muster::source::test {
namespace {

using ::testing::HasSubstr;

// The whole file, or what is wrong with it.
base::Result<std::string> unpacked(const std::string& archive) {
  ZipFile zip = TRY(ZipFile::open(archive));
  std::string text;
  while (true) {
    const std::optional<std::string_view> piece = TRY(zip.next());
    if (!piece) return text;
    text += *piece;
  }
}

std::string long_text() {
  std::string text;
  for (int line = 0; line < 40'000; ++line) text += std::to_string(line * 7919) + ",value\n";
  return text;
}

TEST(ZipFile, UnpacksWhatIsStoredAndWhatIsDeflated) {
  for (const bool deflated : {false, true}) {
    for (const std::string& text : {std::string("a,b\n1,2\n"), std::string(), long_text()}) {
      const auto found = unpacked(zip_of(text, deflated));
      ASSERT_TRUE(found.ok()) << found.error().text();
      EXPECT_EQ(*found, text);
    }
  }
}

TEST(ZipFile, IsNeverShorterThanItsDirectorySays) {
  const std::string whole = zip_of(long_text());
  // Cut off anywhere, the directory at the end is gone.
  for (std::size_t size = 0; size < whole.size(); size += 997) {
    EXPECT_FALSE(unpacked(whole.substr(0, size)).ok()) << size;
  }
}

TEST(ZipFile, NoticesEveryChangedByteOfItsData) {
  const std::string whole = zip_of("ApplicationKey,DeviceId\n1,2\n3,4\n", false);
  const std::size_t data = whole.find("Application");
  for (std::size_t at = data; at < data + 32; ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto found = unpacked(changed);
    ASSERT_FALSE(found.ok()) << at;
    EXPECT_THAT(found.error().message, HasSubstr("checksum"));
  }
}

TEST(ZipFile, SaysWhatItCannotUnpack) {
  EXPECT_THAT(unpacked("<html>no</html>").error().message, HasSubstr("no ZIP archive"));
  std::string two = zip_of("a\n");
  two[two.size() - 12] = 2;  // entries in the directory
  EXPECT_THAT(unpacked(two).error().message, HasSubstr("exactly one file"));
}

}  // namespace
}  // namespace muster::source::test
