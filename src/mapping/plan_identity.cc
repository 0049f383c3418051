#include "mapping/plan_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace muster::mapping {

using catalogue::Checker;
using catalogue::ObjectAttribute;
using catalogue::ObjectType;

namespace {

// Presence of shared attributes is kept in one number.
constexpr std::size_t kMostShared = 64;

class Applying {
 public:
  Applying(const IdentityPlace& place, Checker& check, DataSetPlan& set, ObjectType& type)
      : place_(place), identity_(*place.identity), check_(check), set_(set), type_(type) {}

  void apply() {
    set_.identity.emplace();
    set_.identity->identity = place_.identity;
    set_.identity->self = place_.self;
    set_.send_empty = identity_.send_blanks;
    type_.external_id = identity_.external_id();
    type_.name = identity_.title;
    type_.description = identity_.description;
    type_.attributes[0].is_key = false;
    if (type_.attributes[0].is_label) {
      error(fmt::format("select its \"{}\" too, which names the objects of {}",
                        set_.data_set->label, identity_.title));
    }
    std::map<std::string, std::string> ids;  // external id -> title
    for (std::size_t i = 0; i < type_.attributes.size(); ++i) {
      take_attribute(i);
      const ObjectAttribute& attribute = type_.attributes[i];
      const auto [other, is_new] = ids.emplace(attribute.external_id, attribute.name);
      if (!is_new) {
        error(fmt::format("\"{}\" and \"{}\" cannot both be attributes of {}; rename one",
                          other->second, attribute.name, identity_.title));
      }
    }
    if (set_.identity->shared.size() > kMostShared) {
      error(fmt::format("more than {} attributes are shared with other members; exclude some",
                        kMostShared));
    }
    add_key();
    find_identifiers();
  }

 private:
  void error(std::string text) {
    check_.error(place_.mark,
                 fmt::format("identity {}: {} of {}: {}", identity_.name, set_.data_set->name,
                             identity_.members[place_.self].importer, text));
  }

  void take_attribute(std::size_t index) {
    ObjectAttribute& attribute = type_.attributes[index];
    attribute.external_id =
        fmt::format("{}/{}", type_.external_id, base::snake_case(attribute.name));
    const std::string title = base::to_lower_ascii(attribute.name);
    if (title == base::to_lower_ascii(kIdentityTitle)) {
      error(fmt::format("\"{}\" is the key of {}; rename the attribute", attribute.name,
                        identity_.title));
    }
    const auto shared = identity_.shared.find(title);
    if (shared == identity_.shared.end()) return;
    attribute.name = shared->second.title;
    attribute.description = shared->second.description;
    attribute.statuses = shared->second.statuses;
    if (attribute.is_label) return;  // Assets takes no object without it: everybody sends it
    IdentityPlan::Shared plan{.object_attribute = index, .title = title};
    const std::vector<std::size_t>& order = shared->second.order;
    const auto self = std::ranges::find(order, place_.self);
    plan.earlier.assign(order.begin(), self);
    for (const std::size_t member : order) {
      if (member != place_.self) plan.others.push_back(member);
    }
    set_.identity->shared.push_back(std::move(plan));
  }

  void add_key() {
    set_.identity->key_attribute = type_.attributes.size();
    ObjectAttribute key;
    key.locator = kIdentityLocator;
    key.external_id = fmt::format("{}/{}", type_.external_id, kIdentityLocator);
    key.name = kIdentityTitle;
    key.description = "Made of what identifies it, and the same in every source";
    key.is_key = true;
    type_.attributes.push_back(std::move(key));
  }

  const catalogue::Attribute* attribute(const std::string& name) {
    const catalogue::Attribute* found = set_.data_set->find_attribute(name);
    if (found != nullptr) return found;
    std::vector<std::string> names;
    for (const auto& each : set_.data_set->attributes) names.push_back(each.name);
    const auto near = base::closest(name, names);
    error(fmt::format("there is no attribute \"{}\"{}", name,
                      near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
    return nullptr;
  }

  void find_identifiers() {
    bool any = false;
    for (const catalogue::IdentifierKind kind : identity_.match) {
      std::string name;
      if (const auto own = place_.identifiers.find(kind); own != place_.identifiers.end()) {
        name = own->second;
      } else if (const auto usual = set_.data_set->identifiers.find(kind);
                 usual != set_.data_set->identifiers.end()) {
        name = usual->second;
      }
      any = any || !name.empty();
      set_.identity->identifiers.push_back(name.empty() ? nullptr : attribute(name));
    }
    if (!any) {
      error(
          "it has none of the identifiers under `match`; name them under `identifiers`, or leave "
          "it out");
    }
    if (!place_.newest.empty()) set_.identity->newest = attribute(place_.newest);
  }

  const IdentityPlace& place_;
  const Identity& identity_;
  Checker& check_;
  DataSetPlan& set_;
  ObjectType& type_;
};

}  // namespace

void title_label(const Selection& selection, const DataSetPlan& set, ObjectType& type) {
  const auto place = selection.identities.find(set.data_set->name);
  if (place == selection.identities.end() || place->second.identity->label.empty()) return;
  ObjectAttribute& label = type.attributes[set.label_attribute];
  if (label.is_label) label.name = place->second.identity->label;
}

void apply_identities(const Selection& selection, Checker& check, Plan& plan) {
  std::map<std::string, const ObjectType*> changed;  // by the external id before
  for (DataSetPlan& set : plan.data_sets) {
    const auto place = selection.identities.find(set.data_set->name);
    if (place == selection.identities.end()) continue;
    ObjectType& type = plan.schema.types[set.type];
    changed[type.external_id] = &type;
    Applying(place->second, check, set, type).apply();
  }
  for (ObjectType& type : plan.schema.types) {
    for (ObjectAttribute& attribute : type.attributes) {
      const auto target = changed.find(attribute.target_type);
      if (target != changed.end()) attribute.target_type = target->second->external_id;
    }
  }
}

}  // namespace muster::mapping
