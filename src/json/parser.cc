#include "json/parser.h"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <limits>

#include "base/text.h"

namespace muster::json {
namespace {

using base::Error;
using base::ErrorKind;
using boost::json::error;
using boost::json::error_code;
using Text = boost::json::string_view;

constexpr std::size_t kLargestCount = std::numeric_limits<std::uint32_t>::max();

std::string_view view(Text text) { return {text.data(), text.size()}; }

// What Boost.JSON calls.
struct Handler {
  static constexpr std::size_t max_array_size = kLargestCount;
  static constexpr std::size_t max_object_size = kLargestCount;
  static constexpr std::size_t max_string_size = kLargestCount;
  static constexpr std::size_t max_key_size = kLargestCount;

  TreeBuilder& builder;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return builder.begin_object(), true; }
  bool on_object_end(std::size_t, error_code&) { return builder.end_object(), true; }
  bool on_array_begin(error_code&) { return builder.begin_array(), true; }
  bool on_array_end(std::size_t, error_code&) { return builder.end_array(), true; }
  bool on_key_part(Text part, std::size_t, error_code&) {
    return builder.text_part(view(part)), true;
  }
  bool on_key(Text last, std::size_t, error_code&) { return builder.key(view(last)), true; }
  bool on_string_part(Text part, std::size_t, error_code&) {
    return builder.text_part(view(part)), true;
  }
  bool on_string(Text last, std::size_t, error_code&) { return builder.string(view(last)), true; }
  bool on_number_part(Text part, error_code&) { return builder.text_part(view(part)), true; }
  bool on_int64(std::int64_t, Text last, error_code&) { return on_number(last); }
  bool on_uint64(std::uint64_t, Text last, error_code&) { return on_number(last); }
  bool on_double(double, Text last, error_code&) { return on_number(last); }
  bool on_number(Text last) { return builder.number(view(last)), true; }
  bool on_bool(bool value, error_code&) { return builder.boolean(value), true; }
  bool on_null(error_code&) { return builder.null(), true; }
  bool on_comment_part(Text, error_code&) { return true; }
  bool on_comment(Text, error_code&) { return true; }
};

boost::json::parse_options options_of(const Limits& limits) {
  boost::json::parse_options options;
  options.max_depth = limits.max_depth;
  return options;
}

Error unusable(ErrorKind kind, std::string_view what, std::size_t offset) {
  return {kind, "source_protocol",
          fmt::format("The JSON text is unusable: {} at byte {}.", what, offset)};
}

}  // namespace

struct Parser::Engine {
  Engine(TreeBuilder& tree, const Limits& limits, std::size_t first_offset)
      : builder(tree), parser(options_of(limits), Handler{tree}), offset(first_offset) {}

  // `rest` begins where the parser stopped.
  Error explain(error_code code, std::string_view rest) const {
    if (code == error::too_deep) return unusable(ErrorKind::kLimit, "nested too deeply", offset);
    if (code == error::array_too_large || code == error::object_too_large ||
        code == error::string_too_large || code == error::key_too_large ||
        code == error::exponent_overflow) {
      return unusable(ErrorKind::kLimit, "too large a value", offset);
    }
    if (code == error::incomplete) {
      return unusable(ErrorKind::kMalformed, offset == 0 ? "empty" : "cut off", offset);
    }
    const bool is_markup = builder.is_at_root() && rest.starts_with('<');
    return unusable(ErrorKind::kMalformed,
                    is_markup ? "HTML or XML instead of JSON" : "a syntax error", offset);
  }

  TreeBuilder& builder;
  boost::json::basic_parser<Handler> parser;
  std::size_t offset;
};

Parser::Parser(TreeBuilder& builder, const Limits& limits, std::size_t first_offset)
    : engine_(std::make_unique<Engine>(builder, limits, first_offset)) {}

Parser::~Parser() = default;

base::Status Parser::write(std::string_view bytes, bool last) {
  error_code code;
  const std::size_t used = engine_->parser.write_some(!last, bytes.data(), bytes.size(), code);
  engine_->offset += used;
  if (code) return engine_->explain(code, bytes.substr(used));
  if (used < bytes.size()) {
    return unusable(ErrorKind::kMalformed, "more text after the end", engine_->offset);
  }
  return {};
}

base::Error too_long(const Limits& limits) {
  return {ErrorKind::kLimit, "source_protocol",
          fmt::format("The JSON text is longer than {}.", base::format_bytes(limits.max_bytes))};
}

}  // namespace muster::json
