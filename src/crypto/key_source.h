// Where the key-encryption key comes from. It is 32 random bytes in base64 (either alphabet, with
// or without padding, a line break after it), in exactly one of three places:
//
//   --key-file PATH                      readable by its owner only
//   MUSTER_KEY                           an environment variable, wiped once read
//   $CREDENTIALS_DIRECTORY/muster-key    systemd: LoadCredential=muster-key:PATH
//
//   const KeyEncryptionKey key = TRY(take_key(options.key_file));
//
// Errors: kSettings, encryption_key; they say what to do and never repeat what was read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/envelope.h"

namespace muster::crypto {

// `key_file`: empty when not given. Changes the environment: before any other thread starts.
// No place, or more than one, is an error: a key that lost against another would be noticed too
// late.
base::Result<KeyEncryptionKey> take_key(const std::string& key_file);
// The same where nothing may be encrypted: no place is no key.
base::Result<std::optional<KeyEncryptionKey>> take_key_if_given(const std::string& key_file);

// From a file alone, as the new key of a rotation is. A link to the file is followed.
base::Result<KeyEncryptionKey> read_key_file(const std::string& path);

// A new key in a new file of mode 0600; on disk when this returns. Never replaces a file.
base::Result<KeyEncryptionKey> generate_key_file(const std::string& path);

// From its text.
base::Result<KeyEncryptionKey> parse_key(std::string_view text);

}  // namespace muster::crypto
