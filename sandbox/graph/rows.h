// What a URL of Graph stands for: a list of rows, from a collection or from a relation of an
// object.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/graph/permissions.h"
#include "sandbox/graph/query.h"
#include "sandbox/graph/quota.h"
#include "sandbox/graph/table.h"

namespace muster::sandbox::graph {

// Rows by position. `table` is null when the rows are of several kinds (directoryObjects); their
// kind then says the table.
struct Rows {
  const Table* table = nullptr;
  std::uint64_t size = 0;
  std::function<world::Reference(std::uint64_t position)> at{};
};

// "/groups/{id}/members" and the like.
struct Relation {
  world::Kind parent;
  std::string_view name;
  Rows (*rows)(const world::World& world, std::uint32_t parent);
  Roles roles;
  std::uint32_t units = 1;
  bool single = false;  // one object or 404
  bool paged = true;    // false: everything at once and no query options
  bool expandable = false;
  bool members = false;  // hidden ones need a permission of their own
};
const Relation* find_relation(world::Kind parent, std::string_view name);
// Members of a group or unit that hides them.
bool hides_members(const world::World& world, const world::Reference& parent);

// "/users" and the like.
struct Collection {
  std::string_view path;
  const Table& (*table)();
  Rows (*rows)(const world::World& world);
  Roles roles;
  world::Kind kind = world::Kind::kOther;  // what {id} is; kOther: no single objects
  std::uint32_t units = 1;
  Allowed allowed{};
  bool counts = false;  // has a "/$count"
  Meter meter = Meter::kIdentity;
  std::uint32_t page = 100;  // rows without $top
  bool single = false;       // one object, no list
  // What {id} means where ids are none of the world's; nullptr: the world knows.
  std::optional<world::Reference> (*find)(const world::World& world, std::string_view id) = nullptr;
  // Whose relations $expand knows although there are no single objects.
  world::Kind expands = world::Kind::kOther;
};
// The collection whose path starts `path` at a segment border; `rest` is what follows.
const Collection* find_collection(std::string_view path, std::string_view& rest);

}  // namespace muster::sandbox::graph
