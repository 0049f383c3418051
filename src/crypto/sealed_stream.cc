#include "crypto/sealed_stream.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/libsodium.h"
#include "crypto/openssl.h"

namespace muster::crypto {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

constexpr char kFormat = 1;
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kNonceBytes = 12;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;

Error unusable(std::string message) {
  return {ErrorKind::kMalformed, "sealed_value", std::move(message)};
}

std::string raw_id(const Key& key) {
  const std::string digits = key.id();
  std::string bytes(kIdBytes, '\0');
  sodium_hex2bin(raw(bytes), bytes.size(), digits.data(), digits.size(), nullptr, nullptr, nullptr);
  return bytes;
}

// BLAKE2b under the key: nobody learns the one from the other.
Secret key_of_stream(const KeyEncryptionKey& key, std::string_view purpose,
                     std::string_view header) {
  std::string text(purpose);
  text += '\0';
  text += header;
  std::string bytes = secret_buffer(Key::kBytes);
  crypto_generichash(raw(bytes), bytes.size(), raw(text), text.size(), raw(key.bytes().reveal()),
                     Key::kBytes);
  return Secret(std::move(bytes));
}

std::string nonce_of(std::uint64_t piece, bool is_last) {
  std::string nonce(kNonceBytes, '\0');
  nonce[0] = is_last ? 1 : 0;
  for (std::size_t byte = 0; byte < 8; ++byte) {
    nonce[4 + byte] = static_cast<char>(piece >> (8 * byte) & 0xFF);
  }
  return nonce;
}

Cipher begin(const Secret& key, const std::string& nonce, std::string_view bound, bool seals) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool is_ready = cipher != nullptr &&
                        EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                                          raw(key.reveal()), raw(nonce), seals ? 1 : 0) == 1 &&
                        EVP_CipherUpdate(cipher.get(), nullptr, &size, raw(bound),
                                         static_cast<int>(bound.size())) == 1;
  MUSTER_CHECK(is_ready, "AES-256-GCM starts");
  return cipher;
}

}  // namespace

StreamSealer::StreamSealer(const KeyEncryptionKey& key, std::string_view purpose) {
  header_ += kFormat;
  header_ += raw_id(key);
  header_ += random_bytes(kStreamHeader - header_.size());
  key_ = key_of_stream(key, purpose, header_);
}

std::string StreamSealer::seal(std::string_view piece, bool is_last) {
  const Cipher cipher = begin(key_, nonce_of(pieces_++, is_last), header_, true);
  std::string sealed(piece.size() + kPieceExtra, '\0');
  int size = 0, rest = 0;
  unsigned char* const out = raw(sealed);
  const bool is_sealed =
      EVP_CipherUpdate(cipher.get(), out, &size, raw(piece), static_cast<int>(piece.size())) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), out + size, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kPieceExtra, out + piece.size()) == 1;
  MUSTER_CHECK(is_sealed, "a piece in memory can be sealed");
  return sealed;
}

Result<StreamOpener> StreamOpener::begin(const KeyEncryptionKey& key, std::string_view purpose,
                                         std::string_view header) {
  if (header.size() != kStreamHeader) return unusable("It was cut off in its first bytes.");
  if (header[0] != kFormat) {
    return unusable(
        fmt::format("It is sealed in the format {} and this version of muster knows only {}: it is "
                    "damaged, or a newer muster wrote it; use that one.",
                    static_cast<unsigned char>(header[0]), static_cast<int>(kFormat)));
  }
  const std::string needed = base::hex_encode(header.substr(1, kIdBytes));
  if (needed != key.id()) {
    return Error{
        ErrorKind::kSettings, "wrong_key",
        fmt::format("It was sealed with the key {} and the key given is {}.", needed, key.id())};
  }
  return StreamOpener(std::string(header), key_of_stream(key, purpose, header));
}

Result<std::string> StreamOpener::open(std::string_view sealed, bool is_last) {
  if (sealed.size() < kPieceExtra) return unusable("It was cut off.");
  const ErrorQueueGuard guard;
  const Cipher cipher = crypto::begin(key_, nonce_of(pieces_++, is_last), header_, false);
  const std::string_view body = sealed.substr(0, sealed.size() - kPieceExtra);
  std::string tag(sealed.substr(body.size()));
  std::string plain(body.size() + kPieceExtra, '\0');
  int size = 0, rest = 0;
  const bool is_opened =
      EVP_CipherUpdate(cipher.get(), raw(plain), &size, raw(body), static_cast<int>(body.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kPieceExtra, tag.data()) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), raw(plain) + size, &rest) == 1;
  if (!is_opened) {
    return unusable(
        "It does not open although it is the right key: it is damaged, or was changed.");
  }
  plain.resize(body.size());
  return plain;
}

}  // namespace muster::crypto
