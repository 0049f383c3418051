// The importer-file reader: any bytes end in importers or in findings with a place, never in a
// crash.
#include <cstddef>
#include <cstdint>
#include <string>

#include "run/importer.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const muster::catalogue::Library kLibrary = muster::catalogue::Library::bundled();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto file = muster::run::load_importers_text(text, "fuzz.yaml", kLibrary);
  muster::fuzz::require(!file.importers.empty() || !file.findings.empty());
  for (const auto& finding : file.findings) {
    muster::fuzz::require(!finding.message.empty() && finding.mark.line != 0);
    muster::fuzz::require_printable(finding.message);
  }
  return 0;
}
