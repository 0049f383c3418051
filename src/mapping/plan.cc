#include "mapping/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "catalogue/checker.h"
#include "catalogue/titles.h"
#include "crypto/keyed_hash.h"
#include "mapping/detail_keys.h"
#include "mapping/known_keys.h"

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

// What a data set is built from while its selection is worked out.
struct Choosing {
  const DataSet* data_set = nullptr;
  const DataSetSelection* selection = nullptr;  // null: defaults
  std::set<std::string> chosen;                 // attribute and reference names
};

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = base::closest(word, candidates);
  return near ? fmt::format("; did you mean \"{}\"?", *near) : std::string();
}

std::vector<std::string> names_of(const DataSet& data_set) {
  std::vector<std::string> names;
  for (const auto& attribute : data_set.attributes) names.push_back(attribute.name);
  for (const auto& reference : data_set.references) names.push_back(reference.name);
  return names;
}

Mark mark_of(const DataSetSelection& selection, const std::string& what) {
  const auto found = selection.marks.find(what);
  return found == selection.marks.end() ? selection.mark : found->second;
}

void check_name(Checker& check, const Choosing& choosing, const std::string& list,
                const std::string& name) {
  const DataSet& set = *choosing.data_set;
  if (set.find_attribute(name) != nullptr || set.find_reference(name) != nullptr) return;
  check.error(
      mark_of(*choosing.selection, list + "/" + name),
      fmt::format(
          "{} has no attribute \"{}\"{} (`muster sources` lists them; use `add` for others)",
          set.name, name, did_you_mean(name, names_of(set))));
}

void choose(Checker& check, Choosing& choosing) {
  const DataSet& set = *choosing.data_set;
  const DataSetSelection* selection = choosing.selection;
  if (selection != nullptr && selection->attributes) {
    for (const std::string& name : *selection->attributes) {
      check_name(check, choosing, "attributes", name);
      choosing.chosen.insert(name);
    }
    if (!selection->include.empty() || !selection->exclude.empty()) {
      check.error(
          mark_of(*selection, "attributes"),
          "`attributes` is the exact list; remove `include` and `exclude`, or use only those");
    }
  } else {
    for (const auto& attribute : set.attributes) {
      if (attribute.default_on) choosing.chosen.insert(attribute.name);
    }
    for (const auto& reference : set.references) {
      if (reference.default_on) choosing.chosen.insert(reference.name);
    }
  }
  if (selection != nullptr) {
    for (const std::string& name : selection->include) {
      check_name(check, choosing, "include", name);
      choosing.chosen.insert(name);
    }
    for (const std::string& name : selection->exclude) {
      check_name(check, choosing, "exclude", name);
      if (name == set.key) {
        check.error(
            mark_of(*selection, "exclude/" + name),
            fmt::format("\"{}\" is the key of {} and is always sent; remove it from `exclude`",
                        name, set.name));
      }
      choosing.chosen.erase(name);
    }
  }
  choosing.chosen.insert(set.key);
}

// Builds one Plan out of what was chosen; findings go to the checker.
class Planner {
 public:
  Planner(const catalogue::Source& source, const std::string& importer, Checker& check, Plan& plan)
      : source_(source), importer_(importer), check_(check), plan_(plan) {}

  void run(const Selection& selection, std::vector<Choosing> all);

 private:
  std::optional<std::size_t> index_of(std::string_view data_set) const;
  std::size_t relation_index(const std::string& name);
  std::string title_of(const Choosing& choosing, const std::string& name, const std::string& title);
  void add_attributes(const Choosing& choosing, DataSetPlan& set, ObjectType& type);
  void add_references(const Choosing& choosing, DataSetPlan& set, ObjectType& type);
  void add_reference(const Reference& reference, const Choosing& choosing, DataSetPlan& set,
                     ObjectType& type);
  void add_extra(const Choosing& choosing, DataSetPlan& set, ObjectType& type);
  void check_titles(const Choosing& choosing, const ObjectType& type);
  void find_parent(const Choosing& choosing, const Selection& selection, DataSetPlan& set);
  void set_filters(const Choosing& choosing, const Selection& selection, DataSetPlan& set);
  void set_fields(DataSetPlan& set);
  void set_detail(DataSetPlan& set);
  void set_relation_targets();
  void explain(DataSetPlan& set);
  void doubt(const DataSet& set, Mark mark, std::string_view what, std::string_view key);

