#include "run/importer_file_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace muster::run {
namespace {

using catalogue::Checker;
using catalogue::MappingReader;
using catalogue::YamlMember;
using catalogue::YamlNode;
using mapping::Link;

class Site {
 public:
  Site(Checker& check, std::vector<Importer>& importers, std::vector<Importer>& neighbours)
      : check_(check) {
    for (std::vector<Importer>* list : {&importers, &neighbours}) {
      for (Importer& importer : *list) {
        if (importer.source != nullptr && !importer.name.empty()) all_.push_back(&importer);
      }
    }
  }

  void connect(std::vector<IdentityEntry> identities) {
    for (Importer* importer : all_) resolve_links(*importer);
    place_identities(check_, identities, all_);
    for (Importer* importer : all_) {
      for (auto& [source, link] : importer->selection.links) {
        link.types = types_of(*find(link.importer));
      }
      find_unlinked(*importer);
    }
    share_attributes(check_, identities, all_);
  }

 private:
  Importer* find(std::string_view name) const {
    const auto found =
        std::ranges::find_if(all_, [&](const Importer* each) { return each->name == name; });
    return found == all_.end() ? nullptr : *found;
  }

  // What does not hold is said and let go of, so that nothing else trips over it.
  void resolve_links(Importer& importer) {
    std::map<std::string, Link>& links = importer.selection.links;
    for (auto at = links.begin(); at != links.end();) {
      auto& [source, link] = *at;
      const Importer* other = find(link.importer);
      const std::string problem = problem_with(importer, source, link, other);
      if (problem.empty()) {
        link.source = other->source;
        ++at;
      } else {
        check_.error(link.mark, fmt::format("links: {}", problem));
        at = links.erase(at);
      }
    }
  }

  std::string problem_with(const Importer& importer, const std::string& source, const Link& link,
                           const Importer* other) const {
    if (other == nullptr) {
      std::vector<std::string> names;
      for (const Importer* each : all_) names.push_back(each->name);
      const auto near = base::closest(link.importer, names);
      return fmt::format("there is no importer \"{}\" in this file{}", link.importer,
                         near ? fmt::format("; did you mean \"{}\"?", *near) : "");
    }
    if (other == &importer) return "an importer's references to its own records need no link";
    if (other->source->name != source) {
      return fmt::format("the importer {} reads {}, not {}", other->name, other->source->name,
                         source);
    }
    if (share_a_schema(importer, *other)) return "";
    return fmt::format(
        "{} and {} do not go to one object schema (destination: type, api_url, schema.name), and "
        "references do not leave theirs",
        importer.name, other->name);
  }

  // What an importer sends does not depend on where its own references lead.
  static std::vector<catalogue::ObjectType> types_of(const Importer& importer) {
    mapping::Selection selection = importer.selection;
    selection.links.clear();
    mapping::Plan plan;
    mapping::make_plan(importer.source, selection, importer.name, importer.file, plan);
    return std::move(plan.schema.types);
  }

  void find_unlinked(Importer& importer) const {
    for (const Importer* other : all_) {
      const std::string& source = other->source->name;
      if (source == importer.source->name || importer.selection.links.contains(source)) continue;
      if (share_a_schema(importer, *other))
        importer.selection.unlinked.emplace(source, other->name);
    }
  }

  Checker& check_;
  std::vector<Importer*> all_;
};

}  // namespace

void read_links(Checker& check, MappingReader& importer_map, mapping::Selection& selection) {
  const YamlNode* node = importer_map.node("links");
  if (node == nullptr || node->is_null()) return;
  MappingReader map(check, *node, "links");
  if (!map.usable()) return;
  map.each([&](const YamlMember& member) {
    if (!member.value.is_scalar() || member.value.scalar.empty()) {
      check.error(member.value.mark,
                  fmt::format("links: name the importer of {0}, as {{ {0}: NAME }}", member.key));
      return;
    }
    selection.links[member.key] = {.importer = member.value.scalar, .mark = member.value.mark};
  });
}

bool share_a_schema(const Importer& one, const Importer& other) {
  if (one.destination.type != other.destination.type) return false;
  return one.destination.type == DestinationSettings::Type::kFiles ||
         (one.destination.api_url == other.destination.api_url &&
          one.destination.schema_name == other.destination.schema_name);
}

void connect(Checker& check, std::vector<Importer>& importers, std::vector<Importer>& neighbours,
             std::vector<IdentityEntry> identities) {
  Site(check, importers, neighbours).connect(std::move(identities));
}

}  // namespace muster::run
