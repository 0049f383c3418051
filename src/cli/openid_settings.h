#pragma once

#include <optional>

#include "base/result.h"
#include "cli/commands.h"
#include "service/openid_provider.h"
#include "service/vault.h"

namespace muster::cli {

// What `muster serve` was told about signing in elsewhere; nullopt: nothing. A secret in the
// environment is taken out of it: before any other thread starts. One that is stored is read later
// (read_stored_secret). kSettings, naming the option.
base::Result<std::optional<service::OpenIdSettings>> openid_settings(
    const ServeArguments& arguments, Console& console);

// kSettings: no such secret, or no key to open it with.
base::Status read_stored_secret(const OpenIdArguments& arguments, service::Vault* vault,
                                service::OpenIdSettings& settings);

}  // namespace muster::cli
