// What tests, the checker and /_sandbox/objects see of the imitated Assets.
#include "base/check.h"
#include "base/text.h"
#include "json/writer.h"
#include "sandbox/assets/service_state.h"

namespace muster::sandbox {
namespace {

using assets::Link;
using assets::Object;
using assets::ObjectId;
using assets::ObjectType;
using assets::Site;
using assets::TypeIndex;
using assets::Workspace;

std::optional<TypeIndex> type_named(const Workspace& workspace, std::string_view name) {
  for (TypeIndex type = 0; type < workspace.types.size(); ++type)
    if (workspace.types[type].name == name) return type;
  return std::nullopt;
}

AssetsService::HeldObject held_object(const Workspace& workspace, ObjectId id) {
  const Object& object = workspace.at(id);
  const ObjectType& type = workspace.types[object.type];
  AssetsService::HeldObject held{
      .id = id, .key = workspace.object_key(id), .label = std::string(workspace.label(id))};
  for (assets::PackedReader entry(object.values); !entry.done(); entry.next()) {
    held.values.emplace_back(type.attributes[entry.slot()].name, std::vector<std::string>());
    for (std::string_view value : entry.values()) held.values.back().second.emplace_back(value);
  }
  std::optional<std::uint16_t> slot;
  for (const Link& link : object.links) {
    if (slot != link.slot)
      held.references.emplace_back(type.attributes[link.slot].name, std::vector<ObjectId>());
    slot = link.slot;
    held.references.back().second.push_back(link.target);
  }
  return held;
}

// The slots by which sources identify objects of each type.
std::vector<std::optional<std::uint16_t>> key_slots(const Site& site) {
  std::vector<std::optional<std::uint16_t>> slots(site.workspace.types.size());
  for (const assets::ImportSource& source : site.sources)
    for (const assets::TypeMappingSpec& mapping : source.mappings) {
      const auto type = site.workspace.type_by_external_id(mapping.type_external_id);
      for (const assets::AttributeMappingSpec& attribute : mapping.attributes)
        if (type && attribute.is_key && !slots[*type])
          slots[*type] = site.workspace.types[*type].slot_of(attribute.attribute_name);
    }
  return slots;
}

std::string summary(const std::vector<AssetsService::HeldType>& types) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("types").begin_array();
  for (const AssetsService::HeldType& type : types) {
    writer.begin_object().key("name").string(type.name);
    writer.key("externalId").string(type.external_id).key("id").number(std::uint64_t{type.id});
    writer.key("objects").number(type.objects);
    writer.key("references").number(type.references).end_object();
  }
  writer.end_array().end_object();
  return out;
}

void write_object(std::string& out, const Site& site, ObjectId id,
                  const std::vector<std::optional<std::uint16_t>>& keys) {
  const Workspace& workspace = site.workspace;
  const Object& object = workspace.at(id);
  const ObjectType& type = workspace.types[object.type];
  json::Writer writer(out);
  writer.begin_object().key("id").number(std::uint64_t{id});
  writer.key("key").string(workspace.object_key(id)).key("label").string(workspace.label(id));
  writer.key("values").begin_object();
  for (assets::PackedReader entry(object.values); !entry.done(); entry.next()) {
    writer.key(type.attributes[entry.slot()].name).begin_array();
    for (std::string_view value : entry.values()) writer.string(value);
    writer.end_array();
  }
  writer.end_object().key("references").begin_object();
  std::optional<std::uint16_t> slot;
  for (const Link& link : object.links) {
    if (slot != link.slot) {
      if (slot) writer.end_array();
      writer.key(type.attributes[link.slot].name).begin_array();
    }
    slot = link.slot;
    const auto key = keys[workspace.at(link.target).type];
    writer.string(key ? assets::values_at(workspace.at(link.target).values, *key).front()
                      : std::string_view(workspace.label(link.target)));
  }
  if (slot) writer.end_array();
  writer.end_object().end_object();
  out += '\n';
}

}  // namespace

std::string AssetsService::HeldObject::value(std::string_view attribute) const {
  for (const auto& [name, held] : values)
    if (name == attribute && !held.empty()) return held.front();
  return {};
}

std::vector<std::uint32_t> AssetsService::HeldObject::targets(std::string_view attribute) const {
  for (const auto& [name, ids] : references)
    if (name == attribute) return ids;
  return {};
}

std::string AssetsService::token(std::size_t import_source) const {
  const base::Monitor::Lock lock(state_->monitor);
  MUSTER_CHECK(import_source < state_->site->sources.size(), "the import source exists");
  return state_->site->sources[import_source].token;
}

