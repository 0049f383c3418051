#include "sandbox/assets/execution.h"

#include "base/text.h"
#include "json/writer.h"

namespace muster::sandbox::assets {
namespace {

// "2026-03-01T02:00:03.952+00:00"
std::string offset_time(base::WallTime time) {
  std::string text = base::format_utc(time);
  text.pop_back();
  return text + "+00:00";
}

std::string time_of(const Execution& execution, ExecutionState state) {
  for (const StateChange& change : execution.history)
    if (change.state == state) return offset_time(change.at);
  return {};
}

void write_errors(json::Writer& writer, const std::vector<std::string>& errors) {
  writer.key("errorMessages");
  if (errors.empty()) {
    writer.null();
    return;
  }
  writer.begin_array();
  for (const std::string& error : errors) writer.string(error);
  writer.end_array();
}

void write_type_result(json::Writer& writer, const ObjectType& type, const TypeResult& result) {
  const std::pair<std::string_view, std::uint64_t> counters[] = {
      {"objectsCreated", result.created},
      {"objectsUpdated", result.updated},
      {"objectsIdentical", result.identical},
      {"objectsMissingUpdated", result.missing_updated},
      {"objectsMissingDeleted", result.missing_deleted},
      {"entriesInSource", result.entries},
      {"duplicateEnries", result.duplicates},  // spelt like this on the wire
      {"emptyLabelEntries", result.empty_labels},
      {"emptyExternalIdEntries", result.empty_keys},
      {"objectsFilteredWithQlQuery", 0},
      {"objectsWithUpdatedReferences", result.updated_references},
      {"readExternalDataTimeInMs", 0},
      {"mapExternalDataTimeInMs", 0},
      {"qlQueryFilteringTimeInMs", 0},
      {"decidingActionsTimeInMs", 0},
      {"writeInsightDataTimeInMs", 0},
      {"postFunctionTimeInMs", 0},
      {"executionTimeInMs", 0}};
  writer.begin_object().key("id").null().key("objectTypeName").string(type.name);
  writer.key("objectTypeId").number(std::uint64_t{type.id});
  for (const auto& [name, count] : counters) writer.key(name).number(count);
  write_errors(writer, result.errors);
  writer.end_object();
}

void write_progress_result(json::Writer& writer, const Execution& execution,
                           const ReportContext& context) {
  writer.begin_object().key("type").string("IMPORT");
  writer.key("id").number(std::uint64_t{execution.number});
  writer.key("jobId").string(execution.job_id).key("importSourceId").string(context.source_id);
  writer.key("objectSchemaId").number(std::uint64_t{context.workspace.schemas[context.schema].id});
  writer.key("started").string(time_of(execution, ExecutionState::kStarting));
  writer.key("ended").string(time_of(execution, ExecutionState::kDone));
  writer.key("result").string(execution.result).key("status").string("FINISHED");
  writer.key("infoMessage").string("").key("populatedObjectTypes").begin_array();
  std::uint64_t entries = 0;
  for (const TypeResult& result : execution.results) {
    entries += result.entries;
    if (result.entries != 0) writer.string(context.workspace.types[result.type].name);
  }
  writer.end_array().key("onlyExecutedForObjectTypes").begin_array().end_array();
  writer.key("objectTypeResultMap").begin_object();
  for (const TypeResult& result : execution.results) {
    const ObjectType& type = context.workspace.types[result.type];
    writer.key(std::to_string(type.id));
    write_type_result(writer, type, result);
  }
  writer.end_object();
  write_errors(writer, execution.errors);
  writer.key("totalNumberEntriesInImport").number(entries).end_object();
}

}  // namespace

void take_chunk(Execution& execution, const json::Value* data, ReceivedChunk chunk,
                bool count_duplicates) {
  chunk.duplicate = !chunk.client_generated_id.empty() &&
                    !execution.seen_chunks.insert(chunk.client_generated_id).second;
  if (data != nullptr && (!chunk.duplicate || count_duplicates))
    for (StagedType& type : execution.staged)
      if (const std::size_t count = extract(type.extraction, *data, type.records); count != 0)
        chunk.counts.emplace_back(fmt::format("{}", fmt::join(type.extraction.selector, ".")),
                                  count);
  execution.chunks.push_back(std::move(chunk));
}

std::string to_string(ExecutionState state, const AssetsSettings& settings) {
  switch (state) {
    case ExecutionState::kStarting: return settings.status_while_starting;
    case ExecutionState::kIngesting: return "INGESTING";
    case ExecutionState::kProcessing: return "PROCESSING";
    case ExecutionState::kDone: return "DONE";
    case ExecutionState::kCancelled: return "CANCELLED";
  }
  return {};
}

std::string write_execution_status(const Execution& execution, const ReportContext& context) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("executionId").string(execution.id);
  writer.key("status").string(to_string(execution.state, context.settings));
  if (execution.state == ExecutionState::kDone) {
    writer.key("progressResult");
    write_progress_result(writer, execution, context);
  }
  writer.end_object();
  return out;
}

}  // namespace muster::sandbox::assets
