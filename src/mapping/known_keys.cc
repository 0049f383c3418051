#include "mapping/known_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/text.h"

namespace muster::mapping {
namespace {

constexpr std::size_t kMostNamed = 5;

using Keys = std::set<std::string, std::less<>>;

void add(Keys& keys, std::string_view key) {
  if (!key.empty()) keys.emplace(key);
}

void add(Keys& keys, const std::vector<std::string>& more) {
  keys.insert(more.begin(), more.end());
}

Keys keys_of(const catalogue::Source& source, const catalogue::DataSet& data_set) {
  Keys keys;
  for (const catalogue::Attribute& attribute : data_set.attributes) {
    add(keys, attribute.path.first_key());
    add(keys, attribute.request);
    add(keys, attribute.uses);
  }
  for (const catalogue::Reference& reference : data_set.references) {
    add(keys, reference.path.first_key());
    add(keys, reference.request);
    add(keys, reference.uses);
  }
  for (const catalogue::DataSet& other : source.data_sets) {
    if (other.rows.of == data_set.name) add(keys, other.rows.path.first_key());
  }
  add(keys, data_set.request.fields_always);
  for (const catalogue::Relation& relation : source.relations) {
    if (relation.parent != data_set.name) continue;
    add(keys, relation.hidden_fields);
    add(keys, relation.skip_fields);
  }
  return keys;
}

// Where the catalogue looks in a record.
std::vector<json::Path> paths_of(const catalogue::Source& source,
                                 const catalogue::DataSet& data_set) {
  std::vector<json::Path> paths;
  const auto add_pieces = [&](const std::string& at, const std::vector<catalogue::Piece>& pieces) {
    for (const catalogue::Piece& piece : pieces) {
      const std::string& text = piece.path.text();
      const auto path = json::Path::parse(at.empty() || text.empty() ? at + text : at + "." + text);
      if (path.ok()) paths.push_back(*path);
    }
  };
  const auto add_where = [&](const catalogue::Where& where) {
    for (json::Path& path : where.paths()) paths.push_back(std::move(path));
  };
  for (const catalogue::Attribute& attribute : data_set.attributes) {
    paths.push_back(attribute.path);
    paths.insert(paths.end(), attribute.first_of.begin(), attribute.first_of.end());
    for (const catalogue::Term& term : attribute.sum) paths.push_back(term.path);
    for (const catalogue::Choice& choice : attribute.choices) add_where(choice.when);
    add_pieces("", attribute.compose);
  }
  for (const catalogue::Reference& reference : data_set.references) {
    paths.push_back(reference.path);
    add_where(reference.when);
    add_pieces(reference.path.text(), reference.compose);
  }
  for (const catalogue::DataSet& other : source.data_sets) {
    if (other.rows.of == data_set.name) paths.push_back(other.rows.path);
  }
  add_where(data_set.detail.when);
  for (const catalogue::Relation& relation : source.relations) {
    if (relation.parent != data_set.name) continue;
    add_where(relation.hidden_when);
    add_where(relation.skip_when);
  }
  std::erase_if(paths, [](const json::Path& path) { return path.text().empty(); });
  return paths;
}

}  // namespace

std::string doubt_about_path(const catalogue::Source& source, const catalogue::DataSet& data_set,
                             const json::Path& path) {
  const std::string_view first = path.first_key();
  if (first.empty()) return "";
  if (std::string doubt = doubt_about_key(source, data_set, first); !doubt.empty()) return doubt;
  std::vector<std::string> beside;  // in the same object
  for (const json::Path& known : paths_of(source, data_set)) {
    if (path.overlap(known) != json::Path::Overlap::kNone) return "";
    const bool is_named = std::ranges::find(beside, known.text()) != beside.end();
    if (known.first_key() == first && !is_named) beside.push_back(known.text());
  }
  if (beside.empty()) return "";  // known by its first name alone
  const std::optional<std::string> near = base::closest(path.text(), beside);
  return fmt::format(
      "the catalogue knows no \"{}\" in {}; {}", base::printable(path.text(), 80), data_set.name,
      near ? fmt::format("did you mean \"{}\"?", *near)
           : fmt::format("under {} it knows {}{}", first,
                         fmt::join(beside.begin(),
                                   beside.begin() + static_cast<std::ptrdiff_t>(
                                                        std::min(beside.size(), kMostNamed)),
                                   ", "),
                         beside.size() > kMostNamed ? ", ..." : ""));
}

std::string doubt_about_key(const catalogue::Source& source, const catalogue::DataSet& data_set,
                            std::string_view key) {
  const Keys keys = keys_of(source, data_set);
  if (key.empty() || keys.contains(key)) return "";
  // An attribute of muster's that stands under another name in the record, or in none.
  if (const catalogue::Attribute* attribute = data_set.find_attribute(key)) {
    if (attribute->path.text().empty()) {
      return fmt::format("\"{}\" of {} is worked out by muster and stands in no record", key,
                         data_set.name);
    }
    return fmt::format("\"{}\" of {} {} {}; write that", key, data_set.name,
                       attribute->lookup.empty() ? "stands in the records as" : "is looked up by",
                       attribute->path.text());
  }
  const std::vector<std::string> candidates(keys.begin(), keys.end());
  const std::optional<std::string> near = base::closest(key, candidates);
  return fmt::format("the catalogue knows no \"{}\" in {}; {}", base::printable(key, 80),
                     data_set.name,
                     near ? fmt::format("did you mean \"{}\"?", *near)
                          : "the source is asked for it all the same");
}

}  // namespace muster::mapping
