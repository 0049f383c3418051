// The values of many attributes in one string: half a million objects must fit beside a benchmark.
//
// Layout: { slot:u16, count:u32, count x { size:u32, bytes } } with ascending slots. An attribute
// that is absent has no entry; one that was sent empty has an entry with count 0.
//
//   PackedWriter writer(packed);
//   writer.begin(slot).add("Ada").end();
//   for (std::string_view value : values_at(packed, slot)) ...
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace muster::sandbox::assets {

namespace packed {
template <typename Number>
Number load(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}
template <typename Number>
void store(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
}  // namespace packed

// The values of one attribute; valid as long as the packed string is unchanged.
class Values {
 public:
  class Iterator {
   public:
    Iterator(const char* at, std::uint32_t left) : at_(at), left_(left) {}
    std::string_view operator*() const {
      return {at_ + sizeof(std::uint32_t), packed::load<std::uint32_t>(at_)};
    }
    Iterator& operator++() {
      at_ += sizeof(std::uint32_t) + packed::load<std::uint32_t>(at_);
      --left_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return left_ == other.left_; }
    const char* position() const { return at_; }

   private:
    const char* at_;
    std::uint32_t left_;
  };

  Values() = default;
  Values(const char* first, std::uint32_t count) : first_(first), count_(count) {}

  Iterator begin() const { return {first_, count_}; }
  Iterator end() const { return {nullptr, 0}; }
  std::uint32_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::string_view front() const { return count_ == 0 ? std::string_view() : *begin(); }

 private:
  const char* first_ = nullptr;
  std::uint32_t count_ = 0;
};

// Goes through the entries of a packed string.
class PackedReader {
 public:
  explicit PackedReader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {
    load();
  }
  bool done() const { return at_ == end_; }
  std::uint16_t slot() const { return slot_; }
  Values values() const { return values_; }
  void next();

 private:
  void load();
  const char* at_;
  const char* end_;
  std::uint16_t slot_ = 0;
  Values values_;
};

class PackedWriter {
 public:
  explicit PackedWriter(std::string& out) : out_(out) {}
  PackedWriter& begin(std::uint16_t slot);
  PackedWriter& add(std::string_view value);
  void end();
  void copy(std::uint16_t slot, const Values& values);

 private:
  std::string& out_;
  std::size_t count_at_ = 0;
  std::uint32_t count_ = 0;
};

// Empty when the attribute is absent or empty.
Values values_at(std::string_view packed, std::uint16_t slot);

}  // namespace muster::sandbox::assets
