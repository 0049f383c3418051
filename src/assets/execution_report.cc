#include "assets/execution_report.h"

#include "assets/explain.h"
#include "base/text.h"

namespace muster::assets {
namespace {

std::uint64_t count_at(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  const std::optional<std::int64_t> count = value ? value->integer() : std::nullopt;
  return count && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

// The entries it read count as taken as long as it complains of nothing. Else only those that it
// says became or were objects: at the limit of objects it reads entries and makes nothing of them.
TypeOutcome read_type(const json::Value& entry, bool is_clean) {
  TypeOutcome type;
  type.id = text_at(entry, "objectTypeId");
  type.created = count_at(entry, "objectsCreated");
  type.updated = count_at(entry, "objectsUpdated");
  type.unchanged = count_at(entry, "objectsIdentical");
  type.missing =
      count_at(entry, "objectsMissingUpdated") + count_at(entry, "objectsMissingDeleted");
  // Spelt without the t on the wire:
  // https://developer.atlassian.com/cloud/assets/rest/api-group-importsource/
  type.duplicate = count_at(entry, "duplicateEnries") + count_at(entry, "duplicateEntries");
  type.empty_key = count_at(entry, "emptyExternalIdEntries");
  type.empty_label = count_at(entry, "emptyLabelEntries");
  type.filtered = count_at(entry, "objectsFilteredWithQlQuery");
  type.errors = texts_of(entry.find("errorMessages"));
  if (is_clean && type.errors.empty() && entry.find("entriesInSource")) {
    const std::uint64_t read = count_at(entry, "entriesInSource");
    const std::uint64_t skipped =
        type.duplicate + type.empty_key + type.empty_label + type.filtered;
    type.accepted = read > skipped ? read - skipped : 0;
  } else {
    type.accepted = type.created + type.updated + type.unchanged;
  }
  return type;
}

}  // namespace

Outcome read_execution_report(const json::Value& status_answer) {
  Outcome outcome;
  const json::Value* report = status_answer.find("progressResult");
  if (!report) return outcome;
  if (const json::Value* result = report->find("result")) {
    outcome.result = result->text().empty() || base::is_code(result->text())
                         ? std::string(result->text())
                         : "something that is no code";
  }
  outcome.errors = texts_of(report->find("errorMessages"));
  const json::Value* types = report->find("objectTypeResultMap");
  if (!types) return outcome;
  const bool is_clean =
      outcome.errors.empty() && (outcome.result.empty() || outcome.result == "OK");
  for (const json::Member& member : types->members()) {
    const json::Value* name = member.value.find("objectTypeName");
    if (!name) continue;
    outcome.types.insert_or_assign(std::string(name->text()), read_type(member.value, is_clean));
  }
  return outcome;
}

}  // namespace muster::assets
