#include <gtest/gtest.h>

#include "catalogue/yaml.h"

namespace muster::catalogue {
namespace {

// Kinds, texts and keys, without marks.
std::string shape(const YamlNode& node) {
  std::string text;
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "null";
    case YamlNode::Kind::kScalar: return "<" + node.scalar + ">";
    case YamlNode::Kind::kSequence:
      for (const YamlNode& item : node.items) text += shape(item) + ",";
      return "[" + text + "]";
    case YamlNode::Kind::kMapping:
      for (const YamlMember& member : node.members) {
        text += "<" + member.key + ">" + shape(member.value) + ",";
      }
  }
  return "{" + text + "}";
}

void expect_same_again(const std::string& yaml) {
  const YamlFile first = parse_yaml(yaml, "first");
  ASSERT_TRUE(first.findings.empty()) << first.findings[0].text();
  const std::string text = to_yaml(first.root);
  const YamlFile again = parse_yaml(text, "again");
  ASSERT_TRUE(again.findings.empty()) << again.findings[0].text() << "\n" << text;
  EXPECT_EQ(shape(again.root), shape(first.root)) << text;
}

TEST(YamlText, IsReadableBlocks) {
  const YamlFile file = parse_yaml(
      "{version: 1, importers: [{name: entra, 'data_sets': {users: {limit: 5}, devices: off}, "
      "tags: [a, 'b: c'], nothing: , schedule: {cron: \"0 */4 * * *\"}}]}",
      "f");
  EXPECT_EQ(to_yaml(file.root),
            "version: 1\n"
            "importers:\n"
            "  - name: entra\n"
            "    data_sets:\n"
            "      users:\n"
            "        limit: 5\n"
            "      devices: off\n"
            "    tags:\n"
            "      - a\n"
            "      - \"b: c\"\n"
            "    nothing: null\n"
            "    schedule:\n"
            "      cron: \"0 */4 * * *\"\n");
}

TEST(YamlText, ReadsAsTheSameTree) {
  expect_same_again("a");
  expect_same_again("{}");
  expect_same_again("[]");
  expect_same_again("a: {}\nb: []\nc: ''\nd: ~\ne: \"~\"\nf: 'null'\ng: null");
  expect_same_again("- - 1\n  - - 2\n    - x: {y: [z, {w: v}]}\n- k: v");
  expect_same_again("? 'a: b'\n: 'c # d'\n' lead': 'trail '\n'-': '- x'\n'...': '---'");
  expect_same_again(
      "t: \"tab\\t line\\n quote\\\" back\\\\ bell\\a nel\\x85 del\\x7f csi\\x9b bom\\uFEFF "
      "nbsp\\xa0 \\U0001F600 \\u2028\"");
  expect_same_again("text: |\n  two\n  lines\nother: >\n  folded\n  text\n");
  expect_same_again(
      "Stra\xC3\x9F"
      "e: '\xF0\x9F\x98\x80'\n");
}

TEST(YamlText, KeepsQuotesWhereTheyMeanText) {
  const YamlFile file = parse_yaml("a: 'yes'\nb: yes", "f");
  EXPECT_EQ(to_yaml(file.root), "a: \"yes\"\nb: yes\n");
}

}  // namespace
}  // namespace muster::catalogue
