#include "run/importer_file_identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalogue/titles.h"
#include "mapping/identifier_value.h"

namespace muster::run {
namespace {

using catalogue::Checker;
using catalogue::IdentifierKind;
using catalogue::MappingReader;
using catalogue::Mark;
using catalogue::Need;
using catalogue::ObjectAttribute;
using catalogue::YamlMember;
using catalogue::YamlNode;
using mapping::Identity;
using mapping::IdentityPlace;
using mapping::SharedAttribute;

constexpr std::uint64_t kMostShared = 1000;

std::string read_name(Checker& check, MappingReader& map) {
  std::string name = map.text("name", Need::kRequired);
  const bool good =
      !name.empty() && name.size() <= 64 &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (!name.empty() && !good) {
    check.error(map.mark_of("name"),
                "name: up to 64 small letters, digits and _; it becomes part of the ids in Assets");
  }
  return name;
}

void read_match(Checker& check, MappingReader& map, Identity& identity) {
  for (const std::string& text : map.texts("match")) {
    const auto kind = catalogue::identifier_kind(text);
    if (!kind) {
      check.unknown(map.mark_of("match"), "identifier", text, catalogue::identifier_kinds());
    } else if (std::ranges::find(identity.match, *kind) == identity.match.end()) {
      identity.match.push_back(*kind);
    }
  }
  if (identity.match.empty() && !map.has("match")) {
    check.error(map.mark(),
                fmt::format("match: name what identifies a record, the strongest first: "
                            "[{}]",
                            fmt::join(catalogue::identifier_kinds(), ", ")));
  }
}

// The sentence is what matters: nobody can ask Assets.
void read_missing_objects(Checker& check, MappingReader& map) {
  if (map.text("missing_objects") == "ignore") return;
  check.error(map.mark_of("missing_objects"),
              "missing_objects: an object type that several importers fill must keep what one of "
              "them does not have. Set Missing objects to Ignore for it in the mapping of each "
              "import source in Assets, then say so here: missing_objects: ignore");
}

void read_identifiers(Checker& check, const YamlNode& node, IdentityPlace& place) {
  MappingReader map(check, node, "identifiers");
  if (!map.usable()) return;
  map.each([&](const YamlMember& member) {
    const auto kind = catalogue::identifier_kind(member.key);
    if (!kind) {
      return check.unknown(member.mark, "identifier", member.key, catalogue::identifier_kinds());
    }
    if (!member.value.is_scalar() || member.value.scalar.empty()) {
      return check.error(member.value.mark,
                         fmt::format("identifiers: name the attribute that is the {0}, as {{ {0}: "
                                     "serialNumber }}",
                                     member.key));
    }
    place.identifiers[*kind] = member.value.scalar;
  });
}

void read_member(Checker& check, const YamlNode& node, IdentityEntry& entry) {
  MappingReader map(check, node, "member");
  if (!map.usable()) return;
  IdentityPlace place{
      .identity = entry.identity, .self = entry.identity->members.size(), .mark = node.mark};
  mapping::IdentityMember member{map.text("importer", Need::kRequired),
                                 map.text("data_set", Need::kRequired)};
  if (const YamlNode* identifiers = map.node("identifiers")) {
    read_identifiers(check, *identifiers, place);
  }
  place.newest = map.text("newest");
  map.done();
  for (const mapping::IdentityMember& other : entry.identity->members) {
    if (other.importer != member.importer) continue;
    check.error(node.mark, fmt::format("importer {} is a member already; one data set of an "
                                       "importer can be",
                                       member.importer));
  }
  entry.identity->members.push_back(std::move(member));
  entry.places.push_back(std::move(place));
}

void read_priority(Checker& check, const YamlNode& node, IdentityEntry& entry) {
  MappingReader map(check, node, "priority");
  if (!map.usable()) return;
  map.each([&](const YamlMember& member) {
    std::vector<std::string>& importers = entry.priority[member.key];
    entry.priority_marks[member.key] = member.mark;
    std::vector<YamlNode> names = member.value.items;
    if (member.value.is_scalar()) names.push_back(member.value);
    for (const YamlNode& name : names) {
      const bool is_member = std::ranges::any_of(
          entry.identity->members,
          [&](const mapping::IdentityMember& each) { return each.importer == name.scalar; });
      if (is_member) {
        importers.push_back(name.scalar);
      } else {
        check.error(name.mark, fmt::format("priority: {} is no member of the identity {}",
                                           base::printable(name.scalar, 80), entry.identity->name));
      }
    }
  });
}

IdentityEntry read_identity(Checker& check, const YamlNode& node) {
  IdentityEntry entry{.identity = std::make_shared<Identity>()};
  Identity& identity = *entry.identity;
  identity.mark = node.mark;
  MappingReader map(check, node, "identity");
  if (!map.usable()) return entry;
  identity.name = read_name(check, map);
  identity.title = map.text("title", Need::kRequired);
  if (const auto problem = catalogue::title_problem(identity.title);
      problem && !identity.title.empty()) {
    check.error(map.mark_of("title"), *problem);
  }
  identity.description = map.text("description");
  identity.label = map.text("label");
  read_match(check, map, identity);
  for (const std::string& text : map.texts("placeholders")) {
    identity.placeholders.insert(mapping::normalised(text));
  }
  identity.max_shared = static_cast<std::uint32_t>(
      map.whole_number("max_shared", identity.max_shared, 1, kMostShared));
  identity.park_unmatched = map.choice("unmatched", {"keep", "park"}, "keep") == "park";
  identity.park_duplicates = map.choice("duplicates", {"park", "keep"}, "park") == "park";
  identity.send_blanks = map.choice("blank", {"leave", "send"}, "leave") == "send";
  read_missing_objects(check, map);
  const YamlNode* members = map.node("members", Need::kRequired);
  if (members != nullptr) {
    for (const YamlNode& member : members->items) read_member(check, member, entry);
    if (members->items.size() < 2) {
      check.error(members->mark,
                  "members: at least two, as { importer: intune, data_set: "
                  "managed_devices }");
    }
  }
  if (const YamlNode* priority = map.node("priority")) read_priority(check, *priority, entry);
  map.done();
  return entry;
}

Importer* find(const std::vector<Importer*>& importers, std::string_view name) {
  const auto found =
      std::ranges::find_if(importers, [&](const Importer* each) { return each->name == name; });
  return found == importers.end() ? nullptr : *found;
}

mapping::Plan plan_of(const Importer& importer) {
  mapping::Plan plan;
  mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  return plan;
}

// Of an importer's own plan; null when the data set is off.
const catalogue::ObjectType* type_in(const mapping::Plan& plan, std::string_view data_set) {
  const auto found =
      std::ranges::find(plan.schema.types, data_set, &catalogue::ObjectType::data_set);
  return found == plan.schema.types.end() ? nullptr : &*found;
}

bool is_same_place(const SecretPlace& one, const SecretPlace& other) {
  const bool is_known = !one.env.empty() || !one.file.empty() || !one.secret.empty();
  return is_known &&
         std::tie(one.env, one.file, one.secret) == std::tie(other.env, other.file, other.secret);
}

// Why the data set cannot be a member; empty when it can.
std::string problem_with(const Importer* importer, const mapping::IdentityMember& member,
                         const Importer* first) {
  if (importer == nullptr) {
    return fmt::format("there is no importer \"{}\" in this file", member.importer);
  }
  if (importer->source->find_data_set(member.data_set) == nullptr) {
    return fmt::format("{} has no data set \"{}\"", importer->source->name, member.data_set);
  }
  if (importer->selection.identities.contains(member.data_set)) {
    return fmt::format("{} of {} is in another identity already", member.data_set, member.importer);
  }
  if (type_in(plan_of(*importer), member.data_set) == nullptr) {
    return fmt::format("{} of {} is off; switch it on, or leave the member out", member.data_set,
                       member.importer);
  }
  if (first != nullptr && is_same_place(importer->destination.token, first->destination.token)) {
    return fmt::format("{} and {} send with one token; each needs an import source of its own",
                       first->name, importer->name);
  }
  if (first != nullptr && !share_a_schema(*importer, *first)) {
    return fmt::format(
        "{} and {} do not go to one object schema (destination: type, api_url, "
        "schema.name)",
        first->name, importer->name);
  }
  return "";
}

// The title of whatever names the objects of the first member.
std::string label_of(const Importer& importer, const std::string& data_set) {
  const mapping::Plan plan = plan_of(importer);
  for (const ObjectAttribute& attribute : type_in(plan, data_set)->attributes) {
    if (attribute.is_label) return attribute.name;
  }
  return "";
}

// What the members make of attributes with one title.
class Sharing {
 public:
  Sharing(Checker& check, IdentityEntry& entry, const std::vector<Importer*>& importers)
      : check_(check), entry_(entry), identity_(*entry.identity), importers_(importers) {}

