// Formatted objects of one data set, waiting compressed in memory until the gate has decided.
//
// Nothing of the source is written to disk; about a tenth of the text's size stays in memory.
// Objects come back in the order they went in. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::run {

class Spool {
 public:
  Spool();
  ~Spool();
  Spool(Spool&&) noexcept;

  // `object` must not contain a raw newline (JSON text never does).
  void add(std::string_view object);
  void clear();
  std::uint64_t size() const { return size_; }  // objects
  std::size_t memory() const;                   // bytes held

  // Reads from the first object on. The spool must not change meanwhile.
  class Reader {
   public:
    explicit Reader(const Spool& spool);
    ~Reader();
    // False at the end. The view is valid until the next call.
    bool next(std::string_view& object);

   private:
    const Spool& spool_;
    std::size_t block_ = 0;
    std::size_t at_ = 0;
    std::string text_;
    struct Zstd;
    std::unique_ptr<Zstd> zstd_;
  };

 private:
  void close_block();

  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
  std::string open_;                 // the block being filled, plain
  std::vector<std::string> blocks_;  // compressed
  std::uint64_t size_ = 0;
};

}  // namespace muster::run
