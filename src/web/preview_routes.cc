// What an importer would do, before it does: findings, schema, schedule, its first records. And
// what can be read.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalogue/source_json.h"
#include "run/schema.h"
#include "service/foreign_definition.h"
#include "service/schedule_json.h"
#include "web/importer_answer.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::int64_t kMostTicks = 100;
constexpr std::int64_t kMostPreviewed = 1'000;

Result<Answer> lint(Request& request) {
  const std::string definition = TRY(text_field(request, "definition"));
  const run::ImporterFile file =
      run::load_importers_text(definition, "definition", request.tools.library);
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("usable").boolean(!catalogue::has_errors(file.findings));
  write_findings(out, file.findings);
  out.end_object();
  return answer;
}

Result<Answer> schema(Request& request) {
  const run::Importer importer = TRY(understood_importer(request));
  return Answer{.body = TRY(run::schema_document(importer))};
}

// Of a definition that is not stored, as far as it can be understood.
Result<run::Importer> sent_importer(const Request& request) {
  return understood(request, "definition", TRY(text_field(request, "definition")));
}

void write_attribute(json::Writer& out, const catalogue::ObjectSchema& schema,
                     const catalogue::ObjectAttribute& attribute) {
  out.begin_object().key("name").string(attribute.name);
  out.key("type").string(catalogue::to_string(attribute.type));
  out.key("description").string(attribute.description);
  out.key("key").boolean(attribute.is_key).key("label").boolean(attribute.is_label);
  if (attribute.type == catalogue::AttributeType::kReference) {
    const auto target =
        std::ranges::find(schema.types, attribute.target_type, &catalogue::ObjectType::external_id);
    out.key("many").boolean(attribute.many).key("target");
    out.string(target == schema.types.end() ? attribute.target_name : target->name);
    if (!attribute.target_importer.empty()) {
      out.key("target_importer").string(attribute.target_importer);
    }
  }
  out.end_object();
}

