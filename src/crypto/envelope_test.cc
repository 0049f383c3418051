#include "crypto/envelope.h"

#include <gmock/gmock.h>
#include <sodium.h>

#include <numeric>
#include <set>

#include "base/text.h"

namespace muster::crypto {
namespace {

using base::ErrorKind;
using base::Secret;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Context kPlace{"acme", "secrets", "7", "value"};

std::string counting(char first, std::size_t count) {
  std::string bytes(count, '\0');
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

std::string from_hex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  EXPECT_EQ(sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(),
                           hex.size(), nullptr, nullptr, nullptr),
            0);
  return bytes;
}

const DataKey& data_key() {
  static const DataKey key = DataKey::generate();
  return key;
}

const KeyEncryptionKey& key() {
  static const KeyEncryptionKey key = KeyEncryptionKey::generate();
  return key;
}

// Made by another implementation (BLAKE2b, HChaCha20 and ChaCha20-Poly1305 from elsewhere): what
// stores hold today must open in every later version.
constexpr std::string_view kWrappedOnce =
    "0100872dc45ae07fde404142434445464748494a4b4c4d4e4f5051525354555657"
    "f4182753f4c55f31a7ddad9583b14bbda28b9ff7276c65ad5208c77e35391daf0c0df9fdd341ecb89078f4a33e3995"
    "23";
constexpr std::string_view kSealedOnce =
    "01acff6d0ba5230214404142434445464748494a4b4c4d4e4f5051525354555657"
    "525403dd4314cfdfea9b130c3f0d89468ca1298b1fec52";

TEST(Envelope, OpensWhatFormatOneHasAlwaysBeen) {
  const KeyEncryptionKey outer(Secret(counting(0, 32)));
  EXPECT_EQ(outer.id(), "00872dc45ae07fde");
  const auto inner = unwrap(outer, "acme", from_hex(kWrappedOnce));
  ASSERT_TRUE(inner.ok()) << inner.error().text();
  EXPECT_EQ(inner->bytes().reveal(), counting(32, 32));
  const auto value = open(*inner, kPlace, from_hex(kSealedOnce));
  ASSERT_TRUE(value.ok()) << value.error().text();
  EXPECT_EQ(value->reveal(), "hunter2");
}

// https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha-03#appendix-A.3.1
TEST(Envelope, StandsOnTheCipherOfTheDraft) {
  const std::string cipher_key = counting('\x80', 32), nonce = counting(0x40, 24);
  const std::string bound = from_hex("50515253c0c1c2c3c4c5c6c7");
  const std::string plain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  std::string out(plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(out.data()), nullptr,
                                             bytes(plain), plain.size(), bytes(bound), bound.size(),
                                             nullptr, bytes(nonce), bytes(cipher_key));
  EXPECT_EQ(base::hex_encode(out),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a8"
            "2f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369"
            "488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf"
            "49");
}

TEST(Envelope, OpensWhatItSealedWhateverTheLength) {
  for (const std::size_t size : {0, 1, 7, 15, 16, 31, 32, 33, 64, 1000, 100000}) {
    const Secret value(counting('a', size));
    const std::string sealed = seal(data_key(), kPlace, value);
    EXPECT_EQ(sealed.size(), size + kSealedExtra);
    const auto opened = open(data_key(), kPlace, sealed);
    ASSERT_TRUE(opened.ok()) << size << opened.error().text();
    EXPECT_EQ(*opened, value);
  }
}

TEST(Envelope, SealsTheSameValueDifferentlyEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(seal(data_key(), kPlace, Secret("same")).substr(9));
  EXPECT_EQ(seen.size(), 100u);
}

TEST(Envelope, DoesNotOpenWithAnyBitChanged) {
  const std::string sealed = seal(data_key(), kPlace, Secret("correct horse"));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(open(data_key(), kPlace, damaged).ok()) << "bit " << bit;
  }
}

