// What a catalogue declares and nothing uses: mostly a slip in the name elsewhere.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

using Names = std::set<std::string, std::less<>>;

struct Uses {
  Names lanes, permissions, relations;

  void add(const Request& request) {
    if (!request.path.empty()) lanes.insert(request.lane);
    permissions.insert(request.permissions.begin(), request.permissions.end());
  }
  void add(const std::vector<std::string>& names) {
    permissions.insert(names.begin(), names.end());
  }
};

Uses uses_of(const Source& source) {
  Uses uses;
  for (const DataSet& set : source.data_sets) {
    for (const Request* request : {&set.request, &set.detail.request, &set.older.request,
                                   &set.older.detail.request, &set.expected.request}) {
      uses.add(*request);
    }
    uses.add(set.permissions);
    for (const Attribute& attribute : set.attributes) uses.permissions.insert(attribute.permission);
    for (const Reference& reference : set.references) uses.relations.insert(reference.relation);
  }
  for (const Relation& relation : source.relations) {
    uses.add(relation.request);
    uses.add(relation.permissions);
    uses.permissions.insert(relation.hidden_permission);
    uses.relations.insert(relation.otherwise);
  }
  for (const ExpiryRule& rule : source.expiries) {
    uses.add(rule.request);
    uses.permissions.insert(rule.permission);
  }
  for (const Permission& permission : source.permissions) uses.add(permission.covered_by);
  return uses;
}

void warn_of(Loading& loading, const YamlNode& root, std::string_view key, std::string_view kind,
             const Names& used) {
  const YamlNode* node = root.find(key);
  if (node == nullptr) return;
  for (const YamlMember& member : node->members) {
    if (used.contains(member.key)) continue;
    loading.check.warn(member.mark, fmt::format("nothing uses the {} \"{}\"", kind,
                                                base::printable(member.key, 80)));
  }
}

}  // namespace

void check_unused(Loading& loading, const YamlNode& root) {
  const Uses uses = uses_of(loading.source);
  warn_of(loading, root, "lanes", "lane", uses.lanes);
  warn_of(loading, root, "permissions", "permission", uses.permissions);
  warn_of(loading, root, "relations", "relation", uses.relations);
}

}  // namespace muster::catalogue
