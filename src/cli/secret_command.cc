// `muster secret set|list|remove` and `muster key generate|rotate`.
#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/login_name.h"
#include "cli/site_name.h"
#include "cli/store_url.h"
#include "cli/tables.h"
#include "crypto/key_source.h"
#include "service/vault.h"
#include "store/store.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// Certificates with their chains stay below; a mistaken file does not.
constexpr std::size_t kMaxBytes = 65'536;

Error wrong_value(std::string message) {
  return {ErrorKind::kSettings, "settings", std::move(message)};
}

// To the end, or to the end of the line on a terminal.
Result<base::Secret> read_all(int file, bool one_line) {
  std::string text(kMaxBytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return wrong_value(fmt::format("it cannot be read: {}", std::strerror(errno)));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (one_line && text[size - 1] == '\n') break;
  }
  text.resize(size);
  base::Secret whole(std::move(text));
  if (size > kMaxBytes) return wrong_value("it is larger than 64 KiB; is it the right one?");
  std::string_view value = whole.reveal();
  // Editors and `echo` end a file with a line break that is not part of the secret.
  while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
  if (value.empty()) return wrong_value("it is empty");
  return base::Secret(std::string(value));
}

// Without showing what is typed.
Result<base::Secret> ask(const std::string& name, Console& console) {
  console.err(fmt::format("Value of {}: ", base::printable(name)));
  termios before{};
  const bool is_known = ::tcgetattr(STDIN_FILENO, &before) == 0;
  termios quiet = before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (is_known) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  Result<base::Secret> value = read_all(STDIN_FILENO, true);
  if (is_known) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  console.err("\n");
  return value;
}

Result<base::Secret> read_value(const SecretArguments& arguments, Console& console) {
  if (arguments.file.empty()) {
    return ::isatty(STDIN_FILENO) == 1 ? ask(arguments.name, console)
                                       : read_all(STDIN_FILENO, false);
  }
  const int file = ::open(arguments.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return wrong_value(fmt::format("{} cannot be read: {}", base::printable(arguments.file),
                                   std::strerror(errno)));
  }
  Result<base::Secret> value = read_all(file, false);
  ::close(file);
  return value;
}

Status set(const SecretArguments& arguments, Console& console) {
  // Before anything is asked: a wrong key is noticed at once.
  crypto::KeyEncryptionKey key = TRY(crypto::take_key(arguments.key_file));
  const std::string url = store_url(arguments.database);
  TRY(store::open_store(url));  // brings it up to date
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  auto secrets = TRY(store::open_secrets(url));
  const auto vault = TRY(service::Vault::open(std::move(secrets), std::move(key), *scheduler));
  Result<base::Secret> value = read_value(arguments, console);
  if (!value.ok()) {
    return wrong_value(
        fmt::format("secret {}: {}", base::printable(arguments.name), value.error().message));
  }
  const std::string site = site_name(arguments.site);
  TRY(vault->put(site, arguments.name, *value, {login_name(), scheduler->wall_now()}));
  console.out(fmt::format("{}: stored, write {{ secret: {} }} in an importer of site {}\n",
                          arguments.name, arguments.name, base::printable(site)));
  return {};
}

Result<std::unique_ptr<store::Secrets>> open(const std::string& database) {
  const std::string url = store_url(database);
  TRY(store::open_store(url));
  return store::open_secrets(url);
}

Status list(const SecretArguments& arguments, Console& console) {
  Table table({{.title = "secret"}, {.title = "changed"}, {.title = "by"}});
  const auto store = TRY(open(arguments.database));
  const auto secrets = TRY(store->list(site_name(arguments.site)));
  for (const store::SecretRow& secret : secrets) {
    table.add({base::printable(secret.name), base::format_utc(secret.changed).substr(0, 19) + "Z",
               base::printable(secret.changed_by)});
  }
  console.out(secrets.empty() ? "No secrets are stored.\n" : table.text());
  return {};
}

Status remove(const SecretArguments& arguments, Console& console) {
  const auto store = TRY(open(arguments.database));
  TRY(store->remove(site_name(arguments.site), arguments.name));
  console.out(fmt::format("{}: removed\n", arguments.name));
  return {};
}

Status generate(const KeyArguments& arguments, Console& console) {
  const crypto::KeyEncryptionKey key = TRY(crypto::generate_key_file(arguments.new_key_file));
  console.out(
      fmt::format("{}: key {}. Keep a copy apart from the store: without it the stored "
                  "secrets are lost.\n",
                  base::printable(arguments.new_key_file), key.id()));
  return {};
}

Status rotate(const KeyArguments& arguments, Console& console) {
  const crypto::KeyEncryptionKey from = TRY(crypto::take_key(arguments.key_file));
  const crypto::KeyEncryptionKey to = TRY(crypto::read_key_file(arguments.new_key_file));
  const auto secrets = TRY(open(arguments.database));
  const std::size_t changed = TRY(service::rotate_key(*secrets, from, to));
  console.out(
      fmt::format("The store is under the key {} now ({} {}). Start services with it from "
                  "now on; those that run go on meanwhile.\n",
                  to.id(), changed, changed == 1 ? "site" : "sites"));
  return {};
}

int told(const Status& status, Console& console) {
  if (status.ok()) return kOk;
  console.error(status.error());
  return exit_code(status.error());
}

}  // namespace

int secret_command(const SecretArguments& arguments, Console& console) {
  switch (arguments.act) {
    case SecretArguments::Act::kSet: return told(set(arguments, console), console);
    case SecretArguments::Act::kList: return told(list(arguments, console), console);
    case SecretArguments::Act::kRemove: return told(remove(arguments, console), console);
  }
  return kUnexpected;
}

int key_command(const KeyArguments& arguments, Console& console) {
  const bool generates = arguments.act == KeyArguments::Act::kGenerate;
  return told(generates ? generate(arguments, console) : rotate(arguments, console), console);
}

}  // namespace muster::cli
