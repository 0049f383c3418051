#include "run/importer_file_secret.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace muster::run {
namespace {

using base::Error;
using base::ErrorKind;
using catalogue::YamlNode;

// Keys and certificates are a few KiB; more means that the wrong file was named.
constexpr std::size_t kMaxSecretBytes = 64 * 1024;

bool is_variable_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); });
}

std::string what_to_write(std::string_view example) {
  return fmt::format("write {{ env: {} }} and set that variable, or {{ file: PATH }}", example);
}

base::Result<base::Secret> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    return Error{
        ErrorKind::kSettings, "settings",
        fmt::format("the environment variable {} is not set; export it before the run", name)};
  }
  if (*value == '\0') {
    return Error{ErrorKind::kSettings, "settings",
                 fmt::format("the environment variable {} is empty", name)};
  }
  return base::Secret(value);
}

// Opening a pipe waits for somebody to write into it, which `lint` must not.
bool is_pipe_or_folder(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

base::Result<base::Secret> from_file(const std::string& path) {
  if (is_pipe_or_folder(path)) {
    return Error{ErrorKind::kSettings, "settings",
                 fmt::format("{} is not a file", base::printable(path))};
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxSecretBytes + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) {
    return Error{ErrorKind::kSettings, "settings",
                 fmt::format("{} cannot be read: {}", base::printable(path), std::strerror(errno))};
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxSecretBytes) {
    return Error{
        ErrorKind::kSettings, "settings",
        fmt::format("{} is larger than 64 KiB; is it the right file?", base::printable(path))};
  }
  // Editors and `echo` end a file with a line break that is not part of the secret.
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) {
    return Error{ErrorKind::kSettings, "settings",
                 fmt::format("{} is empty", base::printable(path))};
  }
  return base::Secret(std::move(text));
}

std::string place_of(const std::string& file, catalogue::Mark mark) {
  return fmt::format("{}:{}:{}", file, mark.line, mark.column);
}

void check_place(catalogue::Findings& findings, const Importer& importer, const SecretPlace& place,
                 std::string_view what) {
  // No place at all: the file's own findings say so already.
  if (place.env.empty() && place.file.empty() && place.secret.empty()) return;
  const base::Result<base::Secret> resolved = resolve_secret(place, importer.file, what);
  if (!resolved.ok()) findings.push_back({importer.file, place.mark, resolved.error().message});
}

void check_ca_file(catalogue::Findings& findings, const Importer& importer,
                   const TrustSettings& trust) {
  if (trust.ca_file.empty()) return;
  std::ifstream in;
  if (!is_pipe_or_folder(trust.ca_file)) in.open(trust.ca_file);
  if (in.is_open() && in.peek() != std::ifstream::traits_type::eof()) return;
  findings.push_back({importer.file, trust.ca_file_mark,
                      fmt::format("ca_file: {} cannot be read or is empty; name a PEM file",
                                  base::printable(trust.ca_file))});
}

}  // namespace

std::string example_variable(std::string_view importer, std::string_view field) {
  std::string name = importer.empty() ? std::string(field) : fmt::format("{}_{}", importer, field);
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    c = byte < 0x80 && std::isalnum(byte) ? static_cast<char>(std::toupper(byte)) : '_';
  }
  if (std::isdigit(static_cast<unsigned char>(name[0]))) name.insert(0, "M_");
  return name;
}

std::string beside_file(const std::string& importer_file, std::string_view path) {
  const std::filesystem::path written(path);
  if (path.empty() || written.is_absolute()) return std::string(path);
  return (std::filesystem::path(importer_file).parent_path() / written).lexically_normal().string();
}

