#include "base/redactor.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace muster::base {
namespace {

constexpr std::string_view kSecret = "p+ss/w\"rd~with%20odd&signs";

class KnowsOne : public testing::Test {
 protected:
  KnowsOne() { redactor_.add(Secret(std::string(kSecret))); }
  Redactor redactor_;
};

TEST_F(KnowsOne, LeavesOtherTextsAsTheyAre) {
  EXPECT_EQ(redactor_.cleaned(""), "");
  EXPECT_EQ(redactor_.cleaned("The client is not known."), "The client is not known.");
}

TEST_F(KnowsOne, TakesTheSecretOutWhereverItStands) {
  const std::string text(kSecret);
  EXPECT_EQ(redactor_.cleaned("'" + text + "' and '" + text + "'."), "'[secret]' and '[secret]'.");
}

TEST_F(KnowsOne, TakesOutWhatAFormAnUrlAndJsonMakeOfIt) {
  EXPECT_EQ(redactor_.cleaned("a=p%2Bss%2Fw%22rd~with%2520odd%26signs&b=1"), "a=[secret]&b=1");
  EXPECT_EQ(redactor_.cleaned("a=p%2bss%2fw%22rd~with%2520odd%26signs&b=1"), "a=[secret]&b=1");
  EXPECT_EQ(redactor_.cleaned(R"({"a":"p+ss/w\"rd~with%20odd&signs"})"), R"({"a":"[secret]"})");
  EXPECT_EQ(redactor_.cleaned(R"({"a":"p+ss\/w\"rd~with%20odd&signs"})"), R"({"a":"[secret]"})");
}

TEST_F(KnowsOne, TakesItOutOfBase64WhateverStandsBeforeIt) {
  for (const std::string user : {"", "u", "us", "user"}) {
    const std::string encoded = base64_encode(user + ":" + std::string(kSecret));
    const std::string cleaned = redactor_.cleaned("Basic " + encoded);
    EXPECT_NE(cleaned.find("[secret]"), std::string::npos) << user;
    // Not more than the user name and the bits that the secret shares with its neighbours.
    EXPECT_LT(cleaned.size(), std::string("Basic [secret]").size() + user.size() * 4 / 3 + 8);
  }
}

TEST_F(KnowsOne, TakesOutPiecesOfALongSecret) {
  EXPECT_EQ(redactor_.cleaned("begins with p+ss/w\"rd~with..."), "begins with [secret]...");
  EXPECT_EQ(redactor_.cleaned("ends with %20odd&signs!"), "ends with [secret]!");
}

TEST(Redactor, TakesShortSecretsOutAsAWholeOnly) {
  Redactor redactor;
  redactor.add(Secret("hunter2"));
  EXPECT_EQ(redactor.cleaned("hunter and hunter2"), "hunter and [secret]");
}

TEST(Redactor, TakesNothingForASecretThatIsNone) {
  Redactor redactor;
  redactor.add(Secret(""));
  redactor.add(Secret("a"));
  EXPECT_EQ(redactor.cleaned("a banana"), "a banana");
}

TEST(Redactor, RemembersTheNewestOfPassingSecretsAndAllLastingOnes) {
  Redactor redactor;
  redactor.add(Secret("lasting-secret"));
  for (int i = 0; i < 100; ++i) redactor.add_passing(Secret("passing-secret-" + std::to_string(i)));
  EXPECT_EQ(redactor.cleaned("lasting-secret, passing-secret-99, passing-secret-98"),
            "[secret], [secret], [secret]");
}

}  // namespace
}  // namespace muster::base
