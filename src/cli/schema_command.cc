// `muster schema FILE IMPORTER`: the mapping document, exactly as a run would send it, or sent.
#include "base/random.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/signals.h"
#include "cli/store_work.h"
#include "json/value.h"
#include "json/writer.h"
#include "run/schema.h"
#include "service/credentials.h"
#include "store/store.h"

namespace muster::cli {
namespace {

base::Status send(const run::Importer& importer, const SchemaArguments& arguments,
                  Console& console) {
  if (importer.destination.type != run::DestinationSettings::Type::kJsmAssets) {
    return base::Error{base::ErrorKind::kSettings, "settings",
                       "--send: the importer's destination is a folder, not Assets"};
  }
  const catalogue::ObjectSchema schema = TRY(run::object_schema(importer));
  auto credentials =
      TRY(service::take_credentials({&importer, 1}, run::Places::kSourceAndDestination));
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  StopOnSignal signals(*scheduler, console);
  const std::unique_ptr<store::Store> store = TRY(open_own_store(arguments.database));
  const auto lock = TRY(store->lock_importer(importer.name));
  const auto logger = base::make_stderr_logger(arguments.log.level, arguments.log.format);
  const auto random = base::make_system_random();
  const auto client = net::make_curl_client(*scheduler);
  const auto destination = service::make_destination(importer, std::move(credentials.front().token),
                                                     {*scheduler, *client, *random, *logger});
  TRY(destination->check(signals.stop()));
  // The lock above is held all the while.
  const assets::DeliveryNotes notes{.mapping = [] { return base::Status(); }};
  return destination->prepare(schema, {}, notes, signals.stop());
}

int print(const run::Importer& importer, Console& console) {
  const base::Result<std::string> schema = run::schema_document(importer);
  // Its findings were shown when the file was read.
  if (!schema.ok()) return kUsage;
  const base::Result<json::Document> document = json::Document::parse(*schema);
  if (!document.ok()) {
    console.error(document.error());
    return kUnexpected;
  }
  console.out(json::pretty(document->root()) + "\n");
  return kOk;
}

}  // namespace

int schema_command(const SchemaArguments& arguments, Console& console) {
  const std::optional<run::Places> places =
      arguments.send ? std::optional(run::Places::kSourceAndDestination) : std::nullopt;
  const std::optional<run::Importer> importer = choose_importer(arguments.which, places, console);
  if (!importer) return kUsage;
  if (!arguments.send) return print(*importer, console);
  const base::Status sent = send(*importer, arguments, console);
  if (!sent.ok()) return console.error(sent.error()), exit_code(sent.error());
  console.out(fmt::format(
      "Assets has the schema and mapping of importer {}; nothing was imported.\n", importer->name));
  return kOk;
}

}  // namespace muster::cli
