// `muster schema FILE IMPORTER`: the mapping document, exactly as a run would send it.
#include "assets/mapping_document.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "json/value.h"
#include "json/writer.h"
#include "mapping/plan.h"

namespace muster::cli {

int schema_command(const SchemaArguments& arguments, Console& console) {
  const std::optional<run::Importer> importer =
      choose_importer(arguments.which, std::nullopt, console);
  if (!importer) return kUsage;
  mapping::Plan plan;
  // Its findings were shown when the file was read.
  const catalogue::Findings findings = mapping::make_plan(importer->source, importer->selection,
                                                          importer->name, importer->file, plan);
  if (catalogue::has_errors(findings)) return kUsage;
  plan.schema.name = importer->destination.schema_name;
  plan.schema.description = importer->destination.schema_description;
  const base::Result<json::Document> document =
      json::Document::parse(assets::mapping_document(plan.schema));
  if (!document.ok()) {
    console.error(document.error());
    return kUnexpected;
  }
  console.out(json::pretty(document->root()) + "\n");
  return kOk;
}

}  // namespace muster::cli
