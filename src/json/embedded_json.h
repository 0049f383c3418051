// Texts inside a record that are JSON themselves, read as what they say: {"meta":"{\"os\":\"x\"}"}
// as
// {"meta":{"os":"x"}}.
//
//   EmbeddedJson embedded({*Path::parse("meta.gohai")});
//   const Value whole = embedded.unfold(record);
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "json/path.h"
#include "json/value.h"

namespace muster::json {

class EmbeddedJson {
 public:
  // Paths of names only, looked at in their order: a later one may lead into an earlier one's text.
  explicit EmbeddedJson(const std::vector<Path>& paths);

  // The record with these texts parsed. What is no JSON is left out; what is no text stays. Valid
  // until the next call and as long as the record is.
  Value unfold(const Value& record);
  // Texts of the last record that were left out; empty ones do not count.
  std::uint32_t unreadable() const { return unreadable_; }

 private:
  Value unfold(const Value& at, std::span<const std::string> names);
  Value replaced(const Value& object, std::size_t member, const Value* by);

  std::vector<std::vector<std::string>> paths_;
  std::vector<Document> documents_;
  std::deque<std::vector<Member>> members_;  // of objects that had to be made anew
  std::uint32_t unreadable_ = 0;
};

}  // namespace muster::json
