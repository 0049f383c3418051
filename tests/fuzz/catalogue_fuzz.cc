// Catalogue files, the `where` language and paths, as an admin may write them.
#include <algorithm>

#include "catalogue/loader.h"
#include "catalogue/where.h"
#include "catalogue/yaml.h"
#include "json/embedded_json.h"
#include "json/path.h"
#include "json/value.h"
#include "json/writer.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;

void check_findings(const catalogue::Findings& findings, std::string_view text) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n') +
                     std::count(text.begin(), text.end(), '\r') + std::ssize(text) / 2;
  for (const catalogue::Finding& finding : findings) {
    require(!finding.message.empty() && finding.file == "fuzz.yaml");
    require(finding.mark.line >= 1 && finding.mark.column >= 1);
    require(finding.mark.line <= lines + 1);
    fuzz::require_printable(finding.message);
  }
}

// A source or a finding with its place, never neither, never both.
void try_catalogue(Input& input) {
  const std::string table = input.part();
  const std::string text = input.rest();
  const auto file = catalogue::parse_yaml(text, "fuzz.yaml");
  require(file.findings.size() <= 1);
  check_findings(file.findings, text);
  const auto loaded = catalogue::load_source(text, "fuzz.yaml", [&](std::string_view name) {
    return name == "none.tsv" ? std::nullopt : std::optional(table);
  });
  require((loaded.source == nullptr) == catalogue::has_errors(loaded.findings));
  check_findings(loaded.findings, text);
  if (!file.findings.empty()) require(loaded.source == nullptr);
}

// "at character N" lies within the text or at its end.
void check_position(const base::Error& error, std::string_view text) {
  constexpr std::string_view kAt = "at character ";
  require(error.kind == base::ErrorKind::kSettings && error.message.starts_with(kAt));
  const std::string_view rest = std::string_view(error.message).substr(kAt.size());
  const auto position = base::parse_int(rest.substr(0, rest.find(':')));
  require(position && *position >= 1 && *position <= std::ssize(text) + 1);
  fuzz::require_printable(error.message);
}

// An answer is the same for a copy, the opposite behind `not`, and never a crash.
void try_where(Input& input) {
  const std::string text = input.part();
  const std::string body = input.rest();
  const auto record = json::Document::parse(body);
  const auto where = catalogue::Where::parse(text);
  if (!where.ok()) return check_position(where.error(), text);
  require(where->text() == text);
  for (const std::string& key : where->first_keys()) require(!key.empty());
  const auto opposite = catalogue::Where::parse("not (" + text + ")");
  if (!opposite.ok()) {
    const std::string& message = opposite.error().message;
    require(message.find("nested deeper") != std::string::npos ||
            message.find("longer than") != std::string::npos);
  }
  if (!record.ok()) return;
  const bool matches = where->matches(record->root());
  require(where->clone().matches(record->root()) == matches);
  if (opposite.ok()) require(opposite->matches(record->root()) != matches);
}

void try_path(Input& input) {
  const std::string text = input.part();
  const auto path = json::Path::parse(text);
  if (!path.ok()) {
    require(path.error().kind == base::ErrorKind::kSettings);
    return fuzz::require_printable(path.error().message);
  }
  require(path->text() == text);
  const auto record = json::Document::parse(input.rest());
  if (!record.ok()) return;
  const json::Value* first = path->first(record->root());
  const json::Value* first_of_all = nullptr;
  std::size_t count = 0;
  path->each(record->root(), [&](const json::Value& value) {
    if (count++ == 0) first_of_all = &value;
  });
  require(first == first_of_all);
  require(count <= 1 || path->is_plural());
  if (path->names().empty()) return;
  json::EmbeddedJson embedded({*path});
  std::string unfolded;
  json::Writer(unfolded).value(embedded.unfold(record->root()));
  require(json::Document::parse(unfolded).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(3)) {
    case 0: try_catalogue(input); break;
    case 1: try_where(input); break;
    default: try_path(input);
  }
  return 0;
}
