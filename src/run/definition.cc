#include "run/definition.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include "base/text.h"
#include "catalogue/yaml.h"
#include "run/importer_file_secret.h"

namespace muster::run {
namespace {

using catalogue::YamlMember;
using catalogue::YamlNode;

// Keys of `connection` and `destination` that name files.
constexpr std::string_view kPathKeys[] = {"ca_file", "file", "dir"};

void make_paths_absolute(YamlNode& node, const std::string& file) {
  for (YamlMember& member : node.members) {
    const bool is_path = std::ranges::find(kPathKeys, member.key) != std::end(kPathKeys);
    if (is_path && member.value.is_scalar()) {
      member.value.scalar = beside_file(file, member.value.scalar);
    }
    make_paths_absolute(member.value, file);
  }
}

YamlNode text_node(std::string_view text) {
  return {.kind = YamlNode::Kind::kScalar, .scalar = std::string(text)};
}

// The members of these names only.
YamlNode only(const YamlNode& node, std::span<const std::string_view> keys) {
  YamlNode kept{.kind = YamlNode::Kind::kMapping};
  for (const YamlMember& member : node.members) {
    if (std::ranges::find(keys, member.key) != keys.end()) kept.members.push_back(member);
  }
  return kept;
}

// Of another importer what references into it need: no credentials.
YamlNode neighbour_of(const YamlNode& importer) {
  static constexpr std::string_view kKeys[] = {"name", "source", "data_sets", "links",
                                               "destination"};
  static constexpr std::string_view kDestinationKeys[] = {"type", "api_url", "schema"};
  YamlNode neighbour = only(importer, kKeys);
  for (YamlMember& member : neighbour.members) {
    if (member.key == "destination") member.value = only(member.value, kDestinationKeys);
  }
  return neighbour;
}

// "version: 1", "importers:" and the one, with what it needs to know of the others.
std::string file_of(YamlNode importer, const std::vector<YamlNode>& all) {
  YamlNode list{.kind = YamlNode::Kind::kSequence};
  YamlNode neighbours{.kind = YamlNode::Kind::kSequence};
  const YamlNode* links = importer.find("links");
  const YamlNode* name = importer.find("name");
  for (const YamlNode& other : all) {
    const YamlNode* other_name = other.find("name");
    const bool is_linked = links != nullptr && !links->members.empty();
    if (!is_linked || other_name == nullptr || name == nullptr) continue;
    if (other_name->scalar != name->scalar) neighbours.items.push_back(neighbour_of(other));
  }
  list.items.push_back(std::move(importer));
  YamlNode root{.kind = YamlNode::Kind::kMapping};
  root.members.push_back({.key = "version", .value = text_node("1")});
  root.members.push_back({.key = "importers", .value = std::move(list)});
  if (!neighbours.items.empty()) root.members.push_back({.key = "neighbours", .value = neighbours});
  return catalogue::to_yaml(root);
}

}  // namespace

base::Result<std::vector<Definition>> definitions_of(const std::string& path) {
  std::error_code unknown;  // then as it was given
  const std::filesystem::path absolute = std::filesystem::absolute(path, unknown);
  const std::string file = unknown ? path : absolute.lexically_normal().string();
  const catalogue::YamlFile yaml = catalogue::read_yaml_file(path);
  const YamlNode* importers = yaml.root.is_mapping() ? yaml.root.find("importers") : nullptr;
  if (catalogue::has_errors(yaml.findings) || importers == nullptr) {
    return base::Error{base::ErrorKind::kSettings, "settings",
                       fmt::format("{} is no importer file any more; it was changed a moment ago",
                                   base::printable(path, 500))};
  }
  std::vector<Definition> definitions;
  for (YamlNode importer : importers->items) {
    const YamlNode* name = importer.find("name");
    for (YamlMember& member : importer.members) {
      if (member.key != "connection" && member.key != "destination") continue;
      make_paths_absolute(member.value, file);
    }
    Definition& definition = definitions.emplace_back();
    if (name != nullptr) definition.importer = name->scalar;
    definition.text = file_of(std::move(importer), importers->items);
  }
  return definitions;
}

}  // namespace muster::run
