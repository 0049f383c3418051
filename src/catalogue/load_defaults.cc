// What data sets and relations have in common unless they say otherwise.
#include "catalogue/loading.h"

namespace muster::catalogue {

void load_defaults(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"defaults\"");
  Defaults& defaults = loading.defaults;
  load_request(loading, map, defaults.request);
  check_own_request(loading, map, defaults.request);
  defaults.names_address = map.has("address");
  defaults.filter = load_filter(loading, map.node("filter"), {});
  defaults.key = map.text("key");
  defaults.label = map.text("label");
  defaults.member_key = loading.path(map, "member_key");
  defaults.member_type = loading.path(map, "member_type");
  defaults.batch_path = map.text("batch_path");
  defaults.batch_size =
      static_cast<std::uint32_t>(map.whole_number("batch_size", defaults.batch_size, 1, 1000));
  if (const YamlNode* nulls = map.node("nulls")) {
    MappingReader types(loading.check, *nulls, "\"nulls\"");
    types.each([&](const YamlMember& member) {
      const auto type = attribute_type(member.key);
      if (type) {
        defaults.nulls[*type] = types.texts(member.key);
      } else {
        loading.check.error(member.mark, fmt::format("unknown attribute type \"{}\"", member.key));
      }
    });
  }
  map.done();
}

}  // namespace muster::catalogue
