// `muster schema FILE IMPORTER`: the mapping document, exactly as a run would send it.
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "json/value.h"
#include "json/writer.h"
#include "run/schema.h"

namespace muster::cli {

int schema_command(const SchemaArguments& arguments, Console& console) {
  const std::optional<run::Importer> importer =
      choose_importer(arguments.which, std::nullopt, console);
  if (!importer) return kUsage;
  const base::Result<std::string> schema = run::schema_document(*importer);
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

}  // namespace muster::cli
