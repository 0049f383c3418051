// One record becomes the text of one object. The hot loop of a run.
//
// The text is a JSON object without its closing brace, so that joined references can be appended
// later: `{"object_id":"u-1","display_name":"Ada"`. Empty values are left out (an absent key leaves
// an attribute in Assets as it is) unless send_empty asks for `""` / `[]`.
//
//   Formatter formatter(plan, data_set_index);         // one per thread
//   switch (formatter.format(record, out)) ...          // out is appended to only when kFormatted
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "mapping/plan.h"

namespace muster::mapping {

// A record that cannot become an object. No values: key and field name only.
struct Reject {
  std::string key;     // of the record, cut and made printable; may be empty
  std::string reason;  // empty_key, empty_label, duplicate_key, not_an_object, bad_value, too_large
  std::string detail;  // "employeeHireDate: not a date and time"
};

inline constexpr std::size_t kMaxObjectBytes = std::size_t{1} << 20;  // half a chunk

class Formatter {
 public:
  enum class Verdict { kFormatted, kFiltered, kRejected };

  Formatter(const Plan& plan, std::size_t data_set);
  ~Formatter();

  Verdict format(const json::Value& record, std::string& out);
  // Only the key and `where`: what format() would say, unless the object is too large. For rows, of
  // which most have been seen.
  Verdict look(const json::Value& record);

  // The record's key text (valid until the next call); empty when it has none that can be used.
  std::string_view key() const;
  // After kFormatted: which attributes have a value (bit i = ObjectType::attributes[i]; joined ones
  // are not set here).
  const std::vector<std::uint64_t>& present() const;
  // Where attribute names stand in the text, counted from its beginning, and which of names() each
  // is.
  struct NamePlace {
    std::uint32_t at = 0;
    std::uint32_t name = 0;
  };
  const std::vector<NamePlace>& name_places() const;
  // Always: all names with what separates them, such as `,"display_name":`.
  std::vector<std::string> names() const;
  // After kRejected.
  const Reject& reject() const;
  // Values that could not be brought into their attribute's type and were left out (the record was
  // kept); counted per attribute: index -> how often.
  const std::vector<std::uint64_t>& dropped_values() const;
  void forget_counts();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::mapping
