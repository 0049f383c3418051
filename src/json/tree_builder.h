// Parser events -> tree of Values. The inside of Document.
//
// Open containers collect their children on two stacks; a closed one is copied to the arena in one
// piece, so that children lie side by side. Events arrive in the order of a valid JSON text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/arena.h"
#include "json/key_set.h"
#include "json/value.h"

namespace muster::json {

class TreeBuilder {
 public:
  // Strings that lie in `borrowed` are pointed to, all others are copied to the arena.
  TreeBuilder(Arena& arena, std::string_view borrowed) : arena_(arena), borrowed_(borrowed) {}

  bool is_at_root() const { return frames_.empty(); }
  const Value& root() const { return root_; }
  // The members of objects in which a key stood more than once.
  std::vector<const void*> take_repeating() { return std::move(repeating_); }

  void begin_object() { open(Container::kObject); }

  void end_object() {
    const std::uint32_t start = frames_.back().start;
    const std::size_t all = members_.size() - start;
    const std::size_t count = unique_members(start);
    const Member* const members = arena_.copy(members_.data() + start, count);
    if (count < all) repeating_.push_back(members);
    members_.resize(start);
    close();
    add(Kind::kObject, members, count);
  }

  void begin_array() { open(Container::kArray); }

  void end_array() {
    const std::uint32_t start = frames_.back().start;
    const std::size_t count = values_.size() - start;
    const Value* const items = arena_.copy(values_.data() + start, count);
    values_.resize(start);
    close();
    add(Kind::kArray, items, count);
  }

  // Parts of a key, string or number that did not arrive in one piece.
  void text_part(std::string_view part) { parts_ += part; }

  void key(std::string_view last_part) {
    const std::string_view name = whole_text(last_part);
    members_.emplace_back().key = name;
  }

  void string(std::string_view last_part) { add_text(Kind::kString, last_part); }
  void number(std::string_view last_part) { add_text(Kind::kNumber, last_part); }
  void boolean(bool value) { add(value ? Kind::kTrue : Kind::kFalse); }
  void null() { add(Kind::kNull); }

 private:
  enum class Container : std::uint8_t { kNone, kObject, kArray };

  struct Frame {
    std::uint32_t start;  // of its children on members_ or values_
    Container outer;
  };

  void open(Container container) {
    const std::size_t start = container == Container::kObject ? members_.size() : values_.size();
    frames_.push_back({static_cast<std::uint32_t>(start), in_});
    in_ = container;
  }

  void close() {
    in_ = frames_.back().outer;
    frames_.pop_back();
  }

  // Each field is stored on its own: a Value put together elsewhere and copied as a whole makes the
  // processor wait for its own stores.
  void add(Kind kind, const void* data = nullptr, std::size_t size = 0) {
    Value& place = in_ == Container::kObject  ? members_.back().value
                   : in_ == Container::kArray ? values_.emplace_back()
                                              : root_;
    place.data_ = data;
    place.size_ = static_cast<std::uint32_t>(size);
    place.kind_ = kind;
  }

  void add_text(Kind kind, std::string_view last_part) {
    const std::string_view text = whole_text(last_part);
    add(kind, text.data(), text.size());
  }

  std::string_view whole_text(std::string_view last_part) {
    if (parts_.empty()) [[likely]] {
      const auto offset = reinterpret_cast<std::uintptr_t>(last_part.data()) -
                          reinterpret_cast<std::uintptr_t>(borrowed_.data());
      return offset < borrowed_.size() ? last_part : arena_.copy(last_part);
    }
    parts_ += last_part;
    const std::string_view text = arena_.copy(parts_);
    parts_.clear();
    return text;
  }

  // Moves the members that count to the front; of one name the last.
  std::size_t unique_members(std::uint32_t start) {
    Member* const members = members_.data() + start;
    const std::size_t count = members_.size() - start;
    return keys_.has_duplicates(members, count) ? keys_.keep_last(members, count) : count;
  }

  Arena& arena_;
  const std::string_view borrowed_;
  Container in_ = Container::kNone;
  Value root_;
  std::vector<Frame> frames_;
  std::vector<Value> values_;    // children of open arrays
  std::vector<Member> members_;  // children of open objects
  std::vector<const void*> repeating_;
  std::string parts_;
  KeySet keys_;
};

}  // namespace muster::json
