// Checking a signed client assertion (RFC 7523) as the sign-in service does.
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::sandbox::login {

struct AssertionFacts {
  std::string_view certificate_pem;
  std::string_view client_id;
  std::string_view audience;  // the token endpoint
  std::int64_t now = 0;       // Unix seconds
};

struct AssertionVerdict {
  int code = 0;  // AADSTS number; 0: fine
  std::string why{};
  std::string jti{};  // to be used once
};

AssertionVerdict check_assertion(std::string_view assertion, const AssertionFacts& facts);

}  // namespace muster::sandbox::login
