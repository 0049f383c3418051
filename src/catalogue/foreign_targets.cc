// References into other sources, which only a library can look up.
#include <fmt/format.h>

#include "catalogue/checker.h"
#include "catalogue/loader.h"

namespace muster::catalogue {
namespace {

template <typename Named>
std::vector<std::string> names_of(const std::vector<Named>& list) {
  std::vector<std::string> names;
  for (const Named& each : list) names.push_back(each.name);
  return names;
}

std::string text_at(const YamlNode& node, std::string_view key) {
  const YamlNode* value = node.find(key);
  return value == nullptr || !value->is_scalar() ? "" : value->scalar;
}

void check_target(Checker& check, const YamlNode& reference, const Library& library) {
  const YamlNode* source_node = reference.find("target_source");
  if (source_node == nullptr || !source_node->is_scalar()) return;
  const auto source = library.find(source_node->scalar);
  if (source == nullptr) {
    return check.unknown(source_node->mark, "source", source_node->scalar, library.names());
  }
  const DataSet* set = source->find_data_set(text_at(reference, "target"));
  if (set == nullptr) {
    const YamlNode* target = reference.find("target");
    return check.unknown(target == nullptr ? reference.mark : target->mark,
                         fmt::format("data set of {}", source->name), text_at(reference, "target"),
                         names_of(source->data_sets));
  }
  const std::string attribute = text_at(reference, "target_attribute");
  if (attribute.empty() || set->find_attribute(attribute) != nullptr) return;
  check.unknown(reference.find("target_attribute")->mark, fmt::format("attribute of {}", set->name),
                attribute, names_of(set->attributes));
}

}  // namespace

Findings check_foreign_targets(const YamlNode& root, const std::string& file,
                               const Library& library) {
  Findings findings;
  Checker check(file, findings);
  const YamlNode* data_sets = root.find("data_sets");
  if (data_sets == nullptr) return findings;
  for (const YamlMember& set : data_sets->members) {
    for (const char* key : {"references", "optional_references"}) {
      const YamlNode* references = set.value.find(key);
      if (references == nullptr) continue;
      for (const YamlMember& each : references->members) check_target(check, each.value, library);
    }
  }
  return findings;
}

}  // namespace muster::catalogue
