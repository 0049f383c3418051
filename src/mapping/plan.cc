#include "mapping/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "catalogue/checker.h"
#include "catalogue/never.h"
#include "catalogue/titles.h"
#include "crypto/keyed_hash.h"
#include "mapping/choosing.h"
#include "mapping/fields.h"
#include "mapping/known_keys.h"
#include "mapping/links.h"
#include "mapping/plan_identity.h"
#include "mapping/where_check.h"

namespace muster::mapping {

using catalogue::AttributeType;
using catalogue::Checker;
using catalogue::DataSet;
using catalogue::Findings;
using catalogue::Mark;
using catalogue::ObjectAttribute;
using catalogue::ObjectType;
using catalogue::Reference;

namespace {

// Builds one Plan out of what was chosen; findings go to the checker.
class Planner {
 public:
  Planner(const catalogue::Source& source, const Selection& selection, const std::string& importer,
          Checker& check, Plan& plan)
      : source_(source), selection_(selection), importer_(importer), check_(check), plan_(plan) {}

  void run(std::vector<Choosing> all);

 private:
  std::optional<std::size_t> index_of(std::string_view data_set) const;
  std::size_t relation_index(const std::string& name);
  std::string title_of(const Choosing& choosing, const std::string& name, const std::string& title);
  void add_attributes(const Choosing& choosing, DataSetPlan& set, ObjectType& type);
  void add_references(const Choosing& choosing, DataSetPlan& set, ObjectType& type);
  void add_reference(const Reference& reference, const Choosing& choosing, DataSetPlan& set,
                     ObjectType& type);
  void add_field(const Reference& reference, DataSetPlan& set, ObjectType& type,
                 ObjectAttribute target);
  ObjectAttribute attribute_of(const Reference& reference, const Choosing& choosing,
                               const ObjectType& type);
  void add_link(const Reference& reference, const Choosing& choosing, DataSetPlan& set,
                ObjectType& type);
  void add_extra(const Choosing& choosing, DataSetPlan& set, ObjectType& type);
  bool point_added(const AddedAttribute& added, ObjectAttribute& target);
  void check_titles(const Choosing& choosing, const ObjectType& type);
  void find_parent(const Choosing& choosing, DataSetPlan& set);
  void set_filters(const Choosing& choosing, DataSetPlan& set);
  void set_relation_targets();
  void name_targets();
  void explain(DataSetPlan& set);
  void doubt(const DataSet& set, Mark mark, std::string_view what, const json::Path& path);

  const catalogue::Source& source_;
  const Selection& selection_;
  const std::string& importer_;
  Checker& check_;
  Plan& plan_;
};

std::optional<std::size_t> Planner::index_of(std::string_view data_set) const {
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    if (plan_.data_sets[i].data_set->name == data_set) return i;
  }
  return std::nullopt;
}

std::size_t Planner::relation_index(const std::string& name) {
  for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
    if (plan_.relations[i].relation->name == name) return i;
  }
  RelationPlan relation;
  relation.relation = source_.find_relation(name);
  relation.parent = *index_of(relation.relation->parent);
  relation.targets.resize(relation.relation->targets.size());
  plan_.relations.push_back(std::move(relation));
  return plan_.relations.size() - 1;
}

std::string Planner::title_of(const Choosing& choosing, const std::string& name,
                              const std::string& title) {
  if (choosing.selection == nullptr) return title;
  const auto renamed = choosing.selection->rename.find(name);
  if (renamed == choosing.selection->rename.end()) return title;
  if (const auto problem = catalogue::title_problem(renamed->second)) {
    check_.error(mark_of(*choosing.selection, "title/" + name), "rename: " + *problem);
  }
  return renamed->second;
}

