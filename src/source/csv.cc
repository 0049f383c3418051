#include "source/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "json/parser.h"
#include "json/writer.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

Error malformed(std::string message) {
  return {ErrorKind::kMalformed, "source_protocol", std::move(message)};
}

}  // namespace

Status CsvRecords::write(std::string_view bytes) {
  for (const char byte : bytes) TRY(take_byte(byte));
  return {};
}

Status CsvRecords::take_byte(char byte) {
  if (std::exchange(after_return_, false) && byte == '\n') return {};
  switch (place_) {
    case Place::kValueBegin:
      if (byte == '"') {
        place_ = Place::kQuoted;
        return {};
      }
      place_ = Place::kPlain;
      [[fallthrough]];
    case Place::kPlain:
    case Place::kQuoteInQuoted:
      if (byte == ',') return end_value();
      if (byte == '\r' || byte == '\n') {
        after_return_ = byte == '\r';
        return end_line();
      }
      if (place_ == Place::kQuoteInQuoted && byte != '"') {
        return malformed(fmt::format("Line {} of the file has text after a quoted value.", line_));
      }
      if (place_ == Place::kQuoteInQuoted) place_ = Place::kQuoted;
      break;
    case Place::kQuoted:
      if (byte == '"') {
        place_ = Place::kQuoteInQuoted;
        return {};
      }
      break;
  }
  if (value_.size() == kMaxCsvValue) {
    return Error{ErrorKind::kLimit, "source_protocol",
                 fmt::format("Line {} of the file has a value of more than {}.", line_,
                             base::format_bytes(kMaxCsvValue))};
  }
  value_ += byte;
  return {};
}

Status CsvRecords::end_value() {
  values_.push_back(std::exchange(value_, {}));
  place_ = Place::kValueBegin;
  return {};
}

Status CsvRecords::end_line() {
  // A line without anything separates nothing.
  const bool is_blank = values_.empty() && value_.empty() && place_ == Place::kPlain;
  if (is_blank) {
    place_ = Place::kValueBegin;
    return {};
  }
  TRY(end_value());
  if (!std::exchange(has_names_, true)) {
    if (values_[0].starts_with(json::kByteOrderMark))
      values_[0].erase(0, json::kByteOrderMark.size());
    for (const std::string& name : values_) {
      std::string quoted;
      json::append_quoted(quoted, name);
      quoted += ':';
      if (std::find(names_.begin(), names_.end(), quoted) != names_.end()) {
        return malformed(
            fmt::format("The file names the column \"{}\" twice.", base::printable(name)));
      }
      names_.push_back(std::move(quoted));
    }
    values_.clear();
    ++line_;
    return {};
  }
  if (values_.size() != names_.size()) {
    return malformed(fmt::format("Line {} of the file has {} where the first line names {}.", line_,
                                 base::count_of(values_.size(), "value"), names_.size()));
  }
  std::string object = "{";
  for (std::size_t at = 0; at < values_.size(); ++at) {
    if (at != 0) object += ',';
    object += names_[at];
    json::append_quoted(object, values_[at]);
  }
  object += '}';
  waiting_.push_back(std::move(object));
  values_.clear();
  ++line_;
  return {};
}

Status CsvRecords::finish() {
  if (place_ == Place::kQuoted) return malformed("The file ends inside a quoted value.");
  if (place_ != Place::kValueBegin || !values_.empty()) TRY(end_line());
  if (!has_names_) return malformed("The file is empty; not even its columns are named.");
  return {};
}

std::string CsvRecords::take(std::size_t most) {
  std::string array = "[";
  for (std::size_t taken = 0; taken < most && !waiting_.empty(); ++taken) {
    if (taken != 0) array += ',';
    array += waiting_.front();
    waiting_.pop_front();
  }
  array += ']';
  return array;
}

}  // namespace muster::source
