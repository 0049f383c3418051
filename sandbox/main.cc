#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "base/heap.h"
#include "sandbox/certificates.h"
#include "sandbox/importer_file.h"
#include "sandbox/options.h"
#include "sandbox/sandbox.h"

namespace muster::sandbox {
namespace {

// A folder for keys, gone when the program ends.
class TemporaryFolder {
 public:
  base::Status make() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "muster-sandbox-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      return base::Error{base::ErrorKind::kSettings, "sandbox_file",
                         "cannot make a temporary folder"};
    }
    path_ = pattern;
    return {};
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }

 private:
  std::string path_;
};

struct Running {
  Options options;
  TemporaryFolder folder;
  std::optional<KeyPair> client;
  std::string ca_file;
};

base::Result<net::ServerSettings> server_settings(Running& running) {
  net::ServerSettings settings{.address = running.options.address,
                               .port = running.options.port,
                               .workers = running.options.workers};
  if (!running.options.tls) return settings;
  TRY(running.folder.make());
  const ServerCertificate made = TRY(make_server_certificate());
  running.ca_file = running.folder.file("ca.pem");
  settings.certificate_file = running.folder.file("server.pem");
  settings.private_key_file = running.folder.file("server.key");
  TRY(write_file(running.ca_file, made.ca_pem, false));
  TRY(write_file(settings.certificate_file, made.server.certificate_pem, false));
  TRY(write_file(settings.private_key_file, made.server.private_key_pem, true));
  return settings;
}

base::Status add_faults(Sandbox& sandbox, const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!(text << file.rdbuf())) {
    return base::Error{base::ErrorKind::kSettings, "sandbox_faults", "cannot read the file", path};
  }
  TRY_AT(sandbox.faults().add(text.str()), path);
  return {};
}

void print_connection(const Running& running, const Connection& connection,
                      std::string_view origin) {
  fmt::print("muster-sandbox listens on {}\n\n", origin);
  fmt::print("Entra ID   login_url      {}\n           api_url        {}\n", connection.login_url,
             connection.api_url);
  fmt::print(
      "           tenant_id      {}\n           client_id      {}\n           client_secret  {}\n",
      connection.tenant_id, connection.client_id, connection.client_secret);
  fmt::print("Assets     api_url        {}\n           token          {}\n",
             connection.assets_api_url, connection.assets_token);
  fmt::print(
      "Jira       site_url       {}\n           account        {}\n           api_token      {}\n",
      connection.jira.site_url, connection.jira.account, connection.jira.api_token);
  for (const Connection::Further& further : connection.further) {
    std::string name = further.source;
    for (const ConnectionValue& value : further.values) {
      fmt::print("{:<10} {:<14} {}\n", std::exchange(name, ""), value.field,
                 value.value.find('\n') == std::string::npos ? value.value : "(in its file)");
    }
  }
  if (!running.ca_file.empty()) fmt::print("TLS        ca_file        {}\n", running.ca_file);
  fmt::print("Control    {}/_sandbox/{{journal,truth,objects,faults,reset}}\n", origin);
  if (!running.options.importers_file.empty()) {
    fmt::print("\nImporter file: {}\n", running.options.importers_file);
  }
  std::fflush(stdout);
}

base::Status serve(Running& running, const sigset_t& signals) {
  Options& options = running.options;
  if (options.certificate) {
    running.client = TRY(make_client_certificate("muster importer"));
    options.sandbox.client_certificate_pem = running.client->certificate_pem;
  }
  const auto scheduler = base::make_real_scheduler();
  Sandbox sandbox(options.sandbox, *scheduler);
  if (!options.faults_file.empty()) TRY(add_faults(sandbox, options.faults_file));
  const net::ServerSettings server = TRY(server_settings(running));
  TRY(sandbox.start(server));
  const std::string origin =
      fmt::format("{}://{}:{}", options.tls ? "https" : "http", options.address, sandbox.port());
  const Connection connection = sandbox.connection(origin);
  if (!options.importers_file.empty()) {
    TRY(write_importer_file({.path = options.importers_file,
                             .connection = connection,
                             .ca_file = running.ca_file,
                             .client = running.client ? &*running.client : nullptr,
                             .people = options.people,
                             .linked = options.sandbox.assets.one_schema}));
  }
  print_connection(running, connection, origin);
  int signal = 0;
  ::sigwait(&signals, &signal);
  sandbox.stop();
  return {};
}

int run(const std::vector<std::string>& arguments) {
  auto options = parse_options(arguments);
  if (!options.ok()) {
    fmt::print(stderr, "muster-sandbox: {}\n", options.error().text());
    return 2;
  }
  if (options.value().help) {
    fmt::print("{}", help_text());
    return 0;
  }
  // Blocked before any thread starts, so that only sigwait() takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Running running{.options = std::move(options).value()};
  if (const base::Status status = serve(running, signals); !status.ok()) {
    fmt::print(stderr, "muster-sandbox: {}\n", status.error().text());
    return status.error().kind == base::ErrorKind::kSettings ? 2 : 1;
  }
  return 0;
}

}  // namespace
}  // namespace muster::sandbox

int main(int count, char** values) {
  muster::base::keep_freed_memory();
  return muster::sandbox::run(std::vector<std::string>(values + 1, values + count));
}
