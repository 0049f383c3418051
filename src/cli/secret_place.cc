#include "cli/secret_place.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"
#include "cli/secret_input.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

constexpr std::string_view kFile = "file:";
constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kStored = "stored:";

Result<Secret> from_environment(const SecretOption& option, const std::string& name) {
  char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return Error{ErrorKind::kSettings, std::string(option.reason),
                 fmt::format("{}: the environment variable {} is not set.", option.name,
                             base::printable(name))};
  }
  Secret secret{std::string(value)};
  ::unsetenv(name.c_str());
  return secret;
}

}  // namespace

Result<Secret> secret_at(const SecretOption& option, const std::string& where, Console& console) {
  if (where.empty() || where.starts_with(kStored)) return Secret();
  if (where.starts_with(kFile) && where.size() > kFile.size()) {
    return read_secret(where.substr(kFile.size()), "", console);
  }
  if (where.starts_with(kEnvironment)) {
    return from_environment(option, where.substr(kEnvironment.size()));
  }
  return Error{ErrorKind::kSettings, std::string(option.reason),
               fmt::format("{}: write file:PATH, env:NAME or stored:SITE/NAME.", option.name)};
}

std::string stored_at(const std::string& where) {
  return where.starts_with(kStored) ? where.substr(kStored.size()) : "";
}

}  // namespace muster::cli
