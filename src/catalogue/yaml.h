// YAML (and so JSON) as a small tree that knows where everything stands, so that every finding can
// name file, line and column. Read with libyaml's events; no types are guessed: a scalar is text.
//
// Refused: more than one document, aliases and anchors (billion laughs), custom tags, duplicate
// keys, files over 4 MiB, nesting over 64.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace muster::catalogue {

// 1-based, as editors count.
struct Mark {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// One thing wrong with a file. Errors make the file unusable; warnings do not.
struct Finding {
  std::string file;
  Mark mark;
  std::string message;  // what is wrong and what to write instead
  bool is_warning = false;

  std::string text() const;  // "FILE:LINE:COL: message"
};
using Findings = std::vector<Finding>;

bool has_errors(const Findings& findings);

struct YamlMember;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  Mark mark;
  std::string scalar;               // kScalar; also the text of a null
  bool quoted = false;              // "yes" in quotes is text, never a boolean
  std::vector<YamlNode> items;      // kSequence
  std::vector<YamlMember> members;  // kMapping, in file order

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  const YamlNode* find(std::string_view key) const;
};

struct YamlMember {
  std::string key;
  Mark mark;  // of the key
  YamlNode value;
};

// The root node, or one Finding that says where reading failed.
struct YamlFile {
  std::string name;
  YamlNode root;
  Findings findings;
};
YamlFile parse_yaml(std::string_view text, std::string name);
YamlFile read_yaml_file(const std::string& path);

// Block style, so that a person can read and change it; parse_yaml() gives the same tree, but for
// the marks. Comments are not in the tree.
std::string to_yaml(const YamlNode& node);

}  // namespace muster::catalogue
