// Passwords of local accounts: Argon2id with 64 MiB and two passes, kept in the usual text form
// ("$argon2id$v=19$m=65536,t=2,p=1$..."), which says with what it was made.
//
//   account.password = TRY(hash_password(chosen));
//   const bool is_right = TRY(verify_password(account ? account->password : std::nullopt, given));
//   if (is_right && needs_rehash(account->password)) account->password = TRY(hash_password(given));
//
// Hashing and verifying take 64 MiB and about 75 ms of one processor each: callers limit how many
// run at once. Any thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace muster::crypto {

inline constexpr std::size_t kFewestPasswordCharacters = 8;
inline constexpr std::size_t kMostPasswordBytes = 1024;

// Whether it may be chosen: valid UTF-8 within the limits. kSettings, password; says what to
// change.
base::Status check_password(const base::Secret& password);

// Refuses what check_password() refuses. kLimit, memory when there are no 64 MiB.
base::Result<std::string> hash_password(const base::Secret& password);

// nullopt stands for an account that does not exist or has no password: false, after the same work,
// so that the time of an answer does not tell which accounts there are.
// kMalformed, stored_password when `stored` is damaged; kLimit, memory.
base::Result<bool> verify_password(const std::optional<std::string>& stored,
                                   const base::Secret& password);

// Made with other parameters than new ones are: hash the password again while it is there.
bool needs_rehash(const std::string& stored);

}  // namespace muster::crypto
