#include "base/caseless.h"

#include <gtest/gtest.h>

namespace muster::base {
namespace {

TEST(Caseless, FindsTheSameTextInOtherLetters) {
  for (const auto& [one, other] : std::initializer_list<std::pair<const char*, const char*>>{
           {"U-17", "u-17"},
           {"\xC3\x89mile", "\xC3\xA9mile"},                          // É, é
           {"E\xCC\x81mile", "\xC3\xA9mile"},                         // E and an accent
           {"\xCE\xA3\xCE\x91\xCE\xA3", "\xCF\x83\xCE\xB1\xCF\x82"},  // the two small sigmas
           {"STRASSE",
            "stra\xC3\x9F"
            "e"},
           {"\xD0\x9A\xD0\x9B", "\xD0\xBA\xD0\xBB"},       // Cyrillic
           {"\xE2\x84\xAB", "a\xCC\x8A"},                  // the sign for Angstrom is the letter
           {"q\xCC\xA3\xCC\x87", "q\xCC\x87\xCC\xA3"}}) {  // two accents in either order
    EXPECT_EQ(caseless(one), caseless(other)) << one << " and " << other;
  }
}

TEST(Caseless, KeepsApartWhatReadsDifferently) {
  EXPECT_NE(caseless("resume"), caseless("r\xC3\xA9sum\xC3\xA9"));
  EXPECT_NE(caseless("1"), caseless("\xEF\xBC\x91"));  // full-width
  EXPECT_NE(caseless("a"), caseless("\xD0\xB0"));      // Cyrillic, looks the same
}

TEST(Caseless, TakesWhatIsNoText) {
  EXPECT_EQ(caseless(""), "");
  EXPECT_EQ(caseless("A\xFF"
                     "B"),
            "a\xFF"
            "b");
  EXPECT_EQ(caseless(std::string_view("A\0B", 3)), std::string_view("a\0b", 3));
  EXPECT_EQ(caseless(std::string_view("\xC3\x89\0B", 4)), std::string_view("\xC3\xA9\0b", 4));
}

}  // namespace
}  // namespace muster::base
