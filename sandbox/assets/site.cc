#include "sandbox/assets/site.h"

#include "base/id.h"

namespace muster::sandbox::assets {

Execution* ImportSource::find(std::string_view execution_id) const {
  for (const auto& execution : executions)
    if (execution->id == execution_id) return execution.get();
  return nullptr;
}

Execution* ImportSource::running() const {
  return executions.empty() || !executions.back()->is_open() ? nullptr : executions.back().get();
}

Site::Site(AssetsSettings site_settings, Clock clock)
    : settings(std::move(site_settings)), random(base::make_seeded_random(settings.seed)) {
  workspace_id = base::make_random_id(*random);
  for (std::size_t i = 0; i < settings.import_sources; ++i) {
    if (i == 0 || !settings.one_schema) {
      workspace.schemas.push_back({.id = static_cast<std::uint32_t>(i + 1),
                                   .key = fmt::format("IMP{}", i + 1),
                                   .name = fmt::format("Imported {}", i + 1),
                                   .created = clock.wall});
    }
    ImportSource source{.id = base::make_random_id(*random),
                        .name = fmt::format("Import source {}", i + 1),
                        .schema = static_cast<std::uint32_t>(workspace.schemas.size() - 1),
                        .created = clock.wall};
    new_token(source);
    sources.push_back(std::move(source));
  }
}

const std::string& Site::new_token(ImportSource& source) {
  source.token = "ATCTT3xFfGN0";
  for (int i = 0; i < 8; ++i) source.token += fmt::format("{:016x}", random->next());
  return source.token;
}

ImportSource* Site::find_source(std::string_view source_id) {
  for (ImportSource& source : sources)
    if (source.id == source_id) return &source;
  return nullptr;
}

ImportSource* Site::source_of_token(std::string_view token) {
  for (ImportSource& source : sources)
    if (source.token == token) return &source;
  return nullptr;
}

void Site::take_mapping(ImportSource& source, const MappingPlan& plan) {
  apply_mapping(plan, workspace, source.schema);
  source.mappings = plan.mappings;
  source.has_mapping = true;
}

Execution& Site::start(ImportSource& source, bool scheduled, Clock clock) {
  auto execution = std::make_unique<Execution>();
  execution->id = base::make_random_id(*random);
  execution->job_id = base::make_random_id(*random);
  execution->number = ++executions_;
  execution->scheduled = scheduled;
  execution->due = clock.now + settings.starting_takes;
  execution->enter(ExecutionState::kStarting, clock.wall);
  for (const TypeMappingSpec& mapping : source.mappings) {
    const TypeIndex type = workspace.type_by_external_id(mapping.type_external_id).value();
    execution->staged.push_back({.extraction = make_extraction(workspace, type, mapping)});
  }
  source.executions.push_back(std::move(execution));
  settle(clock);
  return *source.executions.back();
}

void Site::complete(Execution& execution, Clock clock) {
  execution.enter(ExecutionState::kProcessing, clock.wall);
  execution.due = clock.now + settings.processing_takes;
  execution.stuck = execution.stuck || settings.faults.stuck;
}

void Site::settle(Clock clock) {
  for (ImportSource& source : sources) {
    if (source.pending && source.pending->due <= clock.now) {
      take_mapping(source, source.pending->plan);
      source.finished_mappings.push_back(source.pending->resource_id);
      source.pending.reset();
    }
    Execution* execution = source.running();
    if (execution == nullptr || execution->due > clock.now) continue;
    if (execution->state == ExecutionState::kStarting)
      execution->enter(ExecutionState::kIngesting, clock.wall);
    else if (execution->state == ExecutionState::kProcessing && !execution->stuck)
      finish(source, *execution, clock.wall);
  }
}

Policies Site::policies_of(const ImportSource& source) const {
  Policies result = policies;
  for (const auto& [type, policy] : source.policies) result[type] = policy;
  return result;
}

void Site::finish(const ImportSource& source, Execution& execution, base::WallTime now) {
  const std::optional<BadResult> bad = std::exchange(settings.faults.next_result, std::nullopt);
  execution.result = "OK";
  if (!bad || bad->writes_objects)
    execution.results = process(
        workspace, execution.staged, policies_of(source),
        {.execution = execution.number, .object_limit = settings.faults.object_limit, .now = now});
  if (bad) {
    execution.result = bad->result;
    execution.errors = bad->errors;
  }
  execution.staged.clear();
  execution.enter(ExecutionState::kDone, now);
}

}  // namespace muster::sandbox::assets
