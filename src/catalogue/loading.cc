#include "catalogue/loading.h"

namespace muster::catalogue {

json::Path Loading::parsed_path(std::string_view text, Mark mark) {
  auto path = json::Path::parse(text);
  if (path.ok()) return std::move(path).value();
  check.error(mark, path.error().message);
  return {};
}

json::Path Loading::path(MappingReader& map, std::string_view key, Need need,
                         const json::Path& fallback) {
  const std::string text = map.text(key, need, fallback.text());
  return text == fallback.text() ? fallback : parsed_path(text, map.mark_of(key));
}

Where Loading::where(MappingReader& map, std::string_view key) {
  const std::string text = map.text(key);
  if (text.empty()) return {};
  auto where = Where::parse(text);
  if (where.ok()) return std::move(where).value();
  check.error(map.mark_of(key), where.error().message);
  return {};
}

YamlNode Loading::unfolded(const YamlNode& node, std::string_view key) {
  if (!node.is_scalar()) return node;
  YamlNode whole;
  whole.kind = YamlNode::Kind::kMapping;
  whole.mark = node.mark;
  whole.members.push_back({std::string(key), node.mark, node});
  return whole;
}

std::map<std::string, std::string> Loading::text_map(MappingReader& map, std::string_view key) {
  std::map<std::string, std::string> texts;
  const YamlNode* node = map.node(key);
  if (node == nullptr) return texts;
  MappingReader inner(check, *node, fmt::format("\"{}\"", key));
  inner.each([&](const YamlMember& member) { texts[member.key] = inner.text(member.key); });
  return texts;
}

}  // namespace muster::catalogue