  const catalogue::Source& source_;
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
    if (target.is_label) set.label_attribute = field.object_attribute;
    type.attributes.push_back(std::move(target));
    set.field_rules.push_back(std::move(field));
  }
  // Without its usual label an object type is labelled with its key.
  if (!type.attributes[set.label_attribute].is_label) type.attributes[0].is_label = true;
}

void Planner::add_references(const Choosing& choosing, DataSetPlan& set, ObjectType& type) {
  for (const Reference& reference : choosing.data_set->references) {
    if (!choosing.chosen.contains(reference.name)) continue;
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

void Planner::add_reference(const Reference& reference, const Choosing& choosing, DataSetPlan& set,
                            ObjectType& type) {
  const DataSet& target_set = *source_.find_data_set(reference.target);
  const std::string& target_name =
      reference.target_attribute.empty() ? target_set.key : reference.target_attribute;
  ObjectAttribute target;
  target.external_id = fmt::format("{}/{}", type.external_id, reference.locator);
  target.name = title_of(choosing, reference.name, reference.title);
  target.locator = reference.locator;
  target.description = reference.description;
  target.type = AttributeType::kReference;
  target.many = reference.many;
  target.target_type = fmt::format("muster/{}/{}", importer_, reference.target);
  target.target_attribute = target_name;  // the source's name; titles are filled in at the end
  const std::size_t attribute = type.attributes.size();
  type.attributes.push_back(std::move(target));
  if (reference.side == Reference::Side::kOnRecord) {
    Field field;
    field.object_attribute = attribute;
    field.reference = &reference;
    set.field_rules.push_back(std::move(field));
    return;
  }
  JoinedField joined;
  joined.object_attribute = attribute;
  joined.relation = relation_index(reference.relation);
  joined.from_member_side = reference.side == Reference::Side::kMember;
  joined.target = *index_of(reference.target);
  joined.many = reference.many;
  set.joined.push_back(joined);
}

void Planner::add_extra(const Choosing& choosing, DataSetPlan& set, ObjectType& type) {
  if (choosing.selection == nullptr) return;
  for (const AddedAttribute& added : choosing.selection->add) {
    if (const auto problem = catalogue::title_problem(added.title)) {
      check_.error(added.mark, "add: " + *problem);
    }
    if (added.type == AttributeType::kReference || added.type == AttributeType::kStatus) {
      check_.error(added.mark,
                   "an added attribute cannot be a reference or a status; use text or select");
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
      doubt(*choosing.data_set, added.mark, added.path.empty() ? "from" : "path",
            path->first_key());
      field.added.push_back(std::move(*path));
    }
    if (field.added.empty()) continue;
    ObjectAttribute target;
    target.locator = "added_" + base::snake_case(added.title);
    target.external_id = fmt::format("{}/{}", type.external_id, target.locator);
    target.name = added.title;
    target.description = "Added by the importer file";
    target.type = added.type;
    field.object_attribute = type.attributes.size();
    field.join = added.join;
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

void Planner::find_parent(const Choosing& choosing, const Selection& selection, DataSetPlan& set) {
  const std::string& parent = choosing.data_set->rows.of;
  if (parent.empty()) return;
  set.rows_of = index_of(parent);
  if (set.rows_of) return;
  Mark mark{1, 1};  // where it was switched off, else where this was switched on
  if (choosing.selection != nullptr) mark = choosing.selection->mark;
  for (const DataSetSelection& other : selection.data_sets) {
    if (other.data_set == parent) mark = other.mark;
  }
  check_.error(mark,
               fmt::format("{} come from the records of {}, which is off; switch {} on, or {} "
                           "off",
                           choosing.data_set->name, parent, parent, choosing.data_set->name));
}

void Planner::set_filters(const Choosing& choosing, const Selection& selection, DataSetPlan& set) {
  set.limit = set.rows_of ? 0 : selection.record_limit;
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
  for (const std::string& key : set.where.first_keys()) {
    doubt(*choosing.data_set, mark_of(*chosen, "where"), "where", key);
  }
}

void Planner::doubt(const DataSet& set, Mark mark, std::string_view what, std::string_view key) {
  const std::string text = doubt_about_key(source_, set, key);
  if (!text.empty()) check_.warn(mark, fmt::format("{}: {}", what, text));
}

void Planner::set_fields(DataSetPlan& set) {
  const catalogue::Request& request = set.data_set->request;
  if (request.fields_parameter.empty()) return;
  std::set<std::string> known(request.fields_always.begin(), request.fields_always.end());
  const auto ask = [&](std::string_view field) {
    if (!field.empty() && known.insert(std::string(field)).second) set.fields.emplace_back(field);
  };
  // What stands in the record under this key may have to be asked for by another name.
  const auto ask_key = [&](std::string_view key) {
    if (is_only_in_detail(*set.data_set, key)) return;
    const auto stands_there = [&](const auto& column) {
      return !column.request.empty() && !column.detail && column.path.first_key() == key;
    };
    const auto attribute = std::ranges::find_if(set.data_set->attributes, stands_there);
    const auto reference = std::ranges::find_if(set.data_set->references, stands_there);
    const bool is_attribute = attribute != set.data_set->attributes.end();
    const bool is_reference = reference != set.data_set->references.end();
    ask(is_attribute                ? std::string_view(attribute->request)
        : is_reference              ? std::string_view(reference->request)
        : request.only_named_fields ? std::string_view()
                                    : key);
  };
  const auto ask_column = [&](const auto& column) {  // an attribute, reference or rows
    if (request.only_named_fields && column.request.empty()) return;
    ask(column.request.empty() ? column.path.first_key() : std::string_view(column.request));
  };
  const auto ask_all_of = [&](const auto& column) {  // with what a worked out value needs
    if (column.detail) return;
    ask_column(column);
    if (!column.request.empty() || request.only_named_fields) return;
    for (const std::string& field : column.uses) ask(field);
  };
  for (const Field& field : set.field_rules) {
    if (field.attribute != nullptr) {
      ask_all_of(*field.attribute);
      const auto* other = set.data_set->find_attribute(field.attribute->lookup_else);
      if (other != nullptr && !other->detail) ask_column(*other);
    }
    if (field.reference != nullptr) ask_all_of(*field.reference);
    for (const json::Path& path : field.added) ask_key(path.first_key());
  }
  for (const DataSetPlan& other : plan_.data_sets) {
    const catalogue::RowRule& rows = other.data_set->rows;
    if (rows.of == set.data_set->name && !rows.detail) ask_column(rows);
  }
  for (const std::string& key : set.where.first_keys()) ask_key(key);
  if (set.needs_detail) {
    for (const std::string& key : set.data_set->detail.when.first_keys()) ask_key(key);
  }
  for (const RelationPlan& relation : plan_.relations) {
    if (plan_.data_sets[relation.parent].data_set != set.data_set) continue;
    for (const std::string& field : relation.relation->hidden_fields) ask_key(field);
    for (const std::string& field : relation.relation->skip_fields) ask_key(field);
  }
}

// Which details have to be asked for: those of the chosen columns, and whatever a condition or an
// added path may find there and not in the listing.
void Planner::set_detail(DataSetPlan& set) {
  const DataSet& data_set = *set.data_set;
  if (!data_set.has_detail()) return;
  const auto ask = [&](std::string_view field) {
    set.needs_detail = true;
    const bool is_known = std::ranges::find(set.detail_fields, field) != set.detail_fields.end();
    if (!field.empty() && !is_known) set.detail_fields.emplace_back(field);
  };
  const auto ask_column = [&](const auto& column) {
    if (!column.detail) return;
    for (const std::string& field : fields_of(column)) ask(field);
    set.needs_detail = true;
  };
  const auto ask_key = [&](std::string_view key) {
    if (key.empty() || is_only_listed(data_set, key)) return;
    ask(field_of_key(data_set, key));
  };
  for (const Field& field : set.field_rules) {
    if (field.attribute != nullptr) {
      ask_column(*field.attribute);
      const auto* other = data_set.find_attribute(field.attribute->lookup_else);
      if (other != nullptr) ask_column(*other);
    }
    if (field.reference != nullptr) ask_column(*field.reference);
    for (const json::Path& path : field.added) ask_key(path.first_key());
  }
  for (const DataSetPlan& other : plan_.data_sets) {
    const catalogue::RowRule& rows = other.data_set->rows;
    if (rows.of != data_set.name || !rows.detail) continue;
    ask(rows.request.empty() ? rows.path.first_key() : std::string_view(rows.request));
  }
  for (const std::string& key : set.where.first_keys()) ask_key(key);
  for (const RelationPlan& relation : plan_.relations) {
    if (plan_.data_sets[relation.parent].data_set != set.data_set) continue;
    for (const std::string& field : relation.relation->hidden_fields) ask_key(field);
    for (const std::string& field : relation.relation->skip_fields) ask_key(field);
  }
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
  const crypto::HashKey no_secret{};  // a fingerprint of settings, not of data
  std::string which = fmt::format("{}\n{}", set.filter, set.where.text());
  for (const catalogue::Pass& pass : set.data_set->passes) {
    which += "\n" + pass.filter;
    for (const auto& [name, value] : pass.parameters) which += fmt::format("\n{}={}", name, value);
  }
  if (set.rows_of) which += fmt::format("\n{}\n{}", asked.filter, asked.where.text());
  set.fingerprint = crypto::to_hex(crypto::keyed_hash(no_secret, which));
}

void Planner::run(const Selection& selection, std::vector<Choosing> all) {
  plan_.send_empty = selection.send_empty;
  for (const Choosing& choosing : all) {  // all of them first: references look them up
    DataSetPlan set;
    set.data_set = choosing.data_set;
    set.type = plan_.data_sets.size();
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
    find_parent(all[i], selection, set);
    set_filters(all[i], selection, set);
    plan_.limited = plan_.limited || set.limit != 0;
  }
  set_relation_targets();
  for (DataSetPlan& set : plan_.data_sets) {
    set_detail(set);
    set_fields(set);
    explain(set);
  }
  // A reference names the attribute its values match by its title, and that attribute must be sent.
  for (ObjectType& type : plan_.schema.types) {
    for (ObjectAttribute& attribute : type.attributes) {
      if (attribute.type != AttributeType::kReference) continue;
      const std::size_t target =
          *index_of(attribute.target_type.substr(attribute.target_type.rfind('/') + 1));
      const auto* wanted =
          plan_.data_sets[target].data_set->find_attribute(attribute.target_attribute);
      const ObjectType& target_type = plan_.schema.types[target];
      const auto found = std::find_if(
          target_type.attributes.begin(), target_type.attributes.end(),
          [&](const ObjectAttribute& other) { return other.locator == wanted->locator; });
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

// In catalogue order: which data sets are on, with what was said about them.
std::vector<Choosing> choose_data_sets(const catalogue::Source& source, const Selection& selection,
                                       Checker& check) {
  std::vector<std::string> names;
  for (const DataSet& set : source.data_sets) names.push_back(set.name);
  for (const DataSetSelection& chosen : selection.data_sets) {
    if (source.find_data_set(chosen.data_set) == nullptr) {
      const std::string near = did_you_mean(chosen.data_set, names);
      check.error(
          chosen.mark,
          fmt::format("{} has no data set \"{}\"{}", source.name, chosen.data_set,
                      near.empty() ? fmt::format("; it has: {}", fmt::join(names, ", ")) : near));
    }
  }
  std::vector<Choosing> all;
  for (const DataSet& set : source.data_sets) {
    Choosing choosing;
    choosing.data_set = &set;
    bool on = set.default_on;
    for (const DataSetSelection& chosen : selection.data_sets) {
      if (chosen.data_set != set.name) continue;
      on = chosen.on;
      choosing.selection = &chosen;
    }
    if (!on) continue;
    choose(check, choosing);
    all.push_back(std::move(choosing));
  }
  if (all.empty()) check.error({1, 1}, "no data set is on: nothing would be imported");
  return all;
}

}  // namespace

Findings make_plan(std::shared_ptr<const catalogue::Source> source, const Selection& selection,
                   const std::string& importer, const std::string& file, Plan& plan) {
  Findings findings;
  Checker check(file, findings);
  plan = Plan{};
  plan.source = source;
  std::vector<Choosing> all = choose_data_sets(*source, selection, check);
  if (!all.empty()) Planner(*source, importer, check, plan).run(selection, std::move(all));
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