void Planner::add_attributes(const Choosing& choosing, DataSetPlan& set, ObjectType& type) {
  const DataSet& data_set = *choosing.data_set;
  // The key first: the formatter opens every object with it.
  std::vector<const catalogue::Attribute*> ordered = {data_set.find_attribute(data_set.key)};
  for (const auto& attribute : data_set.attributes) {
    if (attribute.name != data_set.key && choosing.chosen.contains(attribute.name)) {
      ordered.push_back(&attribute);
    }
  }
  for (const catalogue::Attribute* attribute : ordered) {
    ObjectAttribute target;
    target.external_id = fmt::format("{}/{}", type.external_id, attribute->locator);
    target.name = title_of(choosing, attribute->name, attribute->title);
    target.locator = attribute->locator;
    target.description = attribute->description;
    target.type = attribute->type;
    target.is_key = attribute->name == data_set.key;
    target.is_label = attribute->name == data_set.label;
    target.statuses = attribute->statuses;
    Field field;
    field.object_attribute = type.attributes.size();
    field.attribute = attribute;
    field.join = attribute->join;
    field.is_chosen = !target.is_key && (!source_.is_bundled || choosing.asks_for(attribute->name));
    if (target.is_label) set.label_attribute = field.object_attribute;
    type.attributes.push_back(std::move(target));
    set.field_rules.push_back(std::move(field));
  }
  // Without its usual label an object type is labelled with its key.
  if (!type.attributes[set.label_attribute].is_label) type.attributes[0].is_label = true;
  title_label(selection_, set, type);
}

void Planner::add_references(const Choosing& choosing, DataSetPlan& set, ObjectType& type) {
  for (const Reference& reference : choosing.data_set->references) {
    if (!choosing.chosen.contains(reference.name)) continue;
    if (!reference.target_source.empty()) {
      add_link(reference, choosing, set, type);
      continue;
    }
    std::vector<std::string> needed = {reference.target};
    if (reference.side == Reference::Side::kMember) {
      needed.push_back(source_.find_relation(reference.relation)->parent);
    }
    const auto off = std::find_if(needed.begin(), needed.end(),
                                  [&](const std::string& name) { return !index_of(name); });
    if (off != needed.end()) {
      plan_.notices.push_back(
          fmt::format("{}: the reference \"{}\" is left out because the data set {} is off",
                      choosing.data_set->name, reference.name, *off));
      continue;
    }
    add_reference(reference, choosing, set, type);
  }
}

ObjectAttribute Planner::attribute_of(const Reference& reference, const Choosing& choosing,
                                      const ObjectType& type) {
  ObjectAttribute target;
  target.external_id = fmt::format("{}/{}", type.external_id, reference.locator);
  target.name = title_of(choosing, reference.name, reference.title);
  target.locator = reference.locator;
  target.description = reference.description;
  target.type = AttributeType::kReference;
  target.many = reference.many;
  return target;
}

void Planner::add_field(const Reference& reference, DataSetPlan& set, ObjectType& type,
                        ObjectAttribute target) {
  Field field;
  field.object_attribute = type.attributes.size();
  field.reference = &reference;
  set.field_rules.push_back(std::move(field));
  type.attributes.push_back(std::move(target));
}

// One that leads into another source stays away unless an importer of that source is named, except
// when somebody asks for it.
void Planner::add_link(const Reference& reference, const Choosing& choosing, DataSetPlan& set,
                       ObjectType& type) {
  const std::string what =
      fmt::format("{}: the reference \"{}\"", choosing.data_set->name, reference.name);
  const LinkEnd end = find_link_end(selection_, reference.target_source, reference.target,
                                    reference.target_attribute);
  const bool is_linked = selection_.links.contains(reference.target_source);
  const bool is_asked_for = choosing.asks_for(reference.name);
  const auto place = selection_.identities.find(choosing.data_set->name);
  if (end.attribute != nullptr && place != selection_.identities.end() &&
      end.type->external_id == place->second.identity->external_id()) {
    plan_.notices.push_back(
        fmt::format("{} is left out because both are the same {}", what, end.type->name));
  } else if (end.attribute != nullptr) {
    ObjectAttribute target = attribute_of(reference, choosing, type);
    point(target, end);
    add_field(reference, set, type, std::move(target));
  } else if (!end.off.empty()) {
    plan_.notices.push_back(fmt::format("{} is left out because {}", what, end.off));
  } else if (is_linked || is_asked_for) {
    check_.error(choosing.selection == nullptr ? Mark{1, 1} : choosing.selection->mark,
                 fmt::format("{}: {}", what, end.mistake));
  } else if (selection_.unlinked.contains(reference.target_source)) {
    plan_.notices.push_back(fmt::format("{} is left out: {}", what, end.mistake));
  }
}

