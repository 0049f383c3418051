// Where the records of a Reader leave the tree.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/arena.h"
#include "json/value.h"

namespace muster::json {

struct RecordOutlet {
  std::vector<std::string> path;  // the keys that lead to the array
  std::function<bool(const Value&)> sink;
  Arena arena{};  // of the record that is being read
  std::uint64_t records = 0;
  bool found = false;
  bool stopped = false;

  bool continues(std::string_view key, std::size_t depth) const {
    return depth < path.size() && path[depth] == key;
  }

  bool emit(const Value& record) {
    ++records;
    stopped = !sink(record);
    arena.clear();
    return !stopped;
  }
};

}  // namespace muster::json
