// The push parser: bytes -> events of a TreeBuilder. Hides Boost.JSON from everybody else.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "json/tree_builder.h"

namespace muster::json {

class Parser {
 public:
  // The builder must outlive the parser. Offsets in errors start at `first_offset`.
  Parser(TreeBuilder& builder, const Limits& limits, std::size_t first_offset = 0);
  ~Parser();

  // `last` ends the text. Errors: kMalformed and kLimit, both `source_protocol`, with the byte
  // offset.
  base::Status write(std::string_view bytes, bool last);

 private:
  struct Engine;
  const std::unique_ptr<Engine> engine_;
};

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

base::Error too_long(const Limits& limits);

}  // namespace muster::json
