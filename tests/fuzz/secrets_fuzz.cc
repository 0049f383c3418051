// What muster has sealed and reads again from a store that somebody may have changed, and the keys,
// tokens and passwords that people and programs present.
#include "base/secret.h"
#include "crypto/envelope.h"
#include "crypto/key_source.h"
#include "crypto/password.h"
#include "crypto/token.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using base::Secret;
using fuzz::Input;
using fuzz::require;

const crypto::DataKey& data_key() {
  static const crypto::DataKey key(Secret(std::string(crypto::Key::kBytes, 'd')));
  return key;
}

const crypto::KeyEncryptionKey& outer_key() {
  static const crypto::KeyEncryptionKey key(Secret(std::string(crypto::Key::kBytes, 'k')));
  return key;
}

void check_error(const base::Error& error) {
  require(!error.message.empty());
  fuzz::require_printable(error.text());
}

struct Place {
  explicit Place(Input& input)
      : site(input.part()), table(input.part()), row(input.part()), field(input.part()) {}
  crypto::Context context() const { return {site, table, row, field}; }
  bool operator==(const Place&) const = default;
  std::string site, table, row, field;
};

// Nothing opens that was not sealed, whoever wrote it; `named` puts the right key's id before it.
void try_forging(Input& input) {
  const bool named = input.byte() % 2 == 0;
  const Place place(input);
  const std::string rest = input.rest();
  const auto forge = [&](const crypto::Key& key) {
    if (!named) return rest;
    std::string id;
    for (std::size_t at = 0; at < key.id().size(); at += 2) {
      id += static_cast<char>(std::stoi(key.id().substr(at, 2), nullptr, 16));
    }
    return "\x01" + id + rest;
  };
  const auto value = crypto::open(data_key(), place.context(), forge(data_key()));
  require(!value.ok());
  check_error(value.error());
  const std::string wrapped = forge(outer_key());
  const auto key = crypto::unwrap(outer_key(), place.site, wrapped);
  require(!key.ok());
  check_error(key.error());
  require(!crypto::rewrap(outer_key(), outer_key(), place.site, wrapped).ok());
  const auto needed = crypto::needed_key(wrapped);
  require(!needed.ok() || needed->size() == 16);
}

// What was sealed opens in its place, and neither elsewhere nor changed.
void try_sealing(Input& input) {
  const Place place(input), other(input);
  const std::size_t at = input.byte() + std::size_t{256} * input.byte();
  const std::uint8_t change = input.byte();
  const std::string value = input.rest();
  const std::string sealed = crypto::seal(data_key(), place.context(), Secret(value));
  require(sealed.size() == value.size() + crypto::kSealedExtra);
  const auto opened = crypto::open(data_key(), place.context(), sealed);
  require(opened.ok() && opened->reveal() == value);
  require(crypto::open(data_key(), other.context(), sealed).ok() == (place == other));
  const auto open_changed = [&](std::string bytes) {
    char& changed = bytes[at % bytes.size()];
    changed = static_cast<char>(static_cast<std::uint8_t>(changed) ^ change);
    return crypto::open(data_key(), place.context(), bytes);
  };
  const auto damaged = open_changed(sealed);
  require(damaged.ok() == (change == 0));
  if (damaged.ok()) return;
  check_error(damaged.error());
  // The refusal says nothing of the value: it would be the same of any other.
  const Secret another(std::string(value.size(), '?'));
  const auto same = open_changed(crypto::seal(data_key(), place.context(), another));
  require(same.error().text() == damaged.error().text());
}

// One kind takes it at most, and then it is what scanners look for.
void try_token(Input& input) {
  const std::string text = input.rest();
  int taken = 0;
  for (const auto kind :
       {crypto::TokenKind::kPersonal, crypto::TokenKind::kSetUp, crypto::TokenKind::kSession}) {
    const auto hash = crypto::hash_token(kind, text);
    if (!hash.ok()) {
      check_error(hash.error());
      continue;
    }
    ++taken;
    require(text.starts_with("mstr_") && text.size() >= 54);
    for (const char digit : text.substr(text.size() - 49)) {
      require(std::isalnum(static_cast<unsigned char>(digit)) != 0);
    }
  }
  require(taken <= 1);
}

void try_csrf(Input& input) {
  const Secret session(input.part());
  const std::string presented = input.rest();
  const bool is_equal = presented == crypto::csrf_token(session);
  require(crypto::csrf_token_fits(session, presented) == (is_equal && !session.empty()));
  require(session.empty() || crypto::csrf_token_fits(session, crypto::csrf_token(session)));
}

// A key that can be read is written in one way and is the same key.
void try_key(Input& input) {
  const std::string text = input.rest();
  const auto key = crypto::parse_key(text);
  if (!key.ok()) {
    const bool is_empty = text.find_first_not_of("\r\n") == std::string::npos;
    return require(key.error().text() == crypto::parse_key(is_empty ? "" : "?").error().text());
  }
  const auto again = crypto::parse_key(base::base64url_encode(key->bytes().reveal()));
  require(again.ok() && again->id() == key->id());
}

void try_password(Input& input) {
  const std::string text = input.rest();
  (void)crypto::needs_rehash(text);
  const auto status = crypto::check_password(Secret(text));
  if (!status.ok()) return check_error(status.error());
  require(text.size() >= 8 && text.size() <= 1024 && base::is_valid_utf8(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(6)) {
    case 0: try_forging(input); break;
    case 1: try_sealing(input); break;
    case 2: try_token(input); break;
    case 3: try_csrf(input); break;
    case 4: try_key(input); break;
    default: try_password(input);
  }
  return 0;
}
