// Tokens that muster itself gives out: personal tokens for the API, one-time tokens for setting up,
// sessions. All look alike and are kept as a hash only:
//
//   mstr_ + 43 random characters + 6 of a checksum         personal
//   mstr_setup_..., mstr_session_..., mstr_signin_...      the others
//
// Letters and digits only after the prefix, so that a double click takes all of it; the checksum
// lets secret scanners be sure (mstr_(setup_|session_|signin_)?[0-9A-Za-z]{49}) and tells a slip of
// the keyboard without asking the store. 256 random bits need neither salt nor a slow hash.
//
//   NewToken made = make_token(TokenKind::kPersonal);   // shown once: made.text
//   row.token_hash = made.hash;                         // all that is stored
//   const TokenHash hash = TRY(hash_token(TokenKind::kPersonal, presented));   // ... look it up
//
// Scopes and expiry stand in the token's row, not in the token. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/sha256.h"

namespace muster::crypto {

enum class TokenKind { kPersonal, kSetUp, kSession, kSignIn };

// SHA-256 of the token's text. Compare with same_hash() where it is not a database that looks it
// up.
using TokenHash = Sha256;

struct NewToken {
  base::Secret text;
  TokenHash hash;
};

NewToken make_token(TokenKind kind);

// Errors: kDenied, token: of another kind, misspelt, or no token at all.
base::Result<TokenHash> hash_token(TokenKind kind, std::string_view presented);

// In a time that does not depend on where they differ.
bool same_hash(const TokenHash& a, const TokenHash& b);

// A text that only holders of `secret` can make, another one for each purpose, and that says
// nothing about it; fit for a URL (43 characters).
std::string derived_token(const base::Secret& secret, std::string_view purpose);
// In a time that does not depend on where they differ.
bool same_text(std::string_view a, std::string_view b);

// What a form or script must send along with a session's cookie: an HMAC that only holders of the
// session's token can make. Nothing is stored for it, and it says nothing about the token.
std::string csrf_token(const base::Secret& session);
bool csrf_token_fits(const base::Secret& session, std::string_view presented);

}  // namespace muster::crypto
