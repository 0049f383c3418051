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

std::vector<std::string> permission_names(Loading& loading, MappingReader& map,
                                          std::string_view key) {
  std::vector<std::string> names = map.texts(key);
  for (const std::string& name : names) {
    loading.refer("permission", name, map.mark_of(key), &Source::permissions);
  }
  return names;
}

}  // namespace muster::catalogue
