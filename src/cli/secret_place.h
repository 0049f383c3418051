// Where the secret of an option is: file:PATH, env:NAME or stored:SITE/NAME.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "cli/console.h"

namespace muster::cli {

struct SecretOption {
  std::string_view name;    // "--oidc-secret"
  std::string_view reason;  // of its errors
};

// Empty for one that is stored, and for "". What is in the environment is taken out of it: before
// any other thread starts. kSettings, naming the option.
base::Result<base::Secret> secret_at(const SecretOption& option, const std::string& where,
                                     Console& console);
// SITE/NAME of a stored one; "": it is elsewhere.
std::string stored_at(const std::string& where);

}  // namespace muster::cli