  void share() {
    for (std::size_t member = 0; member < identity_.members.size(); ++member) take(member);
    for (auto& [title, attribute] : all_) {
      if (attribute.order.size() > 1) identity_.shared.emplace(title, std::move(attribute));
    }
    for (const auto& [title, importers] : entry_.priority) order(title, importers);
  }

 private:
  void take(std::size_t member) {
    const mapping::IdentityMember& self = identity_.members[member];
    const mapping::Plan plan = plan_of(*find(importers_, self.importer));
    const catalogue::ObjectType* type = type_in(plan, self.data_set);
    if (type == nullptr) return;
    for (std::size_t i = 0; i < type->attributes.size(); ++i) {
      const ObjectAttribute& attribute = type->attributes[i];
      if (attribute.is_key) continue;
      take(member, attribute, i == 0);
    }
  }

  void take(std::size_t member, const ObjectAttribute& attribute, bool is_record_key) {
    const std::string title = base::to_lower_ascii(attribute.name);
    const auto [found, is_new] = all_.try_emplace(title);
    SharedAttribute& shared = found->second;
    if (is_new) {
      shared = {.title = attribute.name, .description = attribute.description};
      first_.emplace(title, std::pair(attribute, is_record_key));
    } else {
      compare(member, attribute, is_record_key, first_.at(title));
    }
    for (const catalogue::StatusValue& status : attribute.statuses) {
      const auto same = [&](const catalogue::StatusValue& each) {
        return each.status == status.status;
      };
      if (std::ranges::none_of(shared.statuses, same)) shared.statuses.push_back(status);
    }
    shared.order.push_back(member);
  }

