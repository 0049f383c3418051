// The page decoder: no input may crash it, and what it understood means the same when it is written
// and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/value.h"
#include "json/writer.h"
#include "source/listing.h"

using muster::json::Document;
using muster::json::Path;
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
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto document = Document::parse(text);
  if (!document.ok()) return 0;
  auto again = Document::parse(text_of(document->root()));
  check(again.ok() && text_of(again->root()) == text_of(document->root()));
  static const muster::catalogue::Request kRequest{.records = *Path::parse("value")};
  const auto records = muster::source::find_records(*document, document->root(), kRequest, "fuzz");
  if (!records.ok()) return 0;
  // Where nothing stood twice, nothing got lost.
  const auto same = muster::source::find_records(*again, again->root(), kRequest, "fuzz");
  check(same.ok() && same->size() == records->size());
  return 0;
}
