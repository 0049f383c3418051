// `where`: a yes-or-no question about one record, written by an admin.
//
//   department == "Sales" and exists(mail)
//   not (userType in ["Guest", "External"]) and displayName matches "^[A-Z]"
//   createdDateTime >= "2024-01-01" or employeeOrgData.costCenter starts_with "4"
//   proxyAddresses contains "smtp:ops@example.com"
//
// Grammar: or < and < not < comparison. Operands on the left are paths (json/path.h); on the right
// strings in double quotes, numbers, true, false, null, or a [list] for `in`.
// Operators: == != < <= > >= in contains starts_with ends_with matches (RE2, unanchored),
// exists(path).
// Rules:
// - Text compares without case only when written as `==~` / `!=~`.
// - A path with [] or .*, or an array, is true when any element is (`!=`: when none equals).
// - A missing or null value fails every comparison except `!= x`, `== null` and `not exists`.
// - Numbers and RFC 3339 times compare as such when both sides are; a date alone is its first
// moment
//   in UTC. An unquoted number also compares with numbers that the source sends as text.
// - exists() is true for empty text, not for an empty array.
// - In a text only \" and \\ are escapes, so that "^\d+$" is written as it is.
// - A field that is named not stands in quotes: "not" == 1.
// Total and bounded: no loops, no recursion over data, RE2 only; nesting of the text at most 32.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/path.h"
#include "json/value.h"

namespace muster::catalogue {

class Where {
 public:
  Where();  // always true
  // kSettings; the message holds the position ("at character 12") and what was expected.
  static base::Result<Where> parse(std::string_view text);
  Where(Where&&) noexcept;
  Where& operator=(Where&&) noexcept;
  ~Where();
  Where clone() const;  // for another thread

  bool matches(const json::Value& record) const;
  bool always() const { return root_ == nullptr; }
  const std::string& text() const { return text_; }
  // The first keys of all paths: what must be asked of the source so that the answer is right.
  std::vector<std::string> first_keys() const;

  // All paths, each once, in order.
  std::vector<json::Path> paths() const;

  // Each comparison with a text, number or truth value, in order; not those of parts of a text.
  struct Comparison {
    std::string path;
    std::string value;
    bool is_time = false;    // the value is text that is a date, or a date and time
    bool has_order = false;  // < <= > >=
  };
  std::vector<Comparison> comparisons() const;

  struct Node;

 private:
  std::string text_;
  std::unique_ptr<Node> root_;
};

}  // namespace muster::catalogue
