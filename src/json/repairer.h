// Replaces what makes a whole JSON text unreadable for the sake of one character: bytes that are
// not UTF-8 and escaped surrogates without their other half (both seen in real directories).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::json {

class Repairer {
 public:
  // The text so far, repaired; bytes that may belong to an unfinished character wait for the next
  // call unless `last`. The result is valid until the next call, and is `bytes` itself when they
  // needed nothing.
  std::string_view repair(std::string_view bytes, bool last);

  std::uint32_t repaired() const { return repaired_; }

 private:
  std::string_view rewrite(std::string_view text, std::size_t clean, bool last);

  std::string held_;  // at most one surrogate pair without its last digit
  std::string out_;
  std::uint32_t repaired_ = 0;
};

}  // namespace muster::json
