#include "sandbox/importer_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "json/writer.h"
#include "sandbox/assets/processing.h"

namespace muster::sandbox {
namespace {

// A JSON string is a YAML double-quoted scalar.
std::string yaml_text(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out;
}

base::Error failed(const std::string& path) {
  return {base::ErrorKind::kSettings, "sandbox_file",
          fmt::format("cannot write {}: {}", path, std::strerror(errno))};
}

// What this sandbox's Assets does with missing objects until it is told otherwise
// (POST /_sandbox/assets/policy).
std::string_view missing_objects() {
  switch (assets::TypePolicy{}.missing) {
    case assets::MissingPolicy::kIgnore: return "ignore";
    case assets::MissingPolicy::kRemove: return "remove";
    case assets::MissingPolicy::kUpdate: return "update";
  }
  return "unknown";
}

base::Result<std::string> secret_beside(const std::string& path, std::string_view name,
                                        std::string_view value) {
  const std::string secret_path =
      std::filesystem::absolute(path).string() + '.' + std::string(name);
  TRY(write_file(secret_path, value, true));
  return secret_path;
}

std::string destination(const ImporterFile& file, const std::string& token,
                        const std::string& trust) {
  return fmt::format(
      "    destination:\n"
      "      type: jsm_assets\n"
      "      token: {{ file: {} }}\n"
      "      api_url: {}\n"
      "{}"
      "      allow_private_address: true\n"
      "      schema: {{ name: IT Inventory, description: Identities and devices }}\n"
      "      missing_objects: {}\n",
      yaml_text(token), yaml_text(file.connection.assets_api_url), trust, missing_objects());
}

// Below the destination of an importer that brings the users.
base::Result<std::string> people(const ImporterFile& file, const std::string& trust) {
  const Connection::Jira& jira = file.connection.jira;
  const std::string token = TRY(secret_beside(file.path, "jira_api_token", jira.api_token));
  std::string below = trust;
  if (!below.empty()) below.insert(0, "  ");
  return fmt::format(
      "      people:\n"
      "        data_set: users\n"
      "        email: mail\n"
      "        site_url: {}\n"
      "        account: {}\n"
      "        api_token: {{ file: {} }}\n"
      "{}"
      "        allow_private_address: true\n",
      yaml_text(jira.site_url), yaml_text(jira.account), yaml_text(token), below);
}

base::Result<std::string> entra_importer(const ImporterFile& file, const std::string& trust) {
  const Connection& to = file.connection;
  std::string sign_in;
  if (file.client == nullptr) {
    const std::string secret = TRY(secret_beside(file.path, "client_secret", to.client_secret));
    sign_in = fmt::format("      client_secret: {{ file: {} }}\n", yaml_text(secret));
  } else {
    const std::string certificate =
        TRY(secret_beside(file.path, "certificate.pem", file.client->certificate_pem));
    const std::string key =
        TRY(secret_beside(file.path, "private_key.pem", file.client->private_key_pem));
    sign_in = fmt::format("      certificate: {{ file: {} }}\n      private_key: {{ file: {} }}\n",
                          yaml_text(certificate), yaml_text(key));
  }
  const std::string token = TRY(secret_beside(file.path, "assets_token", to.assets_token));
  std::string below = destination(file, token, trust);
  if (file.people) below += TRY(people(file, trust));
  return fmt::format(
      "  - name: entra\n"
      "    source: entra\n"
      "    connection:\n"
      "      cloud: custom\n"
      "      tenant_id: {}\n"
      "      client_id: {}\n"
      "{}"
      "      login_url: {}\n"
      "      api_url: {}\n"
      "{}"
      "      allow_private_address: true\n"
      "{}",
      yaml_text(to.tenant_id), yaml_text(to.client_id), sign_in, yaml_text(to.login_url),
      yaml_text(to.api_url), trust, below);
}

base::Result<std::string> further_importer(const ImporterFile& file,
                                           const Connection::Further& further,
                                           const std::string& trust) {
  std::string yaml = fmt::format(
      "  - name: {0}\n"
      "    source: {0}\n"
      "    connection:\n",
      further.source);
  for (const ConnectionValue& value : further.values) {
    if (!value.secret) {
      yaml += fmt::format("      {}: {}\n", value.field, yaml_text(value.value));
      continue;
    }
    const std::string path =
        TRY(secret_beside(file.path, further.source + '.' + value.field, value.value));
    yaml += fmt::format("      {}{}: {{ file: {} }}\n", value.alternative ? "# instead: " : "",
                        value.field, yaml_text(path));
  }
  const std::string token =
      TRY(secret_beside(file.path, further.source + ".assets_token", further.assets_token));
  yaml += fmt::format("{}      allow_private_address: true\n{}{}", trust,
                      file.linked ? "    links: { entra: entra }\n" : "",
                      destination(file, token, trust));
  return yaml;
}

}  // namespace

base::Status write_file(const std::string& path, std::string_view content, bool secret) {
  const int file =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
  if (file < 0) return failed(path);
  // An older file keeps its mode through open().
  bool good = !secret || ::fchmod(file, 0600) == 0;
  while (good && !content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    good = written > 0 || (written < 0 && errno == EINTR);
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  good = ::close(file) == 0 && good;
  if (!good) return failed(path);
  return {};
}

base::Status write_importer_file(const ImporterFile& file) {
  const std::string trust =
      file.ca_file.empty() ? "" : fmt::format("      ca_file: {}\n", yaml_text(file.ca_file));
  std::string yaml =
      "# Written by muster-sandbox for the sandbox that is running now.\n"
      "version: 1\n"
      "importers:\n";
  yaml += TRY(entra_importer(file, trust));
  for (const Connection::Further& further : file.connection.further) {
    yaml += TRY(further_importer(file, further, trust));
  }
  return write_file(file.path, yaml, false);
}

}  // namespace muster::sandbox
