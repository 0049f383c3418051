#include "cli/importer_choice.h"

#include "base/text.h"

namespace muster::cli {
namespace {

void say_unknown(const ImporterArguments& which, const std::vector<run::Importer>& importers,
                 Console& console) {
  std::vector<std::string> names;
  for (const run::Importer& importer : importers) names.push_back(importer.name);
  const std::optional<std::string> near = base::closest(which.importer, names);
  console.error(fmt::format("{} has no importer \"{}\"; {}", which.file,
                            base::printable(which.importer),
                            near ? fmt::format("did you mean \"{}\"?", *near)
                                 : fmt::format("it has: {}", fmt::join(names, ", "))));
}

}  // namespace

std::optional<catalogue::Library> load_library(const std::string& directory, Console& console) {
  catalogue::Library library = catalogue::Library::bundled();
  if (directory.empty()) return library;
  const catalogue::Findings findings = library.add_directory(directory);
  print_findings(findings, console);
  if (catalogue::has_errors(findings)) return std::nullopt;
  return library;
}

void print_findings(const catalogue::Findings& findings, Console& console) {
  for (const catalogue::Finding& finding : findings) console.err(finding.text() + "\n");
}

std::vector<run::Importer> choose_importers(const ImporterArguments& which,
                                            std::optional<run::Places> places, Console& console) {
  const std::optional<catalogue::Library> library = load_library(which.catalogues, console);
  if (!library) return {};
  run::ImporterFile file = run::load_importers(which.file, *library);
  std::vector<run::Importer> chosen;
  for (const run::Importer& importer : file.importers) {
    if (!which.importer.empty() && importer.name != which.importer) continue;
    chosen.push_back(importer);
    if (!places) continue;
    for (catalogue::Finding& finding : run::check_places(importer, *places)) {
      file.findings.push_back(std::move(finding));
    }
  }
  print_findings(file.findings, console);
  if (catalogue::has_errors(file.findings)) return {};
  if (chosen.empty()) say_unknown(which, file.importers, console);
  return chosen;
}

std::optional<run::Importer> choose_importer(const ImporterArguments& which,
                                             std::optional<run::Places> places, Console& console) {
  std::vector<run::Importer> chosen = choose_importers(which, places, console);
  if (chosen.empty()) return std::nullopt;
  return std::move(chosen.front());
}

}  // namespace muster::cli
