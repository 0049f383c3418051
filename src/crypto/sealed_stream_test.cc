#include "crypto/sealed_stream.h"

#include <gmock/gmock.h>

namespace muster::crypto {
namespace {

using base::ErrorKind;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPurpose = "test";

const KeyEncryptionKey& key() {
  static const KeyEncryptionKey key = KeyEncryptionKey::generate();
  return key;
}

struct Sealed {
  Sealed() {
    StreamSealer sealer(key(), kPurpose);
    header = sealer.header();
    pieces = {sealer.seal("one", false), sealer.seal("two", false), sealer.seal("", true)};
  }
  // "": all of it opened.
  std::string open(std::string_view purpose = kPurpose) const {
    auto opener = StreamOpener::begin(key(), purpose, header);
    if (!opener.ok()) return opener.error().reason;
    for (std::size_t at = 0; at < pieces.size(); ++at) {
      const auto piece = opener->open(pieces[at], at + 1 == pieces.size());
      if (!piece.ok()) return piece.error().reason;
    }
    return "";
  }
  std::string header;
  std::vector<std::string> pieces;
};

TEST(SealedStream, WhatWasSealedOpensInItsOrder) {
  const Sealed sealed;
  EXPECT_EQ(sealed.open(), "");
  auto opener = StreamOpener::begin(key(), kPurpose, sealed.header).value();
  EXPECT_EQ(opener.open(sealed.pieces[0], false).value(), "one");
  EXPECT_EQ(opener.open(sealed.pieces[1], false).value(), "two");
  EXPECT_EQ(opener.open(sealed.pieces[2], true).value(), "");
}

TEST(SealedStream, EveryChangedByteIsNoticed) {
  const Sealed whole;
  for (std::size_t at = 0; at < whole.header.size(); ++at) {
    Sealed changed = whole;
    changed.header[at] ^= 1;
    EXPECT_NE(changed.open(), "") << "byte " << at << " of the header";
  }
  for (std::size_t at = 0; at < whole.pieces[0].size(); ++at) {
    Sealed changed = whole;
    changed.pieces[0][at] ^= 1;
    EXPECT_EQ(changed.open(), "sealed_value") << "byte " << at;
  }
}

TEST(SealedStream, PiecesThatAreMissingMovedOrRepeatedDoNotOpen) {
  Sealed cut;
  cut.pieces.pop_back();
  EXPECT_EQ(cut.open(), "sealed_value") << "the last one is another";
  Sealed without;
  without.pieces.erase(without.pieces.begin());
  EXPECT_EQ(without.open(), "sealed_value");
  Sealed moved;
  std::swap(moved.pieces[0], moved.pieces[1]);
  EXPECT_EQ(moved.open(), "sealed_value");
  Sealed repeated;
  repeated.pieces.insert(repeated.pieces.begin(), repeated.pieces[0]);
  EXPECT_EQ(repeated.open(), "sealed_value");
  Sealed mixed;
  mixed.pieces[0] = Sealed().pieces[0];
  EXPECT_EQ(mixed.open(), "sealed_value") << "of another stream under the same key";
  EXPECT_EQ(Sealed().open("other"), "sealed_value") << "of another kind";
}

TEST(SealedStream, AnotherKeyIsRefusedByName) {
  const KeyEncryptionKey other = KeyEncryptionKey::generate();
  const auto opener = StreamOpener::begin(other, kPurpose, Sealed().header);
  ASSERT_FALSE(opener.ok());
  EXPECT_EQ(opener.error().kind, ErrorKind::kSettings);
  EXPECT_EQ(opener.error().reason, "wrong_key");
  EXPECT_THAT(opener.error().message, HasSubstr(key().id()));
  EXPECT_THAT(opener.error().message, HasSubstr(other.id()));
}

TEST(SealedStream, TheSameTextIsNeverSealedTwiceInTheSameWay) {
  EXPECT_NE(Sealed().pieces[0], Sealed().pieces[0]);
  EXPECT_THAT(Sealed().pieces[0], Not(HasSubstr("one")));
}

}  // namespace
}  // namespace muster::crypto
