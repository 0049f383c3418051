// Parser events -> tree of Values. The inside of Document and Reader.
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
#include "json/record_outlet.h"
#include "json/value.h"

namespace muster::json {

class TreeBuilder {
 public:
  // Strings that lie in `borrowed` are pointed to, all others are copied to the arena. With an
  // outlet, the elements of the array at its path leave through it instead of staying in the tree.
  TreeBuilder(Arena& arena, std::string_view borrowed, RecordOutlet* outlet = nullptr)
      : arena_(&arena),
        envelope_(&arena),
        borrowed_(borrowed),
        outlet_(outlet),
        next_is_on_path_(outlet != nullptr) {}

  bool is_at_root() const { return frames_.empty(); }
  bool was_stopped() const { return outlet_ != nullptr && outlet_->stopped; }
  const Value& root() const { return root_; }

  void begin_object() { open(Container::kObject); }

  bool end_object() {
    const std::uint32_t start = frames_.back().start;
    const std::size_t count = unique_members(start);
    const Member* const members = arena_->copy(members_.data() + start, count);
    members_.resize(start);
    close();
    return add(Kind::kObject, members, count);
  }

  void begin_array() {
    const bool holds_records = next_is_on_path_ && frames_.size() == outlet_->path.size();
    open(holds_records ? Container::kRecords : Container::kArray);
    if (holds_records) {
      outlet_->found = true;
      arena_ = &outlet_->arena;
    }
  }

  bool end_array() {
    if (in_ == Container::kRecords) arena_ = envelope_;
    const std::uint32_t start = frames_.back().start;
    const std::size_t count = values_.size() - start;
    const Value* const items = arena_->copy(values_.data() + start, count);
    values_.resize(start);
    close();
    return add(Kind::kArray, items, count);
  }

  // Parts of a key, string or number that did not arrive in one piece.
  void text_part(std::string_view part) { parts_ += part; }

  // False when the array of records stands a second time: which one counts would be a guess.
  bool key(std::string_view last_part) {
    const std::string_view name = whole_text(last_part);
    members_.emplace_back().key = name;
    next_is_on_path_ = frames_.back().is_on_path && outlet_->continues(name, frames_.size() - 1);
    return !next_is_on_path_ || !outlet_->found;
  }

  bool string(std::string_view last_part) { return add_text(Kind::kString, last_part); }
  bool number(std::string_view last_part) { return add_text(Kind::kNumber, last_part); }
  bool boolean(bool value) { return add(value ? Kind::kTrue : Kind::kFalse); }
  bool null() { return add(Kind::kNull); }

 private:
  enum class Container : std::uint8_t { kNone, kObject, kArray, kRecords };

  struct Frame {
    std::uint32_t start;  // of its children on members_ or values_
    Container outer;
    bool is_on_path;  // of the outlet
  };

  void open(Container container) {
    const std::size_t start = container == Container::kObject ? members_.size() : values_.size();
    frames_.push_back({static_cast<std::uint32_t>(start), in_, next_is_on_path_});
    next_is_on_path_ = false;
    in_ = container;
  }

  void close() {
    in_ = frames_.back().outer;
    frames_.pop_back();
  }

  // False when the outlet asked to stop. Each field is stored on its own: a Value put together
  // elsewhere and copied as a whole makes the processor wait for its own stores.
  bool add(Kind kind, const void* data = nullptr, std::size_t size = 0) {
    Value record;
    Value& place = in_ == Container::kObject  ? members_.back().value
                   : in_ == Container::kArray ? values_.emplace_back()
                   : in_ == Container::kNone  ? root_
                                              : record;
    place.data_ = data;
    place.size_ = static_cast<std::uint32_t>(size);
    place.kind_ = kind;
    return in_ != Container::kRecords || outlet_->emit(record);
  }

  bool add_text(Kind kind, std::string_view last_part) {
    const std::string_view text = whole_text(last_part);
    return add(kind, text.data(), text.size());
  }

  std::string_view whole_text(std::string_view last_part) {
    if (parts_.empty()) [[likely]] {
      const auto offset = reinterpret_cast<std::uintptr_t>(last_part.data()) -
                          reinterpret_cast<std::uintptr_t>(borrowed_.data());
      return offset < borrowed_.size() ? last_part : arena_->copy(last_part);
    }
    parts_ += last_part;
    const std::string_view text = arena_->copy(parts_);
    parts_.clear();
    return text;
  }

  // Moves the members that count to the front; of one name the last.
  std::size_t unique_members(std::uint32_t start) {
    Member* const members = members_.data() + start;
    const std::size_t count = members_.size() - start;
    return keys_.has_duplicates(members, count) ? keys_.keep_last(members, count) : count;
  }

  Arena* arena_;  // where children go now: the envelope's or the outlet's
  Arena* const envelope_;
  const std::string_view borrowed_;
  RecordOutlet* const outlet_;
  bool next_is_on_path_;  // the value that comes next
  Container in_ = Container::kNone;
  Value root_;
  std::vector<Frame> frames_;
  std::vector<Value> values_;    // children of open arrays
  std::vector<Member> members_;  // children of open objects
  std::string parts_;
  KeySet keys_;
};

}  // namespace muster::json