void Planner::add_reference(const Reference& reference, const Choosing& choosing, DataSetPlan& set,
                            ObjectType& type) {
  const DataSet& target_set = *source_.find_data_set(reference.target);
  ObjectAttribute target = attribute_of(reference, choosing, type);
  target.target_type = fmt::format("muster/{}/{}", importer_, reference.target);
  // The source's name; name_targets() fills in the title.
  target.target_attribute =
      reference.target_attribute.empty() ? target_set.key : reference.target_attribute;
  if (reference.side == Reference::Side::kOnRecord) {
    add_field(reference, set, type, std::move(target));
    return;
  }
  JoinedField joined;
  joined.object_attribute = type.attributes.size();
  type.attributes.push_back(std::move(target));
  joined.relation = relation_index(reference.relation);
  joined.from_member_side = reference.side == Reference::Side::kMember;
  joined.target = *index_of(reference.target);
  joined.many = reference.many;
  set.joined.push_back(joined);
}

// Where an added reference leads; false: nowhere, which was said.
bool Planner::point_added(const AddedAttribute& added, ObjectAttribute& target) {
  target.many = added.many;
  if (!added.target_source.empty() && added.target_source != source_.name) {
    const LinkEnd end =
        find_link_end(selection_, added.target_source, added.target, added.target_attribute);
    if (end.attribute != nullptr) return point(target, end), true;
    check_.error(added.mark, fmt::format("the reference \"{}\": {}", added.title,
                                         end.off.empty() ? end.mistake : end.off));
    return false;
  }
  const DataSet* set = source_.find_data_set(added.target);
  const bool is_on = set != nullptr && index_of(added.target);
  const std::string& name =
      is_on && added.target_attribute.empty() ? set->key : added.target_attribute;
  if (!is_on || set->find_attribute(name) == nullptr) {
    check_.error(added.mark,
                 !is_on ? fmt::format("the reference \"{}\": {} has no data set \"{}\" that is on",
                                      added.title, source_.name, added.target)
                        : fmt::format("the reference \"{}\": {} has no attribute \"{}\"",
                                      added.title, added.target, name));
    return false;
  }
  target.target_type = fmt::format("muster/{}/{}", importer_, added.target);
  target.target_attribute = name;
  return true;
}

void Planner::add_extra(const Choosing& choosing, DataSetPlan& set, ObjectType& type) {
  if (choosing.selection == nullptr) return;
  for (const AddedAttribute& added : choosing.selection->add) {
    if (const auto problem = catalogue::title_problem(added.title)) {
      check_.error(added.mark, "add: " + *problem);
    }
    if (added.type == AttributeType::kStatus) {
      check_.error(added.mark, "an added attribute cannot be a status; use text or select");
      continue;
    }
    const bool is_reference = added.type == AttributeType::kReference;
    if (is_reference && (added.path.empty() || !added.from.empty())) {
      check_.error(added.mark, "an added reference needs `path`, where the keys are");
      continue;
    }
    if (added.path.empty() == added.from.empty()) {
      check_.error(added.mark,
                   "an added attribute needs either `path` (one value) or `from` (several)");
      continue;
    }
    Field field;
    std::vector<std::string> paths = added.from;
    if (paths.empty()) paths.push_back(added.path);
    for (const std::string& text : paths) {
      auto path = json::Path::parse(text);
      if (!path.ok()) {
        check_.error(added.mark, path.error().message);
        continue;
      }
      const char* what = added.path.empty() ? "from" : "path";
      if (const auto why = catalogue::why_kept_out(source_, *choosing.data_set, *path)) {
        check_.error(added.mark, fmt::format("{}: {}", what, *why));
        continue;
      }
      const std::string unknown = doubt_about_key(source_, *choosing.data_set, path->first_key());
      if (!unknown.empty()) check_.warn(added.mark, fmt::format("{}: {}", what, unknown));
      field.added.push_back(std::move(*path));
    }
    if (field.added.empty()) continue;
    ObjectAttribute target;
    target.locator = "added_" + base::snake_case(added.title);
    target.external_id = fmt::format("{}/{}", type.external_id, target.locator);
    target.name = added.title;
    target.description = "Added by the importer file";
    target.type = added.type;
    if (is_reference && !point_added(added, target)) continue;
    field.object_attribute = type.attributes.size();
    field.join = added.join;
    field.is_chosen = true;
    type.attributes.push_back(std::move(target));
    set.field_rules.push_back(std::move(field));
  }
}

