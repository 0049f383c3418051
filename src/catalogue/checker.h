// Reads a YamlNode against expectations and collects every finding instead of stopping at the
// first.
//
//   Checker check(file.name, findings);
//   MappingReader map(check, node, "data set");
//   set.path = map.text("path", Need::kRequired);
//   map.done();   // every key that was not asked for is an error with "did you mean"
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "catalogue/yaml.h"

namespace muster::catalogue {

class Checker {
 public:
  Checker(std::string file, Findings& findings) : file_(std::move(file)), findings_(findings) {}
  void error(Mark mark, std::string message);
  void warn(Mark mark, std::string message);
  // `unknown data set "usres"; did you mean "users"?`
  void unknown(Mark mark, std::string_view kind, std::string_view word,
               const std::vector<std::string>& candidates);
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  Findings& findings_;
};

enum class Need { kOptional, kRequired };

// One pass over one mapping. Every getter marks its key as known and reports a wrong type with what
// to write instead. A missing required key is reported at the mapping's own mark.
class MappingReader {
 public:
  MappingReader(Checker& check, const YamlNode& node, std::string what);

  bool usable() const { return usable_; }  // false: not a mapping (already reported)
  Mark mark() const { return node_.mark; }
  bool has(std::string_view key) const { return node_.find(key) != nullptr; }
  Mark mark_of(std::string_view key) const;  // of the key's value; of the mapping when it is absent

  const YamlNode* node(std::string_view key, Need need = Need::kOptional);
  // Of a required key also reports an empty text.
  std::string text(std::string_view key, Need need = Need::kOptional,
                   std::string_view fallback = {});
  bool boolean(std::string_view key, bool fallback);  // true/false/on/off/yes/no
  std::uint64_t whole_number(std::string_view key, std::uint64_t fallback, std::uint64_t low,
                             std::uint64_t high);
  double number(std::string_view key, double fallback, double low, double high);
  base::Duration duration(std::string_view key, base::Duration fallback);
  std::vector<std::string> texts(std::string_view key);  // a sequence of scalars, or one scalar
  std::string choice(std::string_view key, const std::vector<std::string>& choices,
                     std::string_view fallback, Need need = Need::kOptional);

  void each(const std::function<void(const YamlMember&)>& visit);  // marks all keys as known
  void done();

 private:
  const YamlNode* scalar(std::string_view key, Need need, std::string_view expected);

  Checker& check_;
  const YamlNode& node_;
  std::string what_;
  bool usable_ = true;
  std::vector<std::string> known_;
};

}  // namespace muster::catalogue
