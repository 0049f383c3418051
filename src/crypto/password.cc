#include "crypto/password.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "crypto/libsodium.h"

namespace muster::crypto {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = std::size_t{64} << 20;

// A damaged row must not take all memory or hours: no muster has ever asked for more than this.
constexpr unsigned kMostKibibytes = 1 << 20;
constexpr unsigned kMostPasses = 16;

// The hash of "password" from the reference implementation's tests. That it can be guessed does not
// matter: nobody has it, so nothing fits.
constexpr const char* kOfNobody =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

Error refused(std::string message) {
  return {ErrorKind::kSettings, "password", std::move(message)};
}

Error out_of_memory() {
  return {ErrorKind::kLimit, "memory",
          "There are no 64 MiB free to check a password; try again, or give muster more memory."};
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

bool is_sane(const std::string& stored) {
  unsigned kibibytes = 0, passes = 0, lanes = 0;
  int end = 0;
  return stored.size() < crypto_pwhash_STRBYTES && stored.find('\0') == std::string::npos &&
         std::sscanf(stored.c_str(), "$argon2id$v=19$m=%10u,t=%10u,p=%10u$%n", &kibibytes, &passes,
                     &lanes, &end) == 3 &&
         end > 0 && kibibytes <= kMostKibibytes && passes <= kMostPasses && lanes == 1;
}

}  // namespace

base::Status check_password(const Secret& password) {
  const std::string_view text = password.reveal();
  if (text.size() > kMostPasswordBytes) {
    return refused(fmt::format("The password is longer than {} bytes.", kMostPasswordBytes));
  }
  if (!base::is_valid_utf8(text)) return refused("The password is not valid UTF-8.");
  if (count_characters(text) < kFewestPasswordCharacters) {
    return refused(
        fmt::format("The password has fewer than {} characters.", kFewestPasswordCharacters));
  }
  return {};
}

Result<std::string> hash_password(const Secret& password) {
  TRY(check_password(password));
  start_libsodium();
  std::array<char, crypto_pwhash_STRBYTES> text{};
  const std::string_view bytes = password.reveal();
  if (crypto_pwhash_str_alg(text.data(), bytes.data(), bytes.size(), kPasses, kMemory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return out_of_memory();
  }
  return std::string(text.data());
}

Result<bool> verify_password(const std::optional<std::string>& stored, const Secret& password) {
  const std::string_view bytes = password.reveal();
  if (bytes.size() > kMostPasswordBytes) return false;
  const Error damaged{ErrorKind::kMalformed, "stored_password",
                      "The account's stored password is damaged; set a new one."};
  if (stored && !is_sane(*stored)) return damaged;
  start_libsodium();
  errno = 0;
  const int answer = crypto_pwhash_argon2id_str_verify(stored ? stored->c_str() : kOfNobody,
                                                       bytes.data(), bytes.size());
  if (answer == 0) return stored.has_value();
  // libsodium says no with one number for all reasons, and with errno which it was.
  if (errno == EINVAL) return false;
  if (errno == ENOMEM) return out_of_memory();
  return damaged;
}

bool needs_rehash(const std::string& stored) {
  return crypto_pwhash_argon2id_str_needs_rehash(stored.c_str(), kPasses, kMemory) != 0;
}

}  // namespace muster::crypto