void Planner::check_titles(const Choosing& choosing, const ObjectType& type) {
  std::set<std::string> seen;
  const Mark mark = choosing.selection == nullptr ? Mark{1, 1} : choosing.selection->mark;
  for (const ObjectAttribute& attribute : type.attributes) {
    const std::string folded = base::to_lower_ascii(attribute.name);
    if (!seen.insert(folded).second) {
      check_.error(mark,
                   fmt::format("{}: two attributes would both be named \"{}\"; rename one of them",
                               choosing.data_set->name, attribute.name));
    }
  }
  if (choosing.selection == nullptr) return;
  for (const auto& [name, title] : choosing.selection->rename) {
    check_name(check_, choosing, "rename", name);
    if (!choosing.chosen.contains(name)) {
      check_.warn(mark_of(*choosing.selection, "rename/" + name),
                  fmt::format("\"{}\" is renamed but not selected", name));
    }
  }
}

void Planner::find_parent(const Choosing& choosing, DataSetPlan& set) {
  const std::string& parent = choosing.data_set->rows.of;
  if (parent.empty()) return;
  set.rows_of = index_of(parent);
  if (set.rows_of) return;
  Mark mark{1, 1};  // where it was switched off, else where this was switched on
  if (choosing.selection != nullptr) mark = choosing.selection->mark;
  for (const DataSetSelection& other : selection_.data_sets) {
    if (other.data_set == parent) mark = other.mark;
  }
  check_.error(mark,
               fmt::format("{} come from the records of {}, which is off; switch {} on, or {} "
                           "off",
                           choosing.data_set->name, parent, parent, choosing.data_set->name));
}

void Planner::set_filters(const Choosing& choosing, DataSetPlan& set) {
  set.limit = set.rows_of ? 0 : selection_.record_limit;
  const DataSetSelection* chosen = choosing.selection;
  if (chosen == nullptr) return;
  if (chosen->limit != 0 && choosing.data_set->is_rows()) {
    check_.error(mark_of(*chosen, "limit"),
                 fmt::format("{} come from the records of {}; set the limit there",
                             choosing.data_set->name, choosing.data_set->rows.of));
  } else if (chosen->limit != 0)
    set.limit = set.limit == 0 ? chosen->limit : std::min(set.limit, chosen->limit);
  set.filter = chosen->filter;
  if (!set.filter.empty() && choosing.data_set->filter.parameter.empty()) {
    check_.error(
        mark_of(*chosen, "filter"),
        fmt::format("{} cannot be filtered by the source; use `where`, which muster evaluates",
                    choosing.data_set->name));
  }
  if (chosen->where.empty()) return;
  auto where = catalogue::Where::parse(chosen->where);
  if (!where.ok()) {
    check_.error(mark_of(*chosen, "where"), "where: " + where.error().message);
    return;
  }
  set.where = std::move(*where);
  for (const std::string& mistake : date_mistakes(*choosing.data_set, set.where)) {
    check_.error(mark_of(*chosen, "where"), "where: " + mistake);
  }
  for (const json::Path& path : set.where.paths()) {
    const auto why =
        catalogue::why_kept_out(source_, *choosing.data_set, path, catalogue::Use::kCondition);
    if (why) {
      check_.error(mark_of(*chosen, "where"), "where: " + *why);
    } else {
      doubt(*choosing.data_set, mark_of(*chosen, "where"), "where", path);
    }
  }
}

void Planner::doubt(const DataSet& set, Mark mark, std::string_view what, const json::Path& path) {
  const std::string text = doubt_about_path(source_, set, path);
  if (text.empty()) return;
  const std::string finding = fmt::format("{}: {}", what, text);
  // Such a filter would take nothing, or be refused by the source: nobody means that.
  const bool is_mistake = doubt_about_key(source_, set, path.first_key()) == text &&
                          set.find_attribute(path.first_key()) != nullptr;
  is_mistake ? check_.error(mark, finding) : check_.warn(mark, finding);
}

void Planner::set_relation_targets() {
  for (std::size_t set = 0; set < plan_.data_sets.size(); ++set) {
    for (const JoinedField& joined : plan_.data_sets[set].joined) {
      RelationPlan& relation = plan_.relations[joined.relation];
      const std::size_t wanted = joined.from_member_side ? set : joined.target;
      std::size_t position = 0;
      for (const auto& [type, names] : relation.relation->targets) {
        for (std::string_view name : base::split(names, '|')) {
          std::vector<std::size_t>& list = relation.targets[position];
          if (name == plan_.data_sets[wanted].data_set->name &&
              std::find(list.begin(), list.end(), wanted) == list.end()) {
            list.push_back(wanted);
          }
        }
        ++position;
      }
    }
  }
}

