// Files that a source prepares: the ZIP, and the CSV inside it.
#include "json/value.h"
#include "source/csv.h"
#include "source/zip.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;
using fuzz::require_printable;

base::Result<std::string> read_csv(std::string_view text, std::size_t size) {
  source::CsvRecords csv;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    TRY(csv.write(text.substr(0, size)));
  }
  TRY(csv.finish());
  return csv.take(csv.waiting());
}

// However the bytes arrive, the same comes out, and it is JSON.
void try_csv(Input& input) {
  const std::size_t size = 1 + input.byte() % 7;
  const std::string text = input.rest();
  const auto whole = read_csv(text, text.size() + 1);
  const auto pieces = read_csv(text, size);
  require(whole.ok() == pieces.ok());
  if (!whole.ok()) return require_printable(whole.error().message);
  require(*whole == *pieces);
  require(json::Document::parse(*whole).ok());
}

void try_zip(Input& input) {
  const std::string archive = input.rest();
  auto zip = source::ZipFile::open(archive);
  if (!zip.ok()) return require_printable(zip.error().message);
  // A thousandfold is what deflate can do: more would not be an archive's doing.
  for (std::size_t size = 0;;) {
    const auto piece = zip->next();
    if (!piece.ok()) return require_printable(piece.error().message);
    if (!*piece) return;
    size += (*piece)->size();
    require(size <= archive.size() * 1100 + 100);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  input.choice(2) == 0 ? try_csv(input) : try_zip(input);
  return 0;
}
