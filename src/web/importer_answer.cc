#include "web/importer_answer.h"

#include <fmt/format.h>

#include "base/text.h"
#include "run/definition.h"
#include "service/foreign_definition.h"

namespace muster::web {

using base::Error;
using base::ErrorKind;
using base::Result;
using store::Importer;

namespace {

std::string etag_of(std::int64_t version) { return fmt::format("\"{}\"", version); }

Answer unusable(const catalogue::Findings& findings) {
  Answer answer{.status = 422, .type = "application/problem+json"};
  json::Writer out(answer.body);
  out.begin_object().key("type").string("about:blank").key("status").number(std::int64_t{422});
  out.key("code").string("findings").key("title").string("Cannot be used");
  out.key("detail").string(findings.front().message);
  write_findings(out, findings);
  out.end_object();
  return answer;
}

}  // namespace

void write_importer(json::Writer& out, const Importer& importer, bool with_definition) {
  out.begin_object().key("importer").string(importer.importer);
  out.key("version").number(importer.in_force.version);
  out.key("changed").string(base::format_utc(importer.in_force.changed));
  out.key("changed_by").string(importer.in_force.changed_by);
  out.key("paused").boolean(importer.is_paused);
  if (with_definition) out.key("definition").string(importer.in_force.definition);
  out.end_object();
}

void write_findings(json::Writer& out, const catalogue::Findings& findings) {
  out.key("findings").begin_array();
  for (const catalogue::Finding& finding : findings) {
    out.begin_object().key("line").number(std::int64_t{finding.mark.line});
    out.key("column").number(std::int64_t{finding.mark.column});
    out.key("message").string(finding.message);
    out.key("warning").boolean(finding.is_warning).end_object();
  }
  out.end_array();
}

Answer answer_with(const Importer& importer) {
  Answer answer;
  json::Writer out(answer.body);
  write_importer(out, importer, true);
  answer.headers.push_back({"ETag", etag_of(importer.in_force.version)});
  return answer;
}

Result<Importer> found_importer(const Request& request) {
  std::optional<Importer> importer =
      TRY(request.tools.importers.find(request.at("site"), request.at("importer")));
  if (importer) return std::move(*importer);
  return Error{
      ErrorKind::kMissing, "no_such_importer",
      fmt::format("The site has no importer {}.", base::printable(request.at("importer")))};
}

Result<run::Importer> understood(const Request& request, const std::string& importer,
                                 const std::string& definition) {
  run::ImporterFile file = run::load_importers_text(definition, importer, request.tools.library);
  if (!catalogue::has_errors(file.findings) && file.importers.size() == 1) {
    return std::move(file.importers.front());
  }
  return Error{
      ErrorKind::kSettings, "definition",
      file.findings.empty() ? "There is not one importer in it." : file.findings.front().text()};
}

Result<run::Importer> understood_importer(const Request& request) {
  const Importer row = TRY(found_importer(request));
  return understood(request, row.importer, row.in_force.definition);
}

Result<std::optional<std::int64_t>> from_version(const Request& request,
                                                 std::optional<std::int64_t> otherwise) {
  const std::string* match = net::find_header(request.http.headers, "If-Match");
  if (match == nullptr) return otherwise;
  if (*match == "*") return std::optional<std::int64_t>();
  const std::string_view text = *match;
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    if (const auto version = base::parse_int(text.substr(1, text.size() - 2))) {
      return std::optional(*version);
    }
  }
  return Error{ErrorKind::kMalformed, "request", "If-Match has to be an ETag of this importer."};
}

Result<Answer> change_importer(const Request& request, const std::string& definition,
                               std::optional<std::int64_t> from, std::string_view act) {
  const std::string& site = request.at("site");
  const std::string& name = request.at("importer");
  const run::ImporterFile file = run::load_importers_text(definition, name, request.tools.library);
  if (catalogue::has_errors(file.findings)) return unusable(file.findings);
  if (file.importers.size() != 1 || file.importers.front().name != name) {
    return Error{
        ErrorKind::kSettings, "body",
        fmt::format("\"definition\" has to hold one importer, named {}.", base::printable(name))};
  }
  if (!request.caller.is_operator) TRY(service::check_foreign(file.importers.front()));
  store::Change change{.importer = name, .definition = definition, .from_version = from};
  store::AuditEntry entry = request.entry(site, act, name);
  if (const auto before = TRY(request.tools.importers.find(site, name))) {
    entry.before = before->in_force.definition;
    change.has_new_schedule = run::schedule_of(entry.before) != run::schedule_of(definition);
  }
  entry.after = definition;
  // By the clock that schedules go by.
  const base::WallTime at = TRY(request.tools.queue.now());
  return answer_with(
      TRY(request.tools.importers.put(site, change, request.caller.admin, at, &entry)));
}

}  // namespace muster::web
