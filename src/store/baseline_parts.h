// What a memory is made of: its data sets and a hash of each block, kept beside the memory's name.
// A block that got lost, or was taken for another one's, is told from one that never was. Internal
// to the room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace muster::store {

class BaselineParts {
 public:
  // Absent: not as text() wrote it.
  static std::optional<BaselineParts> read(std::string_view text);
  std::string text() const;

  void set(const std::string& data_set, std::string_view block);
  void remove(const std::string& data_set) { hashes_.erase(data_set); }
  bool is_as_noted(const std::string& data_set, std::string_view block) const;
  const std::map<std::string, std::string>& hashes() const { return hashes_; }  // by data set

 private:
  std::map<std::string, std::string> hashes_;
};

}  // namespace muster::store
