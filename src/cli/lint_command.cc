// `muster lint FILE`: importer files and catalogue files.
#include <algorithm>

#include "base/text.h"
#include "catalogue/yaml.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"

namespace muster::cli {
namespace {

using catalogue::Findings;

// A catalogue describes one source; an importer file names sources, in `importers`. Whoever forgot
// that key wrote an importer all the same.
bool is_catalogue(const catalogue::YamlNode& root) {
  for (const char* key : {"importers", "source", "destination"}) {
    if (root.find(key) != nullptr) return false;
  }
  for (const char* key : {"data_sets", "sign_in", "addresses", "lanes", "connection", "title"}) {
    if (root.find(key) != nullptr) return true;
  }
  return false;
}

Findings lint_catalogue(const std::string& path, const catalogue::YamlNode& root,
                        const catalogue::Library& library, std::string& summary) {
  catalogue::Loaded loaded = catalogue::load_source_file(path);
  if (loaded.source == nullptr) return std::move(loaded.findings);
  summary = fmt::format("catalogue of {} with {}", loaded.source->title,
                        base::count_of(loaded.source->data_sets.size(), "data set"));
  for (catalogue::Finding& finding : catalogue::check_foreign_targets(root, path, library)) {
    loaded.findings.push_back(std::move(finding));
  }
  const catalogue::YamlNode* name = root.find("name");
  if (name != nullptr && catalogue::Library::bundled().find(loaded.source->name) != nullptr) {
    loaded.findings.push_back(
        {path, name->mark,
         fmt::format("\"{}\" is a source that muster brings along; with --catalogues this file "
                     "takes its place",
                     loaded.source->name),
         true});
  }
  return std::move(loaded.findings);
}

// Secrets need not be where a file is checked (a pipeline for pull requests), so their absence is a
// warning here and an error in every command that signs in.
Findings lint_importers(const std::string& path, const catalogue::Library& library,
                        std::string& summary) {
  run::ImporterFile file = run::load_importers(path, library);
  for (const run::Importer& importer : file.importers) {
    for (catalogue::Finding& finding :
         run::check_places(importer, run::Places::kSourceAndDestination)) {
      finding.is_warning = true;
      file.findings.push_back(std::move(finding));
    }
  }
  std::stable_sort(file.findings.begin(), file.findings.end(), [](const auto& a, const auto& b) {
    return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
  });
  summary = base::count_of(file.importers.size(), "importer");
  return std::move(file.findings);
}

}  // namespace

int lint_command(const LintArguments& arguments, Console& console) {
  const std::optional<catalogue::Library> library = load_library(arguments.catalogues, console);
  if (!library) return kUsage;
  const catalogue::YamlFile yaml = catalogue::read_yaml_file(arguments.file);
  std::string summary;
  const Findings findings = is_catalogue(yaml.root)
                                ? lint_catalogue(arguments.file, yaml.root, *library, summary)
                                : lint_importers(arguments.file, *library, summary);
  for (const catalogue::Finding& finding : findings) {
    console.out(
        console.styled(finding.is_warning ? Style::kWarning : Style::kPlain, finding.text()) +
        "\n");
  }
  if (catalogue::has_errors(findings)) return kUsage;
  console.out(fmt::format("{}: {}, no errors.\n", arguments.file, summary));
  return kOk;
}

}  // namespace muster::cli