  void compare(std::size_t member, const ObjectAttribute& attribute, bool is_record_key,
               const std::pair<ObjectAttribute, bool>& first) {
    const mapping::IdentityMember& self = identity_.members[member];
    const auto say = [&](std::string_view what) {
      check_.error(entry_.places[member].mark,
                   fmt::format("identity {}: \"{}\" of {}/{} {} another member's; rename one of "
                               "them (data_sets: {{ {}: {{ rename: ... }} }})",
                               identity_.name, attribute.name, self.importer, self.data_set, what,
                               self.data_set));
    };
    const ObjectAttribute& other = first.first;
    if (is_record_key || first.second) {
      say("is the key of its records, or has the title of");
    } else if (attribute.type != other.type) {
      say("has another type than");
    } else if (attribute.target_type != other.target_type ||
               attribute.target_attribute != other.target_attribute) {
      say("leads to other objects than");
    } else if (attribute.is_label != other.is_label) {
      say("names the object, or has the title of");
    }
  }

  // The importers that are named come first, in their order.
  void order(const std::string& title, const std::vector<std::string>& importers) {
    const auto shared = identity_.shared.find(base::to_lower_ascii(title));
    if (shared == identity_.shared.end()) {
      std::vector<std::string> titles;
      for (const auto& [key, attribute] : identity_.shared) titles.push_back(attribute.title);
      const auto near = base::closest(title, titles);
      check_.error(entry_.priority_marks[title],
                   fmt::format("priority: no two members have an attribute \"{}\"{}", title,
                               near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
      return;
    }
    const auto rank = [&](std::size_t member) {
      const auto named = std::ranges::find(importers, identity_.members[member].importer);
      return std::pair(named - importers.begin(), member);
    };
    std::ranges::sort(shared->second.order,
                      [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  }

  Checker& check_;
  IdentityEntry& entry_;
  Identity& identity_;
  const std::vector<Importer*>& importers_;
  std::map<std::string, SharedAttribute, std::less<>> all_;
  std::map<std::string, std::pair<ObjectAttribute, bool>, std::less<>> first_;
};

}  // namespace

std::vector<IdentityEntry> read_identities(Checker& check, const YamlNode* node) {
  std::vector<IdentityEntry> entries;
  if (node == nullptr || node->is_null()) return entries;
  if (!node->is_sequence()) {
    check.error(node->mark, "identities: a list is needed (- name: device ...)");
    return entries;
  }
  for (const YamlNode& item : node->items) {
    IdentityEntry entry = read_identity(check, item);
    const auto same = [&](const IdentityEntry& other) {
      return other.identity->name == entry.identity->name;
    };
    if (std::ranges::any_of(entries, same)) {
      check.error(item.mark,
                  fmt::format("identities: the name \"{}\" is used twice", entry.identity->name));
    } else if (!entry.identity->name.empty()) {
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

void place_identities(Checker& check, std::vector<IdentityEntry>& entries,
                      const std::vector<Importer*>& importers) {
  for (IdentityEntry& entry : entries) {
    const Importer* first = nullptr;
    bool is_good = true;
    for (std::size_t i = 0; i < entry.places.size(); ++i) {
      const mapping::IdentityMember& member = entry.identity->members[i];
      const Importer* importer = find(importers, member.importer);
      const std::string problem = problem_with(importer, member, first);
      if (!problem.empty()) {
        check.error(entry.places[i].mark,
                    fmt::format("identity {}: {}", entry.identity->name, problem));
      }
      is_good = is_good && problem.empty();
      if (first == nullptr) first = importer;
    }
    if (!is_good || first == nullptr) {
      entry.places.clear();  // said; it would only be said again
      continue;
    }
    if (entry.identity->label.empty()) {
      entry.identity->label = label_of(*first, entry.identity->members[0].data_set);
    }
    for (std::size_t i = 0; i < entry.places.size(); ++i) {
      const mapping::IdentityMember& member = entry.identity->members[i];
      find(importers, member.importer)->selection.identities[member.data_set] = entry.places[i];
    }
  }
}

void share_attributes(Checker& check, std::vector<IdentityEntry>& entries,
                      const std::vector<Importer*>& importers) {
  for (IdentityEntry& entry : entries) {
    if (!entry.places.empty()) Sharing(check, entry, importers).share();
  }
}

}  // namespace muster::run
