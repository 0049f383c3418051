// `muster migrate`: the schema of a store, by whoever owns it.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/store_url.h"
#include "store/migrations.h"

namespace muster::cli {
namespace {

base::Status migrate_store(const MigrateArguments& arguments, Console& console) {
  const std::unique_ptr<store::Db> db = TRY(store::open_db(store_url(arguments.database)));
  TRY(store::migrate(*db, store::embedded_migrations()));
  console.out(fmt::format("{}: up to date\n", base::printable(db->name(), 500)));
  if (arguments.grant_to.empty()) return {};
  TRY(store::grant_access(*db, arguments.grant_to));
  console.out(fmt::format("{}: may work with it\n", base::printable(arguments.grant_to)));
  return {};
}

}  // namespace

int migrate_command(const MigrateArguments& arguments, Console& console) {
  const base::Status done = migrate_store(arguments, console);
  if (done.ok()) return kOk;
  console.error(done.error());
  return exit_code(done.error());
}

}  // namespace muster::cli
