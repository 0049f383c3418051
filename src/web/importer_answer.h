// What the routes about importers have in common. Internal to the room.
#pragma once

#include <optional>
#include <string>

#include "catalogue/yaml.h"
#include "json/writer.h"
#include "run/importer.h"
#include "web/route.h"

namespace muster::web {

void write_importer(json::Writer& out, const store::Importer& importer, bool with_definition);
void write_findings(json::Writer& out, const catalogue::Findings& findings);
// With its ETag.
Answer answer_with(const store::Importer& importer);

// The one that the path names. kMissing `no_such_importer`.
base::Result<store::Importer> found_importer(const Request& request);
// Understood. kSettings `definition`: it cannot be.
base::Result<run::Importer> understood(const Request& request, const std::string& importer,
                                       const std::string& definition);
base::Result<run::Importer> understood_importer(const Request& request);

// Which version a change is made from, as If-Match says; nullopt: whatever is there.
base::Result<std::optional<std::int64_t>> from_version(const Request& request,
                                                       std::optional<std::int64_t> otherwise);
// A new version of the importer that the path names; 422 with all findings when it cannot be used.
base::Result<Answer> change_importer(const Request& request, const std::string& definition,
                                     std::optional<std::int64_t> from, std::string_view act);

inline constexpr Field kImporterAnswer[] = {{"importer", "string"}, {"version", "integer"},
                                            {"changed", "string"},  {"changed_by", "string"},
                                            {"paused", "boolean"},  {"definition", "string"}};

}  // namespace muster::web
