#include "run/schema.h"

#include "assets/mapping_document.h"
#include "mapping/plan.h"

namespace muster::run {

base::Result<catalogue::ObjectSchema> object_schema(const Importer& importer) {
  mapping::Plan plan;
  const catalogue::Findings findings =
      mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  if (catalogue::has_errors(findings)) {
    return base::Error{base::ErrorKind::kSettings, "settings", findings.front().text()};
  }
  plan.schema.name = importer.destination.schema_name;
  plan.schema.description = importer.destination.schema_description;
  return std::move(plan.schema);
}

base::Result<std::string> schema_document(const Importer& importer) {
  return assets::mapping_document(TRY(object_schema(importer)));
}

}  // namespace muster::run
