#include "mapping/known_keys.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/text.h"

namespace muster::mapping {
namespace {

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

}  // namespace

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
