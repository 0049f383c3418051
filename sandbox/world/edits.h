// What changes in the tenant between two runs: objects and memberships that vanish, attributes that
// get another value. The world itself stays a function; edits lie over it.
//
//   [{"data_set": "users", "remove_percent": 60},
//    {"data_set": "users", "attribute": "mail", "value": null, "percent": 25},
//    {"data_set": "groups", "remove_first": 3}, {"data_set": "memberships", "remove_percent": 10}]
//
// Which objects a percentage means depends only on the edit's place in the list. Taking edits back
// makes the objects appear again: that is how new ones are played.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "json/value.h"
#include "sandbox/world/guid.h"

namespace muster::sandbox::world {

struct Edit {
  Kind kind = Kind::kUser;
  bool memberships = false;  // concerns rows of member lists, not objects of `kind`
  std::string attribute{};   // empty: removes
  std::string json{};        // the new value
  std::uint32_t percent = 0;
  std::uint32_t first = 0;  // besides: every index below
  std::uint64_t salt = 0;

  bool hits(std::uint64_t index) const {
    return index < first || mix(salt ^ index) % 100 < percent;
  }
};

class Edits {
 public:
  explicit Edits(std::vector<Edit> list);

  bool removes_any() const { return removes_any_; }
  bool removes(const Reference& object) const;
  bool removes_membership(std::uint32_t group, const Reference& member) const;
  // The edits of one attribute, last first; the first that hits decides.
  std::vector<const Edit*> of(Kind kind, std::string_view attribute) const;

 private:
  std::vector<Edit> list_;
  bool removes_any_ = false;
};

class EditBoard {
 public:
  explicit EditBoard(base::Scheduler& scheduler);

  // An array of edits, added to those in force; all or none. kSettings names the mistake.
  base::Status add(const json::Value& edits);
  base::Status add(std::string text);
  void clear();
  // Never null. Any thread.
  std::shared_ptr<const Edits> current() const;

 private:
  mutable base::Monitor monitor_;  // guards list_ and current_
  std::vector<Edit> list_;
  std::shared_ptr<const Edits> current_;
};

}  // namespace muster::sandbox::world
