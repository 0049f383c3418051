// Push reader: feed bytes as they arrive, get records as they end.
//
// The records are the elements of the array at `records_path` ("value", "results.items"; empty: the
// root array). Everything else of the text is kept as the envelope (next link, totals). Memory: one
// record and the envelope. Document::parse is built on the same parser.
//
//   Reader reader("value", [&](Value record) { ...valid during the call... return true; });
//   TRY(reader.write(chunk)); ...
//   Value envelope = TRY(reader.finish());     // an error unless the text was whole
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/value.h"

namespace muster::json {

class Reader {
 public:
  using RecordSink = std::function<bool(const Value&)>;  // false stops reading (cancelled)

  Reader(std::string records_path, RecordSink sink, const Limits& limits = {});
  ~Reader();

  base::Status write(std::string_view bytes);
  // The text must be complete. The envelope is valid while the Reader lives.
  base::Result<Value> finish();

  bool found_array() const;  // false: the path was absent, null or not an array
  std::uint64_t records() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::json