TEST(Envelope, DoesNotOpenCutOffOrLengthened) {
  const std::string sealed = seal(data_key(), kPlace, Secret("correct horse"));
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(open(data_key(), kPlace, sealed.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(open(data_key(), kPlace, sealed + '\0').ok());
}

TEST(Envelope, DoesNotOpenInAnyOtherPlace) {
  const std::string sealed = seal(data_key(), kPlace, Secret("correct horse"));
  // Also places whose four texts, one after the other, are the same.
  for (const Context& other : std::initializer_list<Context>{
           {"acme2", "secrets", "7", "value"},
           {"acme", "secret", "7", "value"},
           {"acme", "secrets", "8", "value"},
           {"acme", "secrets", "7", "token"},
           {"acme", "secrets", "", "7value"},
           {"acme", "secrets7", "", "value"},
           {"acm", "esecrets", "7", "value"},
           {"acme", "secrets", "7value", ""},
           {"secrets", "acme", "7", "value"},
           {"Acme", "secrets", "7", "value"},
           {"", "", "", ""},
       }) {
    const auto opened = open(data_key(), other, sealed);
    ASSERT_FALSE(opened.ok()) << other.site << other.table << other.row << other.field;
    EXPECT_EQ(opened.error().reason, "sealed_value");
  }
}

TEST(Envelope, SaysWhereAValueDoesNotOpenAndWhatToDo) {
  const std::string sealed = seal(data_key(), kPlace, Secret("correct horse"));
  const auto moved = open(data_key(), {"acme", "secrets", "8\n", "value"}, sealed);
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(
      moved.error().text(),
      "A sealed value does not open although it is the right key: it is damaged, or was moved "
      "from another place. Restore it from a backup, or enter it anew. (secrets.value, row "
      "8\\n of site acme)");
}

TEST(Envelope, NamesBothKeysWhenItIsTheWrongOne) {
  const DataKey other = DataKey::generate();
  const auto opened = open(other, kPlace, seal(data_key(), kPlace, Secret("correct horse")));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::kSettings);
  EXPECT_EQ(opened.error().reason, "wrong_key");
  EXPECT_THAT(opened.error().message, HasSubstr(data_key().id()));
  EXPECT_THAT(opened.error().message, HasSubstr(other.id()));
}

TEST(Envelope, DoesNotTrustTheKeyThatAValueNames) {
  const DataKey other = DataKey::generate();
  std::string forged = seal(other, kPlace, Secret("correct horse"));
  forged.replace(0, 9, seal(data_key(), kPlace, Secret("")).substr(0, 9));
  EXPECT_EQ(open(data_key(), kPlace, forged).error().reason, "sealed_value");
}

TEST(Envelope, TellsAValueOfANewerVersion) {
  std::string newer = seal(data_key(), kPlace, Secret("correct horse"));
  newer[0] = 2;
  EXPECT_THAT(open(data_key(), kPlace, newer).error().message, HasSubstr("newer muster"));
}

TEST(Envelope, NeverRepeatsAByteOfKeyOrValueInAnError) {
  const DataKey plain_key(Secret(std::string(32, 'K')));
  const std::string sealed = seal(plain_key, kPlace, Secret("correct horse"));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string damaged = sealed;
    damaged[at] = '\x41';
    const auto opened = open(plain_key, kPlace, damaged);
    if (opened.ok()) continue;
    EXPECT_THAT(opened.error().text(), Not(HasSubstr("KK")));
    EXPECT_THAT(opened.error().text(), Not(HasSubstr("horse")));
  }
}

TEST(Key, HasAnIdThatTellsKeysApartAndGivesNothingAway) {
  const std::string bytes = counting(7, 32);
  const DataKey one{Secret(bytes)}, same{Secret(bytes)};
  EXPECT_EQ(one.id(), same.id());
  EXPECT_EQ(one.id().size(), 16u);
  EXPECT_NE(one.id(), KeyEncryptionKey(Secret(bytes)).id());
  EXPECT_THAT(base::hex_encode(bytes), Not(HasSubstr(one.id())));
  EXPECT_NE(DataKey::generate().id(), DataKey::generate().id());
}

