#include "cli/importer_choice.h"

#include "base/text.h"

namespace muster::cli {
namespace {

std::vector<std::string> names_of(const std::vector<run::Importer>& importers) {
  std::vector<std::string> names;
  for (const run::Importer& importer : importers) names.push_back(importer.name);
  return names;
}

const run::Importer* find(const std::vector<run::Importer>& importers, const std::string& name) {
  if (name.empty()) return importers.size() == 1 ? &importers.front() : nullptr;
  for (const run::Importer& importer : importers) {
    if (importer.name == name) return &importer;
  }
  return nullptr;
}

void say_which(const ImporterArguments& which, const std::vector<run::Importer>& importers,
               Console& console) {
  const std::vector<std::string> names = names_of(importers);
  if (which.importer.empty()) {
    console.error(fmt::format("{} has several importers; say which: {}", which.file,
                              fmt::join(names, ", ")));
    return;
  }
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

std::optional<run::Importer> choose_importer(const ImporterArguments& which,
                                             std::optional<run::Places> places, Console& console) {
  const std::optional<catalogue::Library> library = load_library(which.catalogues, console);
  if (!library) return std::nullopt;
  run::ImporterFile file = run::load_importers(which.file, *library);
  const run::Importer* chosen = find(file.importers, which.importer);
  if (chosen != nullptr && places) {
    for (catalogue::Finding& finding : run::check_places(*chosen, *places)) {
      file.findings.push_back(std::move(finding));
    }
  }
  print_findings(file.findings, console);
  if (catalogue::has_errors(file.findings)) return std::nullopt;
  if (chosen == nullptr) {
    say_which(which, file.importers, console);
    return std::nullopt;
  }
  return *chosen;
}

}  // namespace muster::cli
