// The importers of a site: each change is a version that stays.
#include "web/importer_answer.h"

namespace muster::web {
namespace {

using base::Result;
using store::Importer;

Result<Answer> list_importers(Request& request) {
  const auto importers = TRY(request.tools.importers.list(request.at("site")));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("importers").begin_array();
  for (const Importer& importer : importers) write_importer(out, importer, false);
  out.end_array().end_object();
  return answer;
}

Result<Answer> show_importer(Request& request) { return answer_with(TRY(found_importer(request))); }

// Without If-Match it must be new.
Result<Answer> put_importer(Request& request) {
  const std::string definition = TRY(text_field(request, "definition"));
  return change_importer(request, definition, TRY(from_version(request, 0)), "importer.put");
}

Result<Answer> remove_importer(Request& request) {
  const std::string& site = request.at("site");
  const std::string& name = request.at("importer");
  store::AuditEntry entry = request.entry(site, "importer.removed", name);
  entry.before = TRY(found_importer(request)).in_force.definition;
  TRY(request.tools.importers.remove(site, name, entry));
  return Answer{.body = "{}"};
}

Result<Answer> set_paused(Request& request, bool is_paused) {
  const std::string& site = request.at("site");
  const std::string& name = request.at("importer");
  const store::AuditEntry entry =
      request.entry(site, is_paused ? "importer.paused" : "importer.resumed", name);
  TRY(request.tools.importers.pause(site, name, is_paused, &entry));
  return answer_with(TRY(found_importer(request)));
}

Result<Answer> pause(Request& request) { return set_paused(request, true); }
Result<Answer> resume(Request& request) { return set_paused(request, false); }

constexpr Field kImporters[] = {{"importers", "array"}};
constexpr Field kDefinition[] = {{"definition", "string"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/sites/{site}/importers",
     .needs = Needs::kAuditor,
     .summary = "the site's importers",
     .handler = list_importers,
     .answers = kImporters},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/importers/{importer}",
     .needs = Needs::kAuditor,
     .summary = "one importer with what it is defined as",
     .handler = show_importer,
     .answers = kImporterAnswer},
    {.method = "PUT",
     .path = "/api/v1/sites/{site}/importers/{importer}",
     .needs = Needs::kAdmin,
     .summary = "a new importer, or, with If-Match, a new version of one",
     .handler = put_importer,
     .body = kDefinition,
     .answers = kImporterAnswer,
     .is_versioned = true},
    {.method = "DELETE",
     .path = "/api/v1/sites/{site}/importers/{importer}",
     .needs = Needs::kAdmin,
     .summary = "removes it; its versions and runs stay",
     .handler = remove_importer},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/importers/{importer}/pause",
     .needs = Needs::kAdmin,
     .summary = "its schedule starts nothing any more",
     .handler = pause,
     .answers = kImporterAnswer},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/importers/{importer}/resume",
     .needs = Needs::kAdmin,
     .summary = "its schedule goes on",
     .handler = resume,
     .answers = kImporterAnswer},
};

}  // namespace

std::span<const Route> importer_routes() { return kRoutes; }

}  // namespace muster::web