void Planner::explain(DataSetPlan& set) {
  const DataSetPlan& asked = set.rows_of ? plan_.data_sets[*set.rows_of] : set;
  std::vector<std::string> parts;
  if (set.rows_of) parts.push_back(fmt::format("from {}", asked.data_set->name));
  if (!set.filter.empty()) parts.push_back(fmt::format("asked of the source: {}", set.filter));
  if (!set.where.always()) parts.push_back(fmt::format("checked here: {}", set.where.text()));
  if (set.limit != 0) parts.push_back(fmt::format("the first {}", base::with_thousands(set.limit)));
  set.explanation = parts.empty() ? "everything" : fmt::format("{}", fmt::join(parts, "; "));
  std::string which = fmt::format("{}\n{}", set.filter, set.where.text());
  for (const catalogue::Pass& pass : set.data_set->passes) {
    which += "\n" + pass.filter;
    for (const auto& [name, value] : pass.parameters) which += fmt::format("\n{}={}", name, value);
  }
  if (set.rows_of) which += fmt::format("\n{}\n{}", asked.filter, asked.where.text());
  set.fingerprint = crypto::checksum(which);
}

void Planner::run(std::vector<Choosing> all) {
  for (const Choosing& choosing : all) {  // all of them first: references look them up
    DataSetPlan set;
    set.data_set = choosing.data_set;
    set.type = plan_.data_sets.size();
    set.send_empty = selection_.send_empty;
    plan_.data_sets.push_back(std::move(set));
    ObjectType type;
    type.external_id = fmt::format("muster/{}/{}", importer_, choosing.data_set->name);
    type.data_set = choosing.data_set->name;
    type.selector = base::snake_case(choosing.data_set->name);
    type.name = choosing.data_set->title;
    type.description = choosing.data_set->description;
    if (choosing.data_set->is_rows()) {
      type.description =
          fmt::format("{} (from {})", type.description.empty() ? type.name : type.description,
                      choosing.data_set->rows.of);
    }
    plan_.schema.types.push_back(std::move(type));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    DataSetPlan& set = plan_.data_sets[i];
    ObjectType& type = plan_.schema.types[i];
    add_attributes(all[i], set, type);
    add_references(all[i], set, type);
    add_extra(all[i], set, type);
    check_titles(all[i], type);
    find_parent(all[i], set);
    set_filters(all[i], set);
    plan_.limited = plan_.limited || set.limit != 0;
  }
  set_relation_targets();
  name_targets();
  apply_identities(selection_, check_, plan_);
  choose_fields(plan_);
  for (DataSetPlan& set : plan_.data_sets) explain(set);
}

// A reference names the attribute its values match by its title, and that attribute must be sent.
void Planner::name_targets() {
  for (ObjectType& type : plan_.schema.types) {
    for (ObjectAttribute& attribute : type.attributes) {
      const bool is_own = attribute.target_importer.empty();
      if (attribute.type != AttributeType::kReference || !is_own) continue;
      const std::size_t target =
          *index_of(attribute.target_type.substr(attribute.target_type.rfind('/') + 1));
      const auto* wanted =
          plan_.data_sets[target].data_set->find_attribute(attribute.target_attribute);
      const ObjectType& target_type = plan_.schema.types[target];
      const auto found =
          std::ranges::find(target_type.attributes, wanted->locator, &ObjectAttribute::locator);
      if (found == target_type.attributes.end()) {
        check_.error(
            {1, 1}, fmt::format("{}: \"{}\" needs the attribute \"{}\" of {}; select it too",
                                type.data_set, attribute.name, wanted->name, target_type.data_set));
      } else {
        attribute.target_attribute = found->name;
      }
    }
  }
}

}  // namespace

Findings make_plan(std::shared_ptr<const catalogue::Source> source, const Selection& selection,
                   const std::string& importer, const std::string& file, Plan& plan) {
  Findings findings;
  Checker check(file, findings);
  plan = Plan{};
  plan.source = source;
  std::vector<Choosing> all = choose_data_sets(*source, selection, check);
  if (!all.empty()) Planner(*source, selection, importer, check, plan).run(std::move(all));
  return findings;
}

std::vector<std::string> Plan::permissions() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const DataSetPlan& set : data_sets) {
    for (const std::string& name : set.data_set->permissions) add(name);
    for (const Field& field : set.field_rules) {
      if (field.attribute != nullptr) add(field.attribute->permission);
    }
  }
  for (const RelationPlan& relation : relations) {
    for (const std::string& name : relation.relation->permissions) add(name);
  }
  return names;
}

}  // namespace muster::mapping
