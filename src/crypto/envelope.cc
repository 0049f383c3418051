#include "crypto/envelope.h"

#include <fmt/format.h>

#include <initializer_list>

#include "base/text.h"
#include "crypto/libsodium.h"

namespace muster::crypto {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

namespace {

constexpr unsigned char kFormat = 1;
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kHeaderBytes = 1 + kIdBytes;

static_assert(Key::kBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kSealedExtra == kHeaderBytes + kNonceBytes + kTagBytes);

// Each part with its length before it: "ab" and "c" are not "a" and "bc".
void append_part(std::string& out, std::string_view part) {
  for (int shift = 0; shift < 64; shift += 8) {
    out += static_cast<char>(static_cast<std::uint64_t>(part.size()) >> shift & 0xFF);
  }
  out += part;
}

Error unusable(std::string message) {
  return {ErrorKind::kMalformed, "sealed_value", std::move(message)};
}

base::Status check_shape(std::string_view sealed) {
  if (sealed.empty()) return unusable("There is nothing where a sealed value should be.");
  if (const auto format = static_cast<unsigned char>(sealed[0]); format != kFormat) {
    return unusable(
        fmt::format("A sealed value has the format {} and this version of muster knows only {}: it "
                    "is damaged, or a newer muster wrote it; use that one.",
                    format, kFormat));
  }
  if (sealed.size() < kSealedExtra) {
    return unusable("A sealed value was cut off. Restore it from a backup, or enter it anew.");
  }
  return {};
}

std::string place(const Context& context) {
  return base::printable(fmt::format("{}.{}, row {} of site {}", context.table, context.field,
                                     context.row, context.site));
}

}  // namespace

// The one way in and out for wrapped keys and sealed values. `purpose` keeps them apart.
class Envelope {
 public:
  Envelope(const Key& key, std::string_view purpose, std::initializer_list<std::string_view> bound)
      : key_(key) {
    header_ += static_cast<char>(kFormat);
    header_ += key.raw_id_;
    append_part(bound_, header_);
    append_part(bound_, purpose);
    for (const std::string_view part : bound) append_part(bound_, part);
  }

  std::string seal(std::string_view plain) const {
    std::string out = header_ + random_bytes(kNonceBytes);
    const std::size_t body = out.size();
    out.resize(body + plain.size() + kTagBytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out) + body, nullptr, raw(plain), plain.size(),
                                               raw(bound_), bound_.size(), nullptr,
                                               raw(out) + kHeaderBytes, raw(key_.bytes().reveal()));
    return out;
  }

  // `if_refused`: what to say when the bytes are whole and the right key does not open them.
  Result<Secret> open(std::string_view sealed, std::string_view if_refused) const {
    TRY(check_shape(sealed));
    if (!sealed.starts_with(header_)) {
      return Error{ErrorKind::kSettings, "wrong_key",
                   fmt::format("This needs the key {} and was given the key {}; use the one it was "
                               "sealed with.",
                               base::hex_encode(sealed.substr(1, kIdBytes)), key_.id())};
    }
    const std::string_view nonce = sealed.substr(kHeaderBytes, kNonceBytes);
    const std::string_view body = sealed.substr(kHeaderBytes + kNonceBytes);
    std::string plain = secret_buffer(body.size() - kTagBytes);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(raw(plain), nullptr, nullptr, raw(body),
                                                   body.size(), raw(bound_), bound_.size(),
                                                   raw(nonce), raw(key_.bytes().reveal())) != 0) {
      return unusable(std::string(if_refused));
    }
    return Secret(std::move(plain));
  }

 private:
  const Key& key_;
  std::string header_;
  std::string bound_;
};

namespace {

Envelope of_site(const KeyEncryptionKey& key, std::string_view site) {
  return Envelope(key, "muster data key", {site});
}

Envelope of_value(const DataKey& key, const Context& context) {
  return Envelope(key, "muster value", {context.site, context.table, context.row, context.field});
}

}  // namespace

Key::Key(Secret bytes, std::string_view purpose) : bytes_(std::move(bytes)), raw_id_(kIdBytes, 0) {
  MUSTER_CHECK(bytes_.reveal().size() == kBytes, "a key has 32 bytes");
  start_libsodium();
  std::array<unsigned char, crypto_generichash_BYTES> hash;
  crypto_generichash(hash.data(), hash.size(), raw(purpose), purpose.size(), raw(bytes_.reveal()),
                     kBytes);
  std::copy_n(hash.begin(), kIdBytes, raw_id_.begin());
}

std::string Key::id() const { return base::hex_encode(raw_id_); }

KeyEncryptionKey KeyEncryptionKey::generate() {
  return KeyEncryptionKey(Secret(random_bytes(kBytes)));
}

DataKey DataKey::generate() { return DataKey(Secret(random_bytes(kBytes))); }

std::string wrap(const KeyEncryptionKey& key, std::string_view site, const DataKey& data_key) {
  return of_site(key, site).seal(data_key.bytes().reveal());
}

Result<DataKey> unwrap(const KeyEncryptionKey& key, std::string_view site,
                       std::string_view wrapped) {
  const std::string where = base::printable(fmt::format("data key of site {}", site));
  Secret bytes = TRY_AT(
      of_site(key, site).open(wrapped,
                              "A site's data key does not open although it is the right key: it is "
                              "damaged, or of another site. Restore it from a backup."),
      where);
  if (bytes.reveal().size() != Key::kBytes) {
    return unusable("A site's data key has another length than 32 bytes.").at(where);
  }
  return DataKey(std::move(bytes));
}

Result<std::string> rewrap(const KeyEncryptionKey& from, const KeyEncryptionKey& to,
                           std::string_view site, std::string_view wrapped) {
  const Result<std::string> needed = needed_key(wrapped);
  if (needed.ok() && *needed == to.id()) {
    TRY(unwrap(to, site, wrapped));
    return std::string(wrapped);
  }
  return wrap(to, site, TRY(unwrap(from, site, wrapped)));
}

Result<std::string> needed_key(std::string_view sealed) {
  TRY(check_shape(sealed));
  return base::hex_encode(sealed.substr(1, kIdBytes));
}

std::string seal(const DataKey& key, const Context& context, const Secret& value) {
  return of_value(key, context).seal(value.reveal());
}

Result<Secret> open(const DataKey& key, const Context& context, std::string_view sealed) {
  return TRY_AT(
      of_value(key, context)
          .open(sealed,
                "A sealed value does not open although it is the right key: it is damaged, or was "
                "moved from another place. Restore it from a backup, or enter it anew."),
      place(context));
}

}  // namespace muster::crypto
