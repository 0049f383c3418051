// A compiled path into a record: "mail", "employeeOrgData.costCenter", "assignedLicenses[].skuId",
// "phones[0].number", "\"@odata.type\"" (quotes for keys that contain a dot or bracket).
//
// `[]` means every element, `.*` the value of every member of an object, `[name=Battery]` the
// first element whose member "name" has this text ("..." around it when it holds a bracket), and
// `[][name=Battery]` all of them. A path that meets an array where it expects an object looks at
// nothing.
// Compiled once per run; first() and each() allocate nothing and remember where keys stood last
// time, so one Path object must be used by one thread (copy it for others).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace muster::json {

// The bracket that closes the one at `open`; quotes between them may hold others. npos: none does.
std::size_t end_of_bracket(std::string_view text, std::size_t open);

class Path {
 public:
  Path() = default;  // the value itself
  // kSettings with the offending position in the message.
  static base::Result<Path> parse(std::string_view text);

  // The first value at the path; nullptr when there is none. A JSON null is a value.
  const Value* first(const Value& from) const;

  template <typename Visit>  // void(const Value&)
  void each(const Value& from, Visit&& visit) const {
    walk(from, 0, visit);
  }
  // The same, but of an array at the end its elements.
  template <typename Visit>
  void each_item(const Value& from, Visit&& visit) const {
    each(from, [&](const Value& value) {
      if (!value.is_array()) {
        visit(value);
        return;
      }
      for (const Value& item : value.items()) visit(item);
    });
  }

  // How many values stand where the path needs another kind to go on: text or an object where it
  // looks for a list, text or a list where it looks for a member. What is null or empty is only
  // absent. With kText, lists of lists and objects at the end count too.
  enum class End { kAny, kText };
  std::size_t misfits(const Value& from, End end) const;

  bool is_plural() const;  // contains [] or .*
  bool is_one_key() const { return steps_.size() == 1 && steps_[0].kind == Step::Kind::kKey; }
  const std::string& text() const { return text_; }
  // The keys, when the path is nothing but keys ("a.b"); empty otherwise.
  std::vector<std::string> names() const;
  // Whether this path may show something of what stands at the other one. Which element of a list a
  // path names makes no difference, and `.*` meets every name.
  enum class Overlap {
    kNone,
    kHolds,  // it ends before: what it shows holds the other one
    kMaybe,  // a `.*` of it may lead there
    kWithin  // it leads there or further into it
  };
  Overlap overlap(const Path& other) const;
  // The first key: what a field list such as $select has to name. Empty for the value itself.
  std::string_view first_key() const;

 private:
  struct Step {
    enum class Kind : std::uint8_t { kKey, kIndex, kEach, kEveryMember, kMatching } kind;
    std::uint32_t index = 0;
    std::string key{};
    std::string text{};  // kMatching: what the member `key` must say
    mutable std::uint32_t hint = 0;
  };

  static bool matches(const Step& step, const Value& item) {
    const Value* member = item.find(step.key, step.hint);
    if (member == nullptr || member->is_null() || member->is_object() || member->is_array()) {
      return false;
    }
    return scalar_text(*member) == step.text;
  }

  static bool is_nothing(const Value& value) {
    if (value.is_object()) return value.members().empty();
    return value.is_array() ? value.items().empty() : scalar_text(value).empty();
  }
  std::size_t misfits_from(const Value& at, std::size_t step, End end) const;

  template <typename Visit>
  void walk(const Value& at, std::size_t step, Visit&& visit) const {
    if (step == steps_.size()) {
      visit(at);
      return;
    }
    const Step& now = steps_[step];
    switch (now.kind) {
      case Step::Kind::kKey:
        if (const Value* next = at.find(now.key, now.hint)) walk(*next, step + 1, visit);
        return;
      case Step::Kind::kIndex:
        if (now.index < at.items().size()) walk(at.items()[now.index], step + 1, visit);
        return;
      case Step::Kind::kEach:
        for (const Value& item : at.items()) walk(item, step + 1, visit);
        return;
      case Step::Kind::kEveryMember:
        for (const Member& member : at.members()) walk(member.value, step + 1, visit);
        return;
      case Step::Kind::kMatching:
        if (matches(now, at)) return walk(at, step + 1, visit);
        for (const Value& item : at.items()) {
          if (matches(now, item)) return walk(item, step + 1, visit);
        }
        return;
    }
  }

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace muster::json
