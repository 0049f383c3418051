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

std::string name_of(const YamlNode& importer) {
  const YamlNode* name = importer.find("name");
  return name == nullptr ? std::string() : name->scalar;
}

bool is_member(const YamlNode& identity, const std::string& importer) {
  const YamlNode* members = identity.find("members");
  return members != nullptr && std::ranges::any_of(members->items, [&](const YamlNode& member) {
           const YamlNode* name = member.find("importer");
           return name != nullptr && name->scalar == importer;
         });
}

// "version: 1", "importers:" and the one, with what it needs to know of the others.
std::string file_of(YamlNode importer, const YamlNode& root_of_all) {
  YamlNode list{.kind = YamlNode::Kind::kSequence};
  YamlNode neighbours{.kind = YamlNode::Kind::kSequence};
  const std::string name = name_of(importer);
  const YamlNode* links = importer.find("links");
  const YamlNode* identities = root_of_all.find("identities");
  const bool is_linked = links != nullptr && !links->members.empty();
  const bool has_identity =
      identities != nullptr && std::ranges::any_of(identities->items, [&](const YamlNode& each) {
        return is_member(each, name);
      });
  if (is_linked || has_identity) {
    for (const YamlNode& other : root_of_all.find("importers")->items) {
      if (name_of(other) != name) neighbours.items.push_back(neighbour_of(other));
    }
  }
  list.items.push_back(std::move(importer));
  YamlNode root{.kind = YamlNode::Kind::kMapping};
  root.members.push_back({.key = "version", .value = text_node("1")});
  root.members.push_back({.key = "importers", .value = std::move(list)});
  if (!neighbours.items.empty()) {
    root.members.push_back({.key = "neighbours", .value = std::move(neighbours)});
    // All of them: one may decide the object type that a link leads to.
    if (identities != nullptr) root.members.push_back({.key = "identities", .value = *identities});
  }
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
    for (YamlMember& member : importer.members) {
      if (member.key != "connection" && member.key != "destination") continue;
      make_paths_absolute(member.value, file);
    }
    Definition& definition = definitions.emplace_back();
    definition.importer = name_of(importer);
    definition.text = file_of(std::move(importer), yaml.root);
  }
  return definitions;
}

std::string schedule_of(const std::string& definition) {
  const catalogue::YamlFile file = catalogue::parse_yaml(definition, "");
  const catalogue::YamlNode* list = file.root.is_mapping() ? file.root.find("importers") : nullptr;
  std::string text;
  for (const std::string_view key : {"schedule", "blackout"}) {
    if (list == nullptr || list->items.empty()) break;
    const catalogue::YamlNode* node = list->items.front().find(key);
    text += node == nullptr ? "none\n" : catalogue::to_yaml(*node);
  }
  return text;
}

}  // namespace muster::run
