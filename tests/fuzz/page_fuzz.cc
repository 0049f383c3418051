// The page decoder: no input may crash it, and the push reader must agree with the document parser
// however the bytes are cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "json/reader.h"
#include "json/value.h"
#include "json/writer.h"
#include "source/listing.h"

using muster::json::Document;
using muster::json::Path;
using muster::json::Reader;
using muster::json::Value;
using muster::json::Writer;

namespace {

std::string text_of(const Value& value) {
  std::string out;
  Writer(out).value(value);
  return out;
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t cut = data[0] + 1;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);

  auto document = Document::parse(text);
  static const muster::catalogue::Request kRequest{.records = *Path::parse("value")};
  std::vector<std::string> expected;
  bool found = false;
  if (document.ok()) {
    // What is written of a parsed value parses again to the same.
    auto again = Document::parse(text_of(document->root()));
    check(again.ok() && text_of(again->root()) == text_of(document->root()));
    auto records = muster::source::find_records(document->root(), kRequest, "fuzz");
    found = records.ok();
    if (found) {
      for (const Value& record : *records) expected.push_back(text_of(record));
    }
  }

  std::vector<std::string> seen;
  Reader reader("value", [&](const Value& record) {
    seen.push_back(text_of(record));
    return true;
  });
  bool good = true;
  for (std::size_t at = 0; good && at < text.size(); at += cut)
    good = reader.write(text.substr(at, cut)).ok();
  good = good && reader.finish().ok();
  // Duplicate "value" members make the two differ by design: the document keeps the last one.
  if (document.ok() && found && good && reader.found_array() && seen.size() == expected.size()) {
    check(seen == expected);
  }
  return 0;
}
