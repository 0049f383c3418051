// The strict part of reading a request: where its head ends and whether its framing is beyond
// doubt.
//
// A request that two servers could cut differently is how one user's request gets glued to
// another's (request smuggling). Library parsers forgive too much here, so every head passes this
// first.
//
//   HeadScanner scanner;
//   switch (scanner.scan(received)) { ... }        // again with more bytes until complete
//   if (auto fault = check_head(received.substr(0, scanner.length()))) refuse(*fault);
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace muster::net {

// Finds the empty line that ends a head; finds line ends and control bytes that must not be there
// as soon as they arrive, so that such a client need not be waited for.
class HeadScanner {
 public:
  enum class Outcome { kIncomplete, kComplete, kBad };

  // `received` starts with the same bytes as the last time. Costs only the new bytes.
  Outcome scan(std::string_view received);
  // Of the head with its empty line; valid once complete.
  std::size_t length() const { return position_; }

 private:
  std::size_t position_ = 0;
  std::size_t line_start_ = 0;
};

// What is wrong with a complete head, as a short sentence for the answer's body.
std::optional<std::string_view> check_head(std::string_view head);

bool is_token(std::string_view text);        // a header name or method, RFC 9110 section 5.6.2
bool is_field_value(std::string_view text);  // no control bytes but tab, so it cannot end its line

}  // namespace muster::net
