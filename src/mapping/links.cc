#include "mapping/links.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::mapping {
namespace {

template <typename Named>
std::string did_you_mean(const std::string& word, const std::vector<Named>& candidates) {
  std::vector<std::string> names;
  for (const Named& each : candidates) names.push_back(each.name);
  const auto near = base::closest(word, names);
  return near ? fmt::format("; did you mean \"{}\"?", *near) : std::string();
}

LinkEnd mistaken(std::string text) { return {.mistake = std::move(text)}; }
LinkEnd switched_off(std::string text) { return {.off = std::move(text)}; }

}  // namespace

LinkEnd find_link_end(const Selection& selection, const std::string& source,
                      const std::string& data_set, const std::string& attribute) {
  const auto named = selection.links.find(source);
  if (named == selection.links.end()) {
    const auto candidate = selection.unlinked.find(source);
    return mistaken(
        fmt::format("it leads into {0}, and no importer of {0} is named under `links`: "
                    "{{ {0}: {1} }}",
                    source, candidate == selection.unlinked.end() ? "NAME" : candidate->second));
  }
  const Link& link = named->second;
  // What is wrong with it is said where it is named.
  if (link.source == nullptr) {
    return switched_off(fmt::format("nothing is known of the importer {}", link.importer));
  }
  const catalogue::DataSet* set = link.source->find_data_set(data_set);
  if (set == nullptr) {
    return mistaken(fmt::format("{} has no data set \"{}\"{}", source, data_set,
                                did_you_mean(data_set, link.source->data_sets)));
  }
  const std::string& name = attribute.empty() ? set->key : attribute;
  const catalogue::Attribute* wanted = set->find_attribute(name);
  if (wanted == nullptr) {
    return mistaken(fmt::format("{} of {} has no attribute \"{}\"{}", data_set, source, name,
                                did_you_mean(name, set->attributes)));
  }
  const auto type = std::ranges::find(link.types, data_set, &catalogue::ObjectType::data_set);
  if (type == link.types.end()) {
    return switched_off(
        fmt::format("the data set {} of the importer {} is off", data_set, link.importer));
  }
  const auto found =
      std::ranges::find(type->attributes, wanted->locator, &catalogue::ObjectAttribute::locator);
  if (found == type->attributes.end()) {
    return switched_off(
        fmt::format("the importer {} does not bring \"{}\" of {}", link.importer, name, data_set));
  }
  return {.attribute = &*found, .link = &link, .type = &*type};
}

void point(catalogue::ObjectAttribute& from, const LinkEnd& to) {
  from.type = catalogue::AttributeType::kReference;
  from.target_type = to.type->external_id;
  from.target_name = to.type->name;
  from.target_importer = to.link->importer;
  from.target_attribute = to.attribute->name;
}

}  // namespace muster::mapping
