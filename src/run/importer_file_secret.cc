#include "run/importer_file_secret.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/secret_text.h"
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

// People who misread the form put the secret itself where its place belongs. Only what looks like
// nothing but a place is repeated.
bool is_usual_variable(std::string_view name) {
  return std::ranges::all_of(
      name, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_usual_path(std::string_view path) {
  const auto is_plain = [](char c, bool with_capitals) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
           c == '/' || (with_capitals && c >= 'A' && c <= 'Z');
  };
  // Secrets in base64 hold slashes, and others hold dots, but capitals too.
  const bool begins_as_path =
      path.starts_with('/') || path.starts_with("./") || path.starts_with("../");
  return (begins_as_path || path.find_first_of("./") != std::string_view::npos) &&
         std::ranges::all_of(path, [&](char c) { return is_plain(c, begins_as_path); });
}

base::Result<base::Secret> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return base::Secret(value);
  const std::string_view problem = value == nullptr ? "not set; export it before the run" : "empty";
  if (is_usual_variable(name)) {
    return Error{ErrorKind::kSettings, "settings",
                 fmt::format("the environment variable {} is {}", name, problem)};
  }
  return Error{ErrorKind::kSettings, "settings",
               fmt::format("the environment variable that is named here is {} (its name is not "
                           "repeated: if it is the secret itself, write a name as "
                           "ENTRA_CLIENT_SECRET instead and set that variable)",
                           problem)};
}

// Opening a pipe waits for somebody to write into it, which `lint` must not.
bool is_pipe_or_folder(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

base::Result<base::Secret> from_file(const std::string& written, const std::string& path) {
  const auto problem = [&](std::string_view what) {
    std::error_code ignored;
    const bool may_be_named = is_usual_path(written) || std::filesystem::exists(path, ignored);
    const std::string name =
        may_be_named ? base::printable(path)
                     : "the file that is named here (not repeated, because it may be the secret "
                       "itself; write the path of a file that holds it)";
    return Error{ErrorKind::kSettings, "settings", fmt::format("{} {}", name, what)};
  };
  if (is_pipe_or_folder(path)) return problem("is not a file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxSecretBytes + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) {
    return problem(fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  const base::Secret whole(std::move(text));
  if (whole.reveal().size() > kMaxSecretBytes) {
    return problem("is larger than 64 KiB; is it the right file?");
  }
  if (base::is_utf16(whole.reveal())) return problem("is UTF-16 text; save it as UTF-8");
  const std::string_view secret = base::secret_text(whole.reveal());
  if (secret.empty()) return problem("is empty");
  return base::Secret(std::string(secret));
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
    if (!place.file.empty()) return from_file(place.file, beside_file(file, place.file));
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
