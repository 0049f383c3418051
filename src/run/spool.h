// Formatted objects of one data set, waiting in memory until the gate has decided.
//
// Nothing of the source is written to disk. The names of attributes, which are most of an object's
// text, are kept as one byte each; beyond the first megabytes of all runs in this process the rest
// is compressed as well, to about a tenth of the text's size altogether.
// Objects come back in the order they went in. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/formatter.h"

namespace muster::run {

using NamePlace = mapping::Formatter::NamePlace;

class Spool {
 public:
  // `names`: what stands again and again in the objects, such as `,"display_name":`.
  explicit Spool(std::vector<std::string> names = {});
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // `object` must hold no byte below 0x20 (JSON text never does). `places` in their order.
  void add(std::string_view object, std::span<const NamePlace> places = {});
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
    bool open_block();

    const Spool& spool_;
    std::size_t block_ = 0;
    std::size_t at_ = 0;
    std::string packed_;
    std::string text_;
    struct Zstd;
    std::unique_ptr<Zstd> zstd_;
  };

 private:
  void append_short(std::string_view object, std::span<const NamePlace> places);
  void append_long(std::string& out, std::string_view text) const;
  void close_block();
  std::string compress(const std::string& text);
  void compress_plain_blocks();

  struct Zstd;
  std::unique_ptr<Zstd> zstd_;
  const std::vector<std::string> names_;
  std::string open_;                 // the block being filled
  std::vector<std::string> blocks_;  // all plain or all compressed
  std::size_t plain_bytes_ = 0;      // in blocks_
  bool compresses_ = false;
  std::uint64_t size_ = 0;
};

}  // namespace muster::run