SecretPlace read_secret_place(catalogue::Checker& check, const YamlNode& node,
                              std::string_view what, std::string_view example) {
  SecretPlace place{.mark = node.mark};
  if (node.is_scalar()) {
    check.error(node.mark, fmt::format("{}: a secret must not stand in this file; {}", what,
                                       what_to_write(example)));
    return place;
  }
  if (!node.is_mapping() || node.members.size() != 1) {
    check.error(node.mark,
                fmt::format("{}: exactly one place is needed; {}", what, what_to_write(example)));
    return place;
  }
  const catalogue::YamlMember& member = node.members.front();
  std::string* slot = member.key == "env"      ? &place.env
                      : member.key == "file"   ? &place.file
                      : member.key == "secret" ? &place.secret
                                               : nullptr;
  if (slot == nullptr) {
    check.error(member.mark, fmt::format("{}: the place is one of env, file, secret; {}", what,
                                         what_to_write(example)));
    return place;
  }
  if (!member.value.is_scalar() || member.value.scalar.empty()) {
    check.error(member.value.mark, fmt::format("{}: {} needs a name", what, member.key));
    return place;
  }
  if (member.key == "env" && !is_variable_name(member.value.scalar)) {
    // Not repeated: people who misread the form put the secret itself here.
    check.error(member.value.mark, fmt::format("{}: this is no name of an environment variable; {}",
                                               what, what_to_write(example)));
    return place;
  }
  *slot = member.value.scalar;
  return place;
}

base::Result<base::Secret> resolve_secret(const SecretPlace& place, const std::string& file,
                                          std::string_view what, const StoredSecrets& stored) {
  auto resolve = [&]() -> base::Result<base::Secret> {
    if (!place.env.empty()) return from_environment(place.env);
    if (!place.file.empty()) return from_file(beside_file(file, place.file));
    if (!place.secret.empty() && stored) return stored(place.secret);
    if (!place.secret.empty()) {
      return Error{ErrorKind::kSettings, "settings",
                   "stored secrets need `muster serve`; on the command line write "
                   "{ env: NAME } or { file: PATH }"};
    }
    return Error{ErrorKind::kSettings, "settings", "no place is given; write { env: NAME }"};
  };
  base::Result<base::Secret> resolved = resolve();
  if (resolved.ok()) return resolved;
  Error error = std::move(resolved).error();
  error.message = fmt::format("{}: {}", what, error.message);
  error.where = place_of(file, place.mark);
  return error;
}

catalogue::Findings check_places(const Importer& importer, Places places) {
  catalogue::Findings findings;
  for (const auto& [field, place] : importer.secrets) {
    check_place(findings, importer, place, field);
  }
  check_ca_file(findings, importer, importer.trust);
  if (places == Places::kSourceAndDestination &&
      importer.destination.type == DestinationSettings::Type::kJsmAssets) {
    check_place(findings, importer, importer.destination.token, "token");
    check_ca_file(findings, importer, importer.destination.trust);
    if (const auto& people = importer.destination.people) {
      check_place(findings, importer, people->token, people->token_field());
      check_ca_file(findings, importer, people->trust);
    }
  }
  return findings;
}

void wipe_variables(const Importer& importer) {
  const auto wipe = [](const SecretPlace& place) {
    if (place.env.empty()) return;
    if (char* value = std::getenv(place.env.c_str())) explicit_bzero(value, std::strlen(value));
    unsetenv(place.env.c_str());
  };
  for (const auto& [field, place] : importer.secrets) wipe(place);
  wipe(importer.destination.token);
  if (importer.destination.people) wipe(importer.destination.people->token);
}

base::Result<source::ConnectionValues> resolve_connection(const Importer& importer,
                                                          const StoredSecrets& stored) {
  source::ConnectionValues connection;
  connection.values = importer.values;
  for (const auto& [field, place] : importer.secrets) {
    connection.secrets[field] = TRY(resolve_secret(place, importer.file, field, stored));
  }
  connection.trust = std::make_shared<net::Trust>(
      net::Trust{importer.trust.allow_private_address, importer.trust.ca_file});
  return connection;
}

}  // namespace muster::run
