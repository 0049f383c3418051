// Lookup tables: lines of `value<TAB>text`; lines that begin with # are comments.
#include "base/text.h"
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

void read_rows(Loading& loading, std::string_view text, const std::string& file, Mark mark,
               LookupTable& table) {
  std::size_t number = 0;
  for (std::string_view line : base::split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t tab = line.find('\t');
    const bool is_row = tab != std::string_view::npos && tab > 0 && tab + 1 < line.size();
    if (!is_row) {
      loading.check.error(mark, fmt::format("{} line {}: must be VALUE<TAB>TEXT", file, number));
    } else if (!table.rows.emplace(line.substr(0, tab), line.substr(tab + 1)).second) {
      loading.check.error(mark, fmt::format("{} line {}: \"{}\" stands in the table twice", file,
                                            number, base::printable(line.substr(0, tab), 60)));
    }
  }
}

}  // namespace

void load_tables(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"tables\"");
  map.each([&](const YamlMember& member) {
    LookupTable table;
    table.name = member.key;
    const std::string file = map.text(member.key);
    // A bare name, so that a catalogue cannot make us read from elsewhere.
    const bool is_bare = file.find_first_of("/\\") == std::string::npos && !file.starts_with('.');
    const auto text = is_bare && loading.read_table ? loading.read_table(file) : std::nullopt;
    if (text) {
      read_rows(loading, *text, file, member.value.mark, table);
    } else {
      loading.check.error(member.value.mark,
                          fmt::format("there is no table file \"{}\" beside the catalogue",
                                      base::printable(file, 80)));
    }
    loading.source.tables.push_back(std::move(table));
  });
}

}  // namespace muster::catalogue
