// What an admin grants at the source.
#include "catalogue/loading.h"

namespace muster::catalogue {

void load_permissions(Loading& loading, const YamlNode& node) {
  MappingReader permissions(loading.check, node, "\"permissions\"");
  permissions.each([&](const YamlMember& member) {
    const YamlNode whole = Loading::unfolded(member.value, "id");
    MappingReader map(loading.check, whole, fmt::format("permission \"{}\"", member.key));
    Permission permission;
    permission.name = member.key;
    permission.id = map.text("id");
    permission.help = map.text("help");
    permission.covered_by = permission_names(loading, map, "covered_by");
    map.done();
    loading.source.permissions.push_back(std::move(permission));
  });
}

// Where the source tells when a secret ends.
void load_expiries(Loading& loading, const YamlNode& node) {
  if (!node.is_sequence()) {
    loading.check.error(node.mark, "\"expiries\" must be a list");
    return;
  }
  for (const YamlNode& item : node.items) {
    MappingReader map(loading.check, item, "an expiry");
    ExpiryRule rule;
    rule.field = map.text("field", Need::kRequired);
    load_target(loading, map, rule.request);
    rule.credentials = loading.path(map, "credentials", Need::kRequired);
    rule.end = loading.path(map, "end", Need::kRequired);
    rule.hint = loading.path(map, "hint");
    rule.permission = map.text("permission");
    map.done();
    check_request(loading, map, rule.request, Placeholders::kNone);
    loading.refer("connection field", rule.field, map.mark_of("field"), &Source::connection);
    loading.refer("permission", rule.permission, map.mark_of("permission"), &Source::permissions);
    loading.source.expiries.push_back(std::move(rule));
  }
}

std::vector<std::string> permission_names(Loading& loading, MappingReader& map,
                                          std::string_view key) {
  std::vector<std::string> names = map.texts(key);
  for (const std::string& name : names) {
    loading.refer("permission", name, map.mark_of(key), &Source::permissions);
  }
  return names;
}

}  // namespace muster::catalogue
