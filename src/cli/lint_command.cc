// `muster lint FILE`: importer files and catalogue files.
#include <algorithm>

#include "base/text.h"
#include "catalogue/yaml.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"

namespace muster::cli {
namespace {

using catalogue::Findings;

bool is_catalogue(const catalogue::YamlNode& root) {
  if (root.find("importers") != nullptr || root.find("version") != nullptr) return false;
  for (const char* key : {"name", "title", "data_sets", "sign_in", "addresses", "connection"}) {
    if (root.find(key) != nullptr) return true;
  }
  return false;
}

Findings lint_catalogue(const std::string& path, std::string& summary) {
  catalogue::Loaded loaded = catalogue::load_source_file(path);
  if (loaded.source != nullptr) {
    summary = fmt::format("catalogue of {} with {}", loaded.source->title,
                          base::count_of(loaded.source->data_sets.size(), "data set"));
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
                                ? lint_catalogue(arguments.file, summary)
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
