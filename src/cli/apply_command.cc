// `muster apply FILE` and `muster export`: importers into the service's store and out again.
#include <algorithm>

#include "base/text.h"
#include "catalogue/yaml.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/site_name.h"
#include "cli/store_work.h"
#include "run/definition.h"
#include "store/importers.h"
#include "store/queue.h"
#include "store/store.h"

namespace muster::cli {
namespace {

using catalogue::YamlNode;

// The file may have been saved once more since it was looked at.
base::Status check(const run::Definition& definition, const catalogue::Library& library) {
  const run::ImporterFile file =
      run::load_importers_text(definition.text, definition.importer, library);
  if (!catalogue::has_errors(file.findings)) return {};
  return base::Error{base::ErrorKind::kSettings, "settings",
                     fmt::format("The file was changed a moment ago: {}. Try again.",
                                 file.findings.front().message)};
}

base::Status apply(const ApplyArguments& arguments, const catalogue::Library& library,
                   Console& console) {
  const std::string site = site_name(arguments.site);
  const std::string database = TRY(ready_store_of(arguments.database, site));
  const auto importers = TRY(store::open_importers(database));
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  // By the clock that schedules go by.
  const std::unique_ptr<store::Queue> queue = TRY(store::open_queue(database, *scheduler));
  const base::WallTime at = TRY(queue->now());
  for (const run::Definition& definition : TRY(run::definitions_of(arguments.file))) {
    TRY(check(definition, library));
    const std::optional<store::Importer> before = TRY(importers->find(site, definition.importer));
    store::Change change{.importer = definition.importer, .definition = definition.text};
    change.has_new_schedule = !before || run::schedule_of(before->in_force.definition) !=
                                             run::schedule_of(definition.text);
    store::AuditEntry entry = by_hand(site, "importer.put", definition.importer);
    if (before) entry.before = before->in_force.definition;
    entry.after = definition.text;
    const store::Importer now = TRY(importers->put(site, change, entry.who, at, &entry));
    const bool is_changed = !before || before->in_force.version != now.in_force.version;
    console.out(fmt::format("{}: {}\n", definition.importer,
                            !before      ? "new"
                            : is_changed ? fmt::format("changed, version {}", now.in_force.version)
                                         : "unchanged"));
  }
  return {};
}

// Each once, although every member's definition holds them.
void add_identities(const YamlNode& root, YamlNode& to) {
  const YamlNode* identities = root.find("identities");
  if (identities == nullptr) return;
  const auto name_of = [](const YamlNode& identity) {
    const YamlNode* name = identity.find("name");
    return name == nullptr ? std::string() : name->scalar;
  };
  for (const YamlNode& identity : identities->items) {
    const auto same = [&](const YamlNode& other) { return name_of(other) == name_of(identity); };
    if (std::ranges::none_of(to.items, same)) to.items.push_back(identity);
  }
}

// All importers of the site in one file.
base::Result<std::string> exported(const ExportArguments& arguments) {
  const std::string site = site_name(arguments.site);
  const std::string database = TRY(ready_store_of(arguments.database, site));
  const auto importers = TRY(store::open_importers(database));
  YamlNode all{.kind = YamlNode::Kind::kSequence};
  YamlNode identities{.kind = YamlNode::Kind::kSequence};
  for (const store::Importer& importer : TRY(importers->list(site))) {
    const catalogue::YamlFile file =
        catalogue::parse_yaml(importer.in_force.definition, importer.importer);
    const YamlNode* list = file.root.is_mapping() ? file.root.find("importers") : nullptr;
    if (list == nullptr) {
      return base::Error{base::ErrorKind::kUnavailable, "store_unavailable",
                         fmt::format("What is stored of importer {} is damaged.",
                                     base::printable(importer.importer))};
    }
    all.items.insert(all.items.end(), list->items.begin(), list->items.end());
    add_identities(file.root, identities);
  }
  YamlNode root{.kind = YamlNode::Kind::kMapping, .members = {{.key = "importers", .value = all}}};
  if (!identities.items.empty()) root.members.push_back({.key = "identities", .value = identities});
  return "version: 1\n" + catalogue::to_yaml(root);
}

}  // namespace

int apply_command(const ApplyArguments& arguments, Console& console) {
  const ImporterArguments which{.file = arguments.file, .catalogues = arguments.catalogues};
  if (choose_importers(which, std::nullopt, console).empty()) return kUsage;
  const std::optional<catalogue::Library> library = load_library(arguments.catalogues, console);
  if (!library) return kUsage;
  const base::Status applied = apply(arguments, *library, console);
  if (!applied.ok()) return console.error(applied.error()), exit_code(applied.error());
  return kOk;
}

int export_command(const ExportArguments& arguments, Console& console) {
  const base::Result<std::string> text = exported(arguments);
  if (!text.ok()) return console.error(text.error()), exit_code(text.error());
  console.out(*text);
  return kOk;
}

}  // namespace muster::cli
