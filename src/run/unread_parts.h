// Parts of records that a lenient source sends as null because it could not read them
// (catalogue::DataSet::null_is_unread).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/value.h"
#include "mapping/plan.h"

namespace muster::run {

// For the mapping thread.
class UnreadParts {
 public:
  explicit UnreadParts(const mapping::DataSetPlan& set);

  void look(const json::Value& record, std::string_view key);
  void forget();
  // A sentence for the report, with the keys of a few such records; empty: all was read.
  std::string notice() const;

 private:
  struct Part {
    std::string name;
    bool was_null = false;
  };

  std::string data_set_;
  std::vector<Part> parts_;  // objects and lists that something selected stands in
  std::uint64_t records_ = 0;
  std::vector<std::string> keys_;
};

}  // namespace muster::run
