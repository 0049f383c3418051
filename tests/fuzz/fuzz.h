// What the fuzz targets share: cutting an input into its parts, and saying what must hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace muster::fuzz {

inline void require(bool holds, int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "what line %d of the target requires does not hold\n", line);
  std::abort();
}

// A text that may stand in a log or on a terminal.
inline void require_printable(std::string_view text, int line = __builtin_LINE()) {
  const std::string shown = base::printable(text, 10 * text.size() + 10);
  if (shown != text) std::fprintf(stderr, "not printable: %s\n", shown.c_str());
  require(shown == text, line);
}

// Seeds stay readable: a digit chooses the parser, and parts end with the byte 0x1F.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  // '0' is 0; every byte is one of `count`.
  unsigned choice(unsigned count) { return static_cast<std::uint8_t>(byte() - '0') % count; }
  std::string part() {
    const std::size_t end = rest_.find('\x1F');
    std::string taken(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return taken;
  }
  std::string rest() { return std::string(std::exchange(rest_, {})); }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace muster::fuzz
