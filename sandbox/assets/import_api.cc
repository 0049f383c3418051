// The import source group of the Assets API.
// https://developer.atlassian.com/cloud/assets/rest/api-group-importsource/
#include "base/id.h"
#include "base/text.h"
#include "json/writer.h"
#include "sandbox/assets/exchange.h"

namespace muster::sandbox::assets {
namespace {

using json::Value;
using net::ServerResponse;

constexpr std::size_t kMaxFailureReason = 1024;  // characters

std::string source_link(const Exchange& exchange, std::string_view path) {
  return exchange.link(fmt::format("/importsource/{}{}", exchange.source->id, path));
}

void write_link(json::Writer& writer, std::string_view name, const std::string& link) {
  writer.key(name).string(link);
}

ServerResponse get_source(Exchange& exchange) {
  const ImportSource& source = *exchange.source;
  const Schema& schema = exchange.site.workspace.schemas[source.schema];
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("id").string(source.id);
  writer.key("objectSchemaId").string(std::to_string(schema.id)).key("name").string(source.name);
  writer.key("description").null().key("created").string(base::format_utc(source.created));
  writer.key("importSourceModuleKey").string("rlabs-import-type-external");
  writer.key("defaultConcatenator").string(kConcatenator);
  writer.key("defaultHandleEmptyValues").string("REMOVE");
  writer.key("defaultHandleUnknownValues").string("IGNORE");
  writer.key("dateFormat").string("yyyy-MM-dd");
  writer.key("dateTimeFormat").string("yyyy-MM-dd'T'HH:mm:ss'Z'");
  writer.key("importStatus").begin_object();
  writer.key("configurationStatusType").string(source.disabled ? "DISABLED" : "ENABLED");
  writer.key("validationStatusType").string(source.has_mapping ? "VALID" : "INVALID_CONFIGURATION");
  writer.end_object().key("importSourceOTEntries").begin_array();
  const Policies policies = exchange.site.policies_of(source);
  for (const TypeMappingSpec& mapping : source.mappings) {
    const auto policy = policies.find(mapping.type_name);
    const bool given = policy != policies.end();
    const TypePolicy used = given ? policy->second : TypePolicy();
    writer.begin_object().key("objectType").begin_object();
    writer.key("name").string(mapping.type_name).end_object();
    writer.key("selector").string(mapping.selector);
    writer.key("emptyValues").string(used.empty == EmptyPolicy::kRemove ? "REMOVE" : "IGNORE");
    writer.key("unknownValues").string(used.unknown == UnknownPolicy::kAdd ? "ADD" : "IGNORE");
    writer.key("matchIdentifierIgnoreCase").boolean(used.ignore_case).end_object();
  }
  writer.end_array().key("tokenGenerated").boolean(true).end_object();
  return json_response(200, std::move(body));
}

ServerResponse get_config_status(Exchange& exchange) {
  const ImportSource& source = *exchange.source;
  std::string_view status = "IDLE";
  if (source.disabled)
    status = "DISABLED";
  else if (source.running() != nullptr)
    status = "RUNNING";
  else if (!source.has_mapping)
    status = "MISSING_MAPPING";
  return json_response(200, fmt::format(R"({{"status":"{}"}})", status));
}

ServerResponse take_mapping(Exchange& exchange, MappingMode mode) {
  Site& site = exchange.site;
  ImportSource& source = *exchange.source;
  if (exchange.body == nullptr) return error_answer(400, "a mapping document is needed");
  if (source.pending) return error_answer(409, "another mapping is being taken");
  if (mode == MappingMode::kPut && source.has_mapping)
    return error_answer(409, "a mapping already exists");
  if (mode == MappingMode::kPatch && !source.has_mapping)
    return error_answer(400, "there is no mapping to change");
  if (source.running() != nullptr) return error_answer(400, "an execution is running");
  if (const auto violations = check_mapping_schema(*exchange.body); !violations.empty())
    return refused_mapping(violations);
  const MappingTarget target{site.workspace, source.schema, source.mappings,
                             site.settings.shared_types};
  MappingPlan plan =
      plan_mapping(target, read_mapping_document(*exchange.body), mode, *site.random);
  if (!plan.problems.empty()) return refused_mapping(plan.problems);
  if (exchange.call.parameter("async") != "true") {
    site.take_mapping(source, plan);
    return empty_answer(204);
  }
  source.pending = PendingMapping{.resource_id = base::make_random_id(*site.random),
                                  .due = exchange.clock.now + site.settings.mapping_takes,
                                  .plan = std::move(plan)};
  ServerResponse response = empty_answer(303);
  response.headers.push_back(
      {"Location", source_link(exchange, "/mapping/progress/" + source.pending->resource_id)});
  return response;
}

ServerResponse put_mapping(Exchange& exchange) { return take_mapping(exchange, MappingMode::kPut); }
ServerResponse patch_mapping(Exchange& exchange) {
  return take_mapping(exchange, MappingMode::kPatch);
}

ServerResponse get_mapping_progress(Exchange& exchange) {
  const ImportSource& source = *exchange.source;
  const std::string& resource = exchange.captures[0];
  if (source.pending && source.pending->resource_id == resource)
    return json_response(200, R"({"progressStatus":"IN_PROGRESS"})");
  if (std::ranges::count(source.finished_mappings, resource) == 0)
    return error_answer(400, "no such mapping progress");
  return json_response(200, R"({"progressStatus":"FINISHED","result":"OK","resultMessage":""})");
}

ServerResponse get_schema_and_mapping(Exchange& exchange) {
  const ImportSource& source = *exchange.source;
  return json_response(
      200, write_mapping_document(exchange.site.workspace, source.schema, source.mappings));
}

ServerResponse conflict(std::string_view code) {
  return json_response(409, fmt::format(R"({{"result":"error","errorCode":"{}"}})", code));
}

// An empty body, or {"scheduled": bool}.
bool is_start_body(const Value* body) {
  if (body == nullptr) return true;
  if (!body->is_object()) return false;
  return std::ranges::all_of(body->members(), [](const json::Member& member) {
    return member.key == "scheduled" && member.value.is_bool();
  });
}

ServerResponse start_execution(Exchange& exchange) {
  ImportSource& source = *exchange.source;
  if (!is_start_body(exchange.body)) return error_answer(400, "only scheduled is known here");
  if (source.disabled) return conflict("DISABLED");
  if (!source.has_mapping) return conflict("MISSING_MAPPING");
  if (source.running() != nullptr) return conflict("IN_PROGRESS");
  const Value* scheduled = exchange.body == nullptr ? nullptr : exchange.body->find("scheduled");
  const Execution& execution =
      exchange.site.start(source, scheduled != nullptr && scheduled->boolean(), exchange.clock);
  const std::string path = "/executions/" + execution.id;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("links").begin_object();
  write_link(writer, "submitProgress", source_link(exchange, path + "/progress"));
  write_link(writer, "submitResults", source_link(exchange, path + "/data"));
  write_link(writer, "getExecutionStatus", source_link(exchange, path + "/status"));
  write_link(writer, "cancel", source_link(exchange, path));
  writer.end_object().key("result").string("success").end_object();
  return json_response(200, std::move(body));
}

// What is wrong with the body of a data call; empty: nothing.
std::string_view wrong_data_body(const Value* body, bool strict) {
  if (body == nullptr || !body->is_object()) return "an object is needed";
  const Value* data = body->find("data");
  const Value* id = body->find("clientGeneratedId");
  const Value* completed = body->find("completed");
  if (data != nullptr && !data->is_object()) return "data must be an object";
  if (id != nullptr && !id->is_string()) return "clientGeneratedId must be a string";
  if (completed != nullptr && !completed->is_bool()) return "completed must be a boolean";
  if (!strict) return {};
  if (data == nullptr && completed == nullptr) return "neither data nor completed";
  for (const json::Member& member : body->members())
    if (member.key != "data" && member.key != "clientGeneratedId" && member.key != "completed")
      return "a member that is not known here";
  return {};
}

void count_towards_revocation(Exchange& exchange) {
  std::optional<std::uint32_t>& left = exchange.site.settings.faults.revoke_after_chunks;
  if (!left || (*left > 0 && --*left > 0)) return;
  left.reset();
  exchange.site.new_token(*exchange.source);
}

ServerResponse submit_data(Exchange& exchange) {
  const AssetsSettings& settings = exchange.site.settings;
  Execution* execution = exchange.source->find(exchange.captures[0]);
  if (execution == nullptr) return error_answer(400, "no such execution");
  const bool early = execution->state == ExecutionState::kStarting;
  if (execution->state != ExecutionState::kIngesting &&
      !(early && settings.faults.accept_early_data))
    return error_answer(400, "the execution takes no data now");
  if (const auto wrong = wrong_data_body(exchange.body, settings.strict_bodies); !wrong.empty())
    return error_answer(400, wrong);
  const Value* id = exchange.body->find("clientGeneratedId");
  const Value* completed = exchange.body->find("completed");
  ReceivedChunk chunk{.client_generated_id = id == nullptr ? "" : std::string(id->text()),
                      .bytes = exchange.call.body.size(),
                      .completed = completed != nullptr && completed->boolean(),
                      .at = exchange.clock.wall};
  const bool last = chunk.completed;
  execution->stuck = execution->stuck || early;
  take_chunk(*execution, exchange.body->find("data"), std::move(chunk),
             settings.faults.count_duplicates);
  if (last) exchange.site.complete(*execution, exchange.clock);
  count_towards_revocation(exchange);
  return empty_answer(200);
}

bool is_progress_body(const Value* body) {
  if (body == nullptr || !body->is_object()) return false;
  const auto is_counter = [](const json::Member& member) {
    if (member.key == "description") return member.value.is_string();
    return (member.key == "total" || member.key == "current" || member.key == "processed") &&
           member.value.integer().value_or(-1) >= 0;
  };
  return std::ranges::all_of(body->members(), [&](const json::Member& part) {
    return (part.key == "steps" || part.key == "objects") && part.value.is_object() &&
           std::ranges::all_of(part.value.members(), is_counter);
  });
}

ServerResponse put_progress(Exchange& exchange) {
  Execution* execution = exchange.source->find(exchange.captures[0]);
  if (execution == nullptr) return error_answer(400, "no such execution");
  if (!is_progress_body(exchange.body)) return error_answer(400, "steps and objects are needed");
  if (!execution->is_open()) return error_answer(400, "the execution has ended");
  execution->progress = std::string(exchange.call.body);
  return empty_answer(200);
}

ServerResponse answer_status(const Exchange& exchange, const Execution& execution) {
  const ImportSource& source = *exchange.source;
  return json_response(200, write_execution_status(execution, {.workspace = exchange.site.workspace,
                                                               .settings = exchange.site.settings,
                                                               .source_id = source.id,
                                                               .schema = source.schema}));
}

ServerResponse get_status(Exchange& exchange) {
  const Execution* execution = exchange.source->find(exchange.captures[0]);
  if (execution == nullptr) return error_answer(400, "no such execution");
  return answer_status(exchange, *execution);
}

ServerResponse get_latest_status(Exchange& exchange) {
  if (exchange.source->executions.empty()) return error_answer(404, "no execution has ever run");
  return answer_status(exchange, *exchange.source->executions.back());
}

ServerResponse cancel(Exchange& exchange) {
  Execution* execution = exchange.source->find(exchange.captures[0]);
  if (execution == nullptr) return error_answer(400, "no such execution");
  if (execution->state != ExecutionState::kStarting &&
      execution->state != ExecutionState::kIngesting)
    return error_answer(400, "the execution can not be cancelled any more");
  execution->enter(ExecutionState::kCancelled, exchange.clock.wall);
  execution->staged.clear();
  return empty_answer(200);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

ServerResponse record_failure(Exchange& exchange) {
  Execution* execution = exchange.source->find(exchange.captures[0]);
  if (execution == nullptr) return error_answer(404, "no such execution");
  const Value* reason = exchange.body == nullptr ? nullptr : exchange.body->find("failureReason");
  if (reason == nullptr || !reason->is_string() || reason->text().empty())
    return error_answer(400, "failureReason is needed");
  if (characters(reason->text()) > kMaxFailureReason)
    return error_answer(400, "failureReason has more than 1024 characters");
  if (execution->state != ExecutionState::kIngesting)
    return error_answer(400, "the execution is not ingesting");
  execution->failure_reasons.emplace_back(reason->text());
  return empty_answer(204);
}

ServerResponse regenerate_token(Exchange& exchange) {
  const std::string& token = exchange.site.new_token(*exchange.source);
  return json_response(200, fmt::format(R"({{"token":"{}"}})", token));
}

ServerResponse get_schedule(Exchange& exchange) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("links").begin_object();
  write_link(writer, "createSchedule", source_link(exchange, "/importschedule"));
  writer.end_object().key("result").string("success").end_object();
  return json_response(200, std::move(body));
}

constexpr Route kRoutes[] = {
    {"GET", "", get_source, ""},
    {"GET", "/configstatus", get_config_status, "configstatus"},
    {"PUT", "/mapping", put_mapping, "mapping"},
    {"PATCH", "/mapping", patch_mapping, "mapping"},
    {"GET", "/mapping/progress/{}", get_mapping_progress, ""},
    {"GET", "/schema-and-mapping", get_schema_and_mapping, ""},
    {"POST", "/executions", start_execution, "start"},
    {"GET", "/executions/status", get_latest_status, "status"},
    {"POST", "/executions/{}/data", submit_data, "data"},
    {"PUT", "/executions/{}/progress", put_progress, "progress"},
    {"GET", "/executions/{}/status", get_status, "status"},
    {"DELETE", "/executions/{}", cancel, "cancel"},
    {"POST", "/executions/{}/history/failed", record_failure, "failed"},
    {"POST", "/token", regenerate_token, "token"},
    {"GET", "/schedule", get_schedule, ""},
};

}  // namespace

std::span<const Route> import_routes() { return kRoutes; }

ServerResponse imports_info(Exchange& exchange) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("links").begin_object();
  write_link(writer, "getStatus", source_link(exchange, "/configstatus"));
  write_link(writer, "start", source_link(exchange, "/executions"));
  write_link(writer, "mapping", source_link(exchange, "/mapping"));
  writer.end_object().end_object();
  return json_response(200, std::move(body));
}

}  // namespace muster::sandbox::assets
