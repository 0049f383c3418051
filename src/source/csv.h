// Comma-separated values as they arrive (RFC 4180: quotes, doubled quotes, line breaks inside
// quotes; LF alone is a line end too), each line as the JSON object of its named columns.
//
//   CsvRecords csv;
//   TRY(csv.write(bytes));  ...  TRY(csv.finish());
//   csv.take(1000);  // up to 1,000 objects as the text of one JSON array
//
// The first line names the columns; a byte order mark before it is none of them. Errors: kMalformed
// `source_protocol` for a line with another number of values, a quote that never ends, a column
// named twice; kLimit `source_protocol` for a value over kMaxCsvValue bytes.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace muster::source {

inline constexpr std::size_t kMaxCsvValue = std::size_t{1} << 20;

class CsvRecords {
 public:
  base::Status write(std::string_view bytes);
  base::Status finish();

  std::size_t waiting() const { return waiting_.size(); }
  std::string take(std::size_t most);

 private:
  enum class Place { kValueBegin, kPlain, kQuoted, kQuoteInQuoted };

  base::Status take_byte(char byte);
  base::Status end_value();
  base::Status end_line();

  Place place_ = Place::kValueBegin;
  bool after_return_ = false;
  std::uint64_t line_ = 1;
  std::string value_;
  std::vector<std::string> values_;
  std::vector<std::string> names_;  // quoted as JSON, with the colon
  bool has_names_ = false;
  std::deque<std::string> waiting_;  // objects
};

}  // namespace muster::source
