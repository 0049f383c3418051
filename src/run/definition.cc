#include "run/definition.h"

#include <algorithm>
#include <filesystem>

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

// "version: 1", "importers:" and the one.
std::string file_of(YamlNode importer) {
  YamlNode list{.kind = YamlNode::Kind::kSequence};
  list.items.push_back(std::move(importer));
  YamlNode root{.kind = YamlNode::Kind::kMapping};
  root.members.push_back({.key = "version", .value = text_node("1")});
  root.members.push_back({.key = "importers", .value = std::move(list)});
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
    definition.text = file_of(std::move(importer));
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
