// `muster secret set|list|remove` and `muster key generate|rotate`.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/secret_input.h"
#include "cli/site_name.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "crypto/key_source.h"
#include "service/regions.h"
#include "service/vault.h"
#include "store/store.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

Status set(const SecretArguments& arguments, Console& console) {
  // Before anything is asked: a wrong key is noticed at once.
  crypto::KeyEncryptionKey key = TRY(crypto::take_key(arguments.key_file));
  const std::string site = site_name(arguments.site);
  const std::string url = TRY(ready_store_of(arguments.database, site));
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  auto secrets = TRY(store::open_secrets(url));
  const auto vault = TRY(service::Vault::open(std::move(secrets), std::move(key), *scheduler));
  Result<base::Secret> value = read_secret(arguments.file, "Value of " + arguments.name, console);
  if (!value.ok()) {
    return Error{
        ErrorKind::kSettings, "settings",
        fmt::format("secret {}: {}", base::printable(arguments.name), value.error().message)};
  }
  TRY(vault->put(site, arguments.name, *value, by_hand(site, "secret.put", arguments.name)));
  console.out(fmt::format("{}: stored, write {{ secret: {} }} in an importer of site {}\n",
                          arguments.name, arguments.name, base::printable(site)));
  return {};
}

Result<std::unique_ptr<store::Secrets>> open(const SecretArguments& arguments) {
  const std::string url = TRY(ready_store_of(arguments.database, site_name(arguments.site)));
  return store::open_secrets(url);
}

Status list(const SecretArguments& arguments, Console& console) {
  Table table({{.title = "secret"}, {.title = "changed"}, {.title = "by"}});
  const auto store = TRY(open(arguments));
  const auto secrets = TRY(store->list(site_name(arguments.site)));
  for (const store::SecretRow& secret : secrets) {
    table.add({base::printable(secret.name), base::format_utc(secret.changed).substr(0, 19) + "Z",
               base::printable(secret.changed_by)});
  }
  console.out(secrets.empty() ? "No secrets are stored.\n" : table.text());
  return {};
}

Status remove(const SecretArguments& arguments, Console& console) {
  const auto store = TRY(open(arguments));
  const std::string site = site_name(arguments.site);
  TRY(store->remove(site, arguments.name, by_hand(site, "secret.removed", arguments.name)));
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
  const std::string directory = TRY(ready_store(arguments.database));
  std::vector<std::string> databases = {directory};
  const auto regions = TRY(store::open_regions(directory));
  // All of them answer before any is changed. One that is lost on the way: the same once more.
  for (const store::Region& region : TRY(regions->list())) {
    databases.push_back(TRY(service::database_of(region)));
  }
  std::size_t changed = 0;
  for (const std::string& database : databases) {
    const auto secrets = TRY(store::open_secrets(database));
    changed += TRY(service::rotate_key(*secrets, from, to));
  }
  const auto audit = TRY(store::open_audit(directory));
  TRY(audit->append(by_hand("", "key.rotated", to.id())));
  console.out(
      fmt::format("The store is under the key {} now ({} {}). Start services with it from "
                  "now on; those that run go on meanwhile.\n",
                  to.id(), changed, changed == 1 ? "site" : "sites"));
  return {};
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
