// Memory for one document: handed out by moving a pointer, given back all at once.
//
// One thread. What it hands out is never destroyed, only forgotten.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace muster::json {

class Arena {
 public:
  explicit Arena(std::size_t first_block = 4096)
      : next_size_(std::clamp<std::size_t>(first_block, 256, kLargestBlock)) {}

  Arena(Arena&&) = delete;

  template <typename T>
  const T* copy(const T* from, std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (count == 0) return nullptr;
    void* const to = allocate(count * sizeof(T), alignof(T));
    std::memcpy(to, from, count * sizeof(T));
    return static_cast<const T*>(to);
  }

  std::string_view copy(std::string_view text) {
    return {copy(text.data(), text.size()), text.size()};
  }

  // Forgets everything; the last block stays for what comes next.
  void clear() {
    if (blocks_.empty()) return;
    if (blocks_.size() > 1) {
      std::swap(blocks_.front(), blocks_.back());
      blocks_.resize(1);
    }
    at_ = blocks_.front().bytes.get();
    end_ = at_ + blocks_.front().size;
  }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };

  // Below the size from which malloc maps and unmaps pages for every single block.
  static constexpr std::size_t kLargestBlock = std::size_t{96} << 10;

  void* allocate(std::size_t bytes, std::size_t alignment) {
    const std::size_t padding = (0 - reinterpret_cast<std::uintptr_t>(at_)) & (alignment - 1);
    if (bytes + padding > static_cast<std::size_t>(end_ - at_)) [[unlikely]] {
      add_block(bytes);
      return std::exchange(at_, at_ + bytes);
    }
    std::byte* const start = at_ + padding;
    at_ = start + bytes;
    return start;
  }

  void add_block(std::size_t needed) {
    const std::size_t size = std::max(needed, next_size_);
    next_size_ = std::min(next_size_ * 2, kLargestBlock);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
    at_ = blocks_.back().bytes.get();
    end_ = at_ + size;
  }

  std::vector<Block> blocks_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t next_size_;
};

}  // namespace muster::json