TEST(WrappedKey, ComesBackForItsSiteOnly) {
  const std::string wrapped = wrap(key(), "acme", data_key());
  EXPECT_EQ(unwrap(key(), "acme", wrapped)->bytes(), data_key().bytes());
  const auto moved = unwrap(key(), "acme2", wrapped);
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().reason, "sealed_value");
  EXPECT_EQ(moved.error().where, "data key of site acme2");
}

TEST(WrappedKey, DoesNotOpenWithAnyBitChanged) {
  const std::string wrapped = wrap(key(), "acme", data_key());
  for (std::size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    std::string damaged = wrapped;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(unwrap(key(), "acme", damaged).ok()) << "bit " << bit;
  }
}

TEST(WrappedKey, IsNoValueAndAValueIsNoWrappedKey) {
  const std::string bytes = counting(7, 32);
  const DataKey as_data_key{Secret(bytes)};
  const KeyEncryptionKey as_outer{Secret(bytes)};
  EXPECT_FALSE(open(as_data_key, {"acme", "", "", ""}, wrap(as_outer, "acme", data_key())).ok());
  EXPECT_FALSE(
      unwrap(as_outer, "acme", seal(as_data_key, {"acme", "", "", ""}, Secret(bytes))).ok());
}

TEST(WrappedKey, IsRefusedUnderAnotherKeyByName) {
  const KeyEncryptionKey other = KeyEncryptionKey::generate();
  const auto wrong = unwrap(other, "acme", wrap(key(), "acme", data_key()));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().text(), "This needs the key " + key().id() + " and was given the key " +
                                      other.id() +
                                      "; use the one it was sealed with. (data key of site acme)");
}

TEST(Rotation, KeepsTheDataKeySoThatValuesStayAsTheyAre) {
  const KeyEncryptionKey next = KeyEncryptionKey::generate();
  const std::string sealed = seal(data_key(), kPlace, Secret("correct horse"));
  const std::string wrapped = wrap(key(), "acme", data_key());
  const auto rotated = rewrap(key(), next, "acme", wrapped);
  ASSERT_TRUE(rotated.ok()) << rotated.error().text();
  EXPECT_EQ(*needed_key(wrapped), key().id());
  EXPECT_EQ(*needed_key(*rotated), next.id());
  EXPECT_EQ(open(*unwrap(next, "acme", *rotated), kPlace, sealed)->reveal(), "correct horse");
  EXPECT_FALSE(unwrap(key(), "acme", *rotated).ok());
}

TEST(Rotation, CanBeStartedAgainAndChangesNothingTwice) {
  const KeyEncryptionKey next = KeyEncryptionKey::generate();
  const std::string rotated = *rewrap(key(), next, "acme", wrap(key(), "acme", data_key()));
  EXPECT_EQ(*rewrap(key(), next, "acme", rotated), rotated);
}

TEST(Rotation, NeverPassesOnWhatDoesNotOpen) {
  const KeyEncryptionKey next = KeyEncryptionKey::generate();
  const std::string wrapped = wrap(key(), "acme", data_key());
  const std::string rotated = *rewrap(key(), next, "acme", wrapped);
  for (std::string damaged : {wrapped, rotated}) {
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    EXPECT_FALSE(rewrap(key(), next, "acme", damaged).ok());
  }
  EXPECT_FALSE(rewrap(key(), next, "acme2", wrapped).ok());
  EXPECT_FALSE(rewrap(key(), next, "acme2", rotated).ok());
  EXPECT_EQ(rewrap(next, key(), "acme", wrap(KeyEncryptionKey::generate(), "acme", data_key()))
                .error()
                .reason,
            "wrong_key");
}

}  // namespace
}  // namespace muster::crypto
