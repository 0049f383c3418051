#include "crypto/keyed_hash.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace muster::crypto {
namespace {

// The authors' vectors: https://github.com/veorq/SipHash/blob/master/vectors.h (vectors_sip128).
TEST(KeyedHash, GivesTheValuesOfItsAuthors) {
  HashKey key;
  std::iota(key.begin(), key.end(), static_cast<unsigned char>(0));
  EXPECT_EQ(keyed_hash(key, ""), (Hash128{0xa3817f04ba25a8e6, 0x6df67214c7550293}));
  EXPECT_EQ(keyed_hash(key, std::string(1, '\0')),
            (Hash128{0xda87c1d86b99af44, 0x347659119b22fc45}));
}

TEST(KeyedHash, DependsOnTheKeyAndOnEveryByte) {
  const HashKey key{1};
  const Hash128 hash = keyed_hash(key, "anna@example.com");
  EXPECT_EQ(keyed_hash(key, "anna@example.com"), hash);
  EXPECT_NE(keyed_hash(HashKey{2}, "anna@example.com"), hash);
  EXPECT_NE(keyed_hash(key, "anna@example.con"), hash);
}

// FIPS 180-2, B.1: SHA-256 of "abc".
TEST(PublicHash, IsTheFirstHalfOfSha256) {
  EXPECT_EQ(to_hex(public_hash("abc")), "ba7816bf8f01cfea414140de5dae2223");
}

}  // namespace
}  // namespace muster::crypto
