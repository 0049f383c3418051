#include "crypto/password.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>

namespace muster::crypto {
namespace {

using base::ErrorKind;
using base::Secret;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Of "correct horse"; every test would hash it anew otherwise.
const std::string& stored() {
  static const std::string hash = hash_password(Secret("correct horse")).value();
  return hash;
}

// https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c
constexpr const char* kOfReference =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

TEST(Password, IsStoredAsArgon2idWithItsParameters) {
  EXPECT_THAT(stored(), StartsWith("$argon2id$v=19$m=65536,t=2,p=1$"));
  EXPECT_THAT(stored(), Not(HasSubstr("horse")));
  EXPECT_NE(hash_password(Secret("correct horse")).value(), stored());
}

TEST(Password, IsVerifiedByTheReferenceImplementationsHash) {
  EXPECT_TRUE(verify_password(kOfReference, Secret("password")).value());
  EXPECT_FALSE(verify_password(kOfReference, Secret("passwort")).value());
}

TEST(Password, IsRightOnlyByteForByte) {
  EXPECT_TRUE(verify_password(stored(), Secret("correct horse")).value());
  for (const std::string& wrong :
       {std::string("correct hors"), std::string("correct horsf"), std::string("Correct horse"),
        std::string("correct horse "), std::string("correct horse\0", 14), std::string(),
        std::string("correct\0horse", 13)}) {
    EXPECT_FALSE(verify_password(stored(), Secret(wrong)).value()) << wrong;
  }
}

TEST(Password, MayHoldAnyUtf8WithinItsLimits) {
  const auto accepted = [](const std::string& text) { return check_password(Secret(text)).ok(); };
  EXPECT_TRUE(accepted("12345678"));
  EXPECT_TRUE(accepted("пароль78"));
  EXPECT_TRUE(accepted(std::string(1024, 'x')));
  EXPECT_TRUE(accepted(std::string("with\0 zero", 10)));
  EXPECT_FALSE(accepted("1234567"));
  EXPECT_FALSE(accepted("пароль7"));  // 13 bytes
  EXPECT_FALSE(accepted(std::string(1025, 'x')));
  EXPECT_FALSE(accepted(""));
  EXPECT_FALSE(accepted("correct \xC3 horse"));
}

TEST(Password, IsRefusedWithWhatToChange) {
  const auto refusal = [](const std::string& text) {
    const auto hash = hash_password(Secret(text));
    if (hash.ok()) return std::string("a hash");
    EXPECT_EQ(hash.error().kind, ErrorKind::kSettings);
    EXPECT_EQ(hash.error().reason, "password");
    EXPECT_THAT(hash.error().message, Not(HasSubstr(text)));
    return hash.error().message;
  };
  EXPECT_EQ(refusal("sesame!"), "The password has fewer than 8 characters.");
  EXPECT_EQ(refusal(std::string(1025, 'x')), "The password is longer than 1024 bytes.");
  EXPECT_EQ(refusal("correct \xC3 horse"), "The password is not valid UTF-8.");
}

TEST(Password, IsNeverRightForNobody) {
  EXPECT_FALSE(verify_password(std::nullopt, Secret("correct horse")).value());
  // The one that the hash tried for nobody was made of.
  EXPECT_FALSE(verify_password(std::nullopt, Secret("password")).value());
}

TEST(Password, TooLongToBeChosenIsWrongAtOnceWhoeverIsAsked) {
  const Secret huge(std::string(100 << 20, 'x'));
  EXPECT_FALSE(verify_password(stored(), huge).value());
  EXPECT_FALSE(verify_password(std::nullopt, huge).value());
}

// Processor time of this thread, which other work on the machine hardly changes.
template <typename Work>
double least_seconds(Work work) {
  const auto now = [] {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  };
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double before = now();
    work();
    least = std::min(least, now() - before);
  }
  return least;
}

TEST(Password, TakesAsLongToRefuseForNobodyAsForSomebody) {
  const Secret wrong("wrong battery");
  const double somebody = least_seconds([&] { (void)verify_password(stored(), wrong); });
  const double nobody = least_seconds([&] { (void)verify_password(std::nullopt, wrong); });
  EXPECT_GT(nobody, somebody / 2);
  EXPECT_LT(nobody, somebody * 2);
}

TEST(Password, IsHashedAnewWhenItsParametersAreOld) {
  EXPECT_FALSE(needs_rehash(stored()));
  EXPECT_FALSE(needs_rehash(kOfReference));
  // "password" with 32 MiB and with three passes.
  EXPECT_TRUE(
      needs_rehash("$argon2id$v=19$m=32768,t=2,p=1$c29tZXNhbHQ$"
                   "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"));
  EXPECT_TRUE(
      needs_rehash("$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$"
                   "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"));
  EXPECT_TRUE(needs_rehash("nonsense"));
}

TEST(Password, IsNotTriedAgainstADamagedHash) {
  const std::string whole = kOfReference, tail = whole.substr(whole.find("$c29"));
  for (const std::string& damaged :
       {std::string(), std::string("nonsense"), whole.substr(0, 40), whole + "!",
        whole + std::string(100, 'A'), "$2b$10$" + whole, std::string(whole + '\0'),
        "$argon2id$v=19$m=4294967295,t=2,p=1" + tail,
        "$argon2id$v=19$m=65536,t=4294967295,p=1" + tail,
        "$argon2id$v=19$m=65536,t=2,p=9" + tail}) {
    const auto verified = verify_password(damaged, Secret("password"));
    ASSERT_FALSE(verified.ok()) << damaged;
    EXPECT_EQ(verified.error().kind, ErrorKind::kMalformed);
    EXPECT_EQ(verified.error().reason, "stored_password");
    EXPECT_THAT(verified.error().text(), HasSubstr("set a new one"));
  }
}

}  // namespace
}  // namespace muster::crypto
