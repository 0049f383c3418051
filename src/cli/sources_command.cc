// `muster sources [SOURCE]`: what can be read, straight from the catalogues.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalogue/embedded.h"
#include "catalogue/source_json.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/source_text.h"
#include "cli/tables.h"
#include "json/writer.h"

namespace muster::cli {
namespace {

std::string list_text(const catalogue::Library& library) {
  Table table({{"source"}, {"title"}, {"data sets", Align::kRight}, {"description"}});
  for (const auto& source : library.all()) {
    const std::string own = library.replaces_bundled(source->name)
                                ? "Your own, in place of the bundled one. "
                            : source->is_bundled ? ""
                                                 : "Your own. ";
    table.add({source->name, source->title, std::to_string(source->data_sets.size()),
               own + source->description});
  }
  return table.text();
}

std::string list_json(const catalogue::Library& library) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const auto& source : library.all()) {
    out.begin_object();
    out.key("name").string(source->name);
    out.key("title").string(source->title);
    out.key("description").string(source->description);
    out.key("bundled").boolean(source->is_bundled);
    if (library.replaces_bundled(source->name)) out.key("replaces_bundled").boolean(true);
    out.key("data_sets").begin_array();
    for (const catalogue::DataSet& set : source->data_sets) out.string(set.name);
    out.end_array();
    out.end_object();
  }
  out.end_array();
  return text;
}

}  // namespace

int sources_command(const SourcesArguments& arguments, Console& console) {
  const std::optional<catalogue::Library> library = load_library(arguments.catalogues, console);
  if (!library) return kUsage;
  if (arguments.yaml && arguments.source.empty()) {
    console.error("--yaml shows the catalogue of one source: muster sources jamf --yaml");
    return kUsage;
  }
  if (arguments.source.empty()) {
    console.out(arguments.json ? list_json(*library) + "\n" : list_text(*library));
    return kOk;
  }
  const std::shared_ptr<const catalogue::Source> source = library->find(arguments.source);
  if (const std::string file = library->unusable_file(arguments.source); !file.empty()) {
    console.error(
        fmt::format("the catalogue of {} cannot be used; `muster lint {}` tells what is "
                    "wrong in it",
                    base::printable(arguments.source), file));
    return kUsage;
  }
  if (source == nullptr) {
    const std::vector<std::string> names = library->names();
    const std::optional<std::string> near = base::closest(arguments.source, names);
    console.error(fmt::format("there is no source \"{}\"; {}", base::printable(arguments.source),
                              near ? fmt::format("did you mean \"{}\"?", *near)
                                   : fmt::format("there are: {}", fmt::join(names, ", "))));
    return kUsage;
  }
  if (arguments.yaml) {
    const auto files = catalogue::embedded_files();
    const auto file = std::ranges::find(files, source->name + ".yaml", &base::EmbeddedFile::name);
    if (!source->is_bundled || file == files.end()) {
      console.error(fmt::format("{} is not bundled: its catalogue file is yours", source->name));
      return kUsage;
    }
    console.out(std::string(file->text));
    return kOk;
  }
  console.out(arguments.json ? catalogue::source_json(*source) + "\n" : source_text(*source));
  return kOk;
}

}  // namespace muster::cli