std::string AssetsService::source_id(std::size_t import_source) const {
  const base::Monitor::Lock lock(state_->monitor);
  MUSTER_CHECK(import_source < state_->site->sources.size(), "the import source exists");
  return state_->site->sources[import_source].id;
}

std::string AssetsService::workspace_id() const {
  const base::Monitor::Lock lock(state_->monitor);
  return state_->site->workspace_id;
}

std::vector<AssetsService::HeldType> AssetsService::types() const {
  const base::Monitor::Lock lock(state_->monitor);
  state_->site->settle(state_->clock());
  const Workspace& workspace = state_->site->workspace;
  std::vector<HeldType> result;
  for (const ObjectType& type : workspace.types) {
    HeldType held{.id = type.id,
                  .name = type.name,
                  .external_id = type.external_id,
                  .schema_id = workspace.schemas[type.schema].id,
                  .objects = type.objects.size()};
    for (ObjectId id : type.objects) held.references += workspace.at(id).links.size();
    for (const assets::Attribute& attribute : type.attributes)
      held.attributes.push_back(
          {attribute.name, attribute.external_id, attribute.type, attribute.label});
    result.push_back(std::move(held));
  }
  return result;
}

void AssetsService::each(std::string_view type_name,
                         const std::function<void(const HeldObject&)>& visit) const {
  const base::Monitor::Lock lock(state_->monitor);
  state_->site->settle(state_->clock());
  const Workspace& workspace = state_->site->workspace;
  if (const auto type = type_named(workspace, type_name))
    for (ObjectId id : workspace.types[*type].objects) visit(held_object(workspace, id));
}

void AssetsService::each_of(std::uint32_t type_id,
                            const std::function<void(const HeldObject&)>& visit) const {
  const base::Monitor::Lock lock(state_->monitor);
  state_->site->settle(state_->clock());
  const Workspace& workspace = state_->site->workspace;
  if (const auto type = workspace.type_by_id(type_id))
    for (ObjectId id : workspace.types[*type].objects) visit(held_object(workspace, id));
}

std::optional<AssetsService::HeldObject> AssetsService::find(std::string_view type_name,
                                                             std::string_view attribute,
                                                             std::string_view value) const {
  const base::Monitor::Lock lock(state_->monitor);
  state_->site->settle(state_->clock());
  const Workspace& workspace = state_->site->workspace;
  const auto type = type_named(workspace, type_name);
  const auto slot = type ? workspace.types[*type].slot_of(attribute) : std::nullopt;
  std::optional<HeldObject> found;
  if (slot)
    workspace.with_value(*type, *slot, value, true, [&](ObjectId id) {
      if (!found) found = held_object(workspace, id);
    });
  return found;
}

std::vector<AssetsService::HeldExecution> AssetsService::executions() const {
  const base::Monitor::Lock lock(state_->monitor);
  Site& site = *state_->site;
  site.settle(state_->clock());
  std::vector<std::pair<std::uint32_t, HeldExecution>> numbered;
  for (std::size_t i = 0; i < site.sources.size(); ++i)
    for (const auto& execution : site.sources[i].executions) {
      HeldExecution held{.id = execution->id,
                         .import_source = i,
                         .scheduled = execution->scheduled,
                         .state = assets::to_string(execution->state, site.settings),
                         .chunks = execution->chunks,
                         .failure_reasons = execution->failure_reasons,
                         .result = execution->result,
                         .errors = execution->errors};
      for (const assets::StateChange& change : execution->history)
        held.states.push_back(assets::to_string(change.state, site.settings));
      for (const assets::TypeResult& result : execution->results)
        held.types.push_back({result, site.workspace.types[result.type].name});
      numbered.emplace_back(execution->number, std::move(held));
    }
  std::ranges::sort(numbered, {}, &std::pair<std::uint32_t, HeldExecution>::first);
  std::vector<HeldExecution> result;
  for (auto& [number, held] : numbered) result.push_back(std::move(held));
  return result;
}

std::string AssetsService::objects_json(std::string_view type_name, std::size_t start,
                                        std::size_t limit) const {
  if (type_name.empty()) return summary(types());
  const base::Monitor::Lock lock(state_->monitor);
  Site& site = *state_->site;
  site.settle(state_->clock());
  std::string out;
  const auto type = type_named(site.workspace, type_name);
  if (!type) return out;
  const std::vector<ObjectId>& ids = site.workspace.types[*type].objects;
  const auto keys = key_slots(site);
  for (std::size_t i = start; i < ids.size() && i - start < limit; ++i)
    write_object(out, site, ids[i], keys);
  return out;
}

}  // namespace muster::sandbox
