// Secrets at rest: XChaCha20-Poly1305, each value bound to the place it is kept in.
//
// One key-encryption key, which the store never sees, wraps a data key for every site; the site's
// data key seals its values. Rotation wraps the data keys anew and leaves the values alone.
//
//   const DataKey data_key = DataKey::generate();
//   row.wrapped = wrap(key, "acme", data_key);                    // stored with the site
//   row.sealed = seal(data_key, {"acme", "secrets", "7", "value"}, token);
//   const base::Secret token = TRY(open(data_key, {"acme", "secrets", "7", "value"}, row.sealed));
//
// What is wrapped or sealed starts with a format byte and the public id of the key it needs:
//   format 1 | key id 8 | nonce 24 | encrypted bytes | tag 16
// All functions may be called from any thread. Errors never carry bytes of a key or a value:
//   kSettings, wrong_key      another key is needed; the message names both by their ids
//   kMalformed, sealed_value  damaged, cut off, of a newer format, or moved from another place
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace muster::crypto {

// 32 random bytes and the public name by which one tells keys apart.
class Key {
 public:
  static constexpr std::size_t kBytes = 32;

  const base::Secret& bytes() const { return bytes_; }
  // 16 hexadecimal digits of a hash. May be stored, shown and logged.
  std::string id() const;

 protected:
  Key(base::Secret bytes, std::string_view purpose);  // exactly kBytes

 private:
  friend class Envelope;
  base::Secret bytes_;
  std::string raw_id_;
};

// The key from outside the store (key_source.h): whoever has it and the store has the secrets.
class KeyEncryptionKey : public Key {
 public:
  explicit KeyEncryptionKey(base::Secret bytes) : Key(std::move(bytes), "muster key id 1") {}
  static KeyEncryptionKey generate();
};

// The key of one site's values.
class DataKey : public Key {
 public:
  explicit DataKey(base::Secret bytes) : Key(std::move(bytes), "muster data key id 1") {}
  static DataKey generate();
};

std::string wrap(const KeyEncryptionKey& key, std::string_view site, const DataKey& data_key);
base::Result<DataKey> unwrap(const KeyEncryptionKey& key, std::string_view site,
                             std::string_view wrapped);
// The same data key under `to`. What is under `to` already is opened as a proof and comes back as
// it is, so that an interrupted rotation can simply be started again.
base::Result<std::string> rewrap(const KeyEncryptionKey& from, const KeyEncryptionKey& to,
                                 std::string_view site, std::string_view wrapped);
// Id of the key that `wrapped` or a sealed value needs, as it says itself: not proven by opening.
base::Result<std::string> needed_key(std::string_view sealed);

// Where a value is kept. Only the same four open it again.
struct Context {
  std::string_view site;
  std::string_view table;
  std::string_view row;
  std::string_view field;
};

// Differs each time; longer than the value by kSealedExtra bytes.
inline constexpr std::size_t kSealedExtra = 49;
std::string seal(const DataKey& key, const Context& context, const base::Secret& value);
base::Result<base::Secret> open(const DataKey& key, const Context& context,
                                std::string_view sealed);

}  // namespace muster::crypto