Result<Answer> graph(Request& request) {
  const run::Importer importer = TRY(sent_importer(request));
  const catalogue::ObjectSchema schema = TRY(run::object_schema(importer));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("schema").string(schema.name).key("types").begin_array();
  for (const catalogue::ObjectType& type : schema.types) {
    out.begin_object().key("name").string(type.name).key("data_set").string(type.data_set);
    out.key("description").string(type.description).key("attributes").begin_array();
    for (const auto& attribute : type.attributes) write_attribute(out, schema, attribute);
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> schedule_answer(const Request& request, const run::Importer& importer) {
  const std::string wanted = query_of(request, "count");
  const std::optional<std::int64_t> count = base::parse_int(wanted.empty() ? "10" : wanted);
  if (!count || *count < 1 || *count > kMostTicks) {
    return Error{ErrorKind::kSettings, "query",
                 fmt::format("count has to be 1 to {}.", kMostTicks)};
  }
  const service::Schedule made = TRY(service::Schedule::make(importer.schedule));
  const base::WallTime now = TRY(request.tools.queue.now());
  Answer answer;
  json::Writer out(answer.body);
  service::write_schedule(
      out, {importer, made, service::ticks(made, now, static_cast<std::size_t>(*count))});
  return answer;
}

Result<Answer> schedule(Request& request) {
  return schedule_answer(request, TRY(understood_importer(request)));
}

Result<Answer> sent_schedule(Request& request) {
  return schedule_answer(request, TRY(sent_importer(request)));
}

// What `definition` says, when one is sent, instead of what is stored.
Result<run::Importer> to_be_checked(const Request& request) {
  if (request.body.find("definition") == nullptr) return understood_importer(request);
  const std::string definition = TRY(text_field(request, "definition"));
  run::Importer importer = TRY(understood(request, request.at("importer"), definition));
  if (!request.caller.is_operator) TRY(service::check_foreign(importer));
  return importer;
}

Result<Answer> check(Request& request) {
  const std::string& site = request.at("site");
  run::Importer importer = TRY(to_be_checked(request));
  const auto secrets = service::secrets_of(request.tools.vault, site);
  const bool without_destination = TRY(flag_field(request, "without_destination", false));
  service::Credentials credentials = TRY(service::read_credentials(
      importer, without_destination ? run::Places::kSource : run::Places::kSourceAndDestination,
      secrets));
  TRY(request.tools.audit.append(request.entry(site, "importer.checked", importer.name)));
  const service::Diagnosis diagnosis =
      TRY(request.tools.checks.check(std::move(importer), std::move(credentials)));
  Answer answer;
  json::Writer out(answer.body);
  service::write_diagnosis(out, diagnosis);
  return answer;
}

Result<Answer> preview(Request& request) {
  const std::string& site = request.at("site");
  run::Importer importer = TRY(to_be_checked(request));
  service::FirstRecordsSettings settings{.data_set = TRY(text_field(request, "data_set"))};
  if (importer.source->find_data_set(settings.data_set) == nullptr) {
    return Error{ErrorKind::kMissing, "no_such_data_set",
                 fmt::format("{} has no data set {}.", importer.source->title,
                             base::printable(settings.data_set))};
  }
  const std::int64_t records =
      TRY(number_field(request, "records", static_cast<std::int64_t>(settings.records)));
  if (records < 1 || records > kMostPreviewed) {
    return Error{ErrorKind::kSettings, "body",
                 fmt::format("\"records\" has to be 1 to {}.", kMostPreviewed)};
  }
  settings.records = static_cast<std::uint64_t>(records);
  service::Credentials credentials = TRY(service::read_credentials(
      importer, run::Places::kSource, service::secrets_of(request.tools.vault, site)));
  TRY(request.tools.audit.append(request.entry(site, "importer.previewed", importer.name)));
  const service::FirstRecords found = TRY(
      request.tools.checks.first_records(std::move(importer), std::move(credentials), settings));
  Answer answer;
  json::Writer out(answer.body);
  service::write_first_records(out, found);
  return answer;
}

Result<Answer> list_sources(Request& request) {
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("sources").begin_array();
  for (const auto& source : request.tools.library.all()) {
    out.begin_object().key("name").string(source->name).key("title").string(source->title);
    out.key("description").string(source->description).end_object();
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> show_source(Request& request) {
  const auto source = request.tools.library.find(request.at("source"));
  if (source != nullptr) return Answer{.body = catalogue::source_json(*source)};
  return Error{ErrorKind::kMissing, "no_such_source",
               fmt::format("There is no source {}.", base::printable(request.at("source")))};
}

constexpr Field kDefinition[] = {{"definition", "string"}};
constexpr Field kLint[] = {{"usable", "boolean"}, {"findings", "array"}};
constexpr Field kSchema[] = {{"schema", "object"}, {"mapping", "object"}};
constexpr Field kCount[] = {{"count", "integer", false}};
constexpr Field kSchedule[] = {{"importer", "string"},
                               {"schedule", "string"},
                               {"time_zone", "string"},
                               {"starts_within_seconds", "integer"},
                               {"ticks", "array"}};
constexpr Field kMayDefine[] = {{"definition", "string", false},
                                {"without_destination", "boolean", false}};
constexpr Field kDiagnosis[] = {{"importer", "string"},
                                {"sign_in", "object"},
                                {"checks", "array"},
                                {"destination", "object"},
                                {"advice", "array"}};
constexpr Field kGraph[] = {{"schema", "string"}, {"types", "array"}};
constexpr Field kWanted[] = {
    {"data_set", "string"}, {"definition", "string", false}, {"records", "integer", false}};
constexpr Field kPreview[] = {
    {"state", "string"},       {"reason", "string"},    {"message", "string"},
    {"object_type", "string"}, {"total", "integer"},    {"fetched", "integer"},
    {"filtered", "integer"},   {"rejected", "integer"}, {"formatted", "integer"},
    {"whole", "boolean"},      {"objects", "array"}};
constexpr Field kSources[] = {{"sources", "array"}};
constexpr Field kSource[] = {{"name", "string"},        {"title", "string"},
                             {"description", "string"}, {"connection", "array"},
                             {"data_sets", "array"},    {"permissions", "array"},
                             {"limits", "array"}};

constexpr Route kRoutes[] = {
    {.method = "POST",
     .path = "/api/v1/lint",
     .needs = Needs::kSignIn,
     .summary = "checks an importer file; keeps nothing",
     .handler = lint,
     .body = kDefinition,
     .answers = kLint,
     .only_looks = true},
    {.method = "POST",
     .path = "/api/v1/graph",
     .needs = Needs::kSignIn,
     .summary = "the object types and references that a definition makes; keeps nothing",
     .handler = graph,
     .body = kDefinition,
     .answers = kGraph,
     .only_looks = true},
    {.method = "POST",
     .path = "/api/v1/schedule",
     .needs = Needs::kSignIn,
     .summary = "when a definition runs next by itself; keeps nothing",
     .handler = sent_schedule,
     .body = kDefinition,
     .query = kCount,
     .answers = kSchedule,
     .only_looks = true},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/importers/{importer}/schema",
     .needs = Needs::kAuditor,
     .summary = "the schema and mapping that a run would send to Assets",
     .handler = schema,
     .answers = kSchema},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/importers/{importer}/schedule",
     .needs = Needs::kAuditor,
     .summary = "when it runs next by itself",
     .handler = schedule,
     .query = kCount,
     .answers = kSchedule},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/importers/{importer}/check",
     .needs = Needs::kAdmin,
     .summary = "signs in, tries what it selects with one record, and says what is missing",
     .handler = check,
     .body = kMayDefine,
     .answers = kDiagnosis},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/importers/{importer}/preview",
     .needs = Needs::kAdmin,
     .summary = "reads the first records of a data set: how many fit, and what they become",
     .handler = preview,
     .body = kWanted,
     .answers = kPreview},
    {.method = "GET",
     .path = "/api/v1/sources",
     .needs = Needs::kSignIn,
     .summary = "what can be read",
     .handler = list_sources,
     .answers = kSources},
    {.method = "GET",
     .path = "/api/v1/sources/{source}",
     .needs = Needs::kSignIn,
     .summary = "one source: how to connect, data sets, attributes, permissions, limits",
     .handler = show_source,
     .answers = kSource},
};

}  // namespace

std::span<const Route> preview_routes() { return kRoutes; }

}  // namespace muster::web
