// What an admin fills in, and where requests go.
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

using Type = ConnectionField::Type;

constexpr std::array kFieldTypes = {
    std::pair{std::string_view("text"), Type::kText},
    std::pair{std::string_view("secret"), Type::kSecret},
    std::pair{std::string_view("url"), Type::kUrl},
    std::pair{std::string_view("choice"), Type::kChoice},
    std::pair{std::string_view("file"), Type::kFile},
    std::pair{std::string_view("duration"), Type::kDuration},
};

// Every importer has these beside the source's own.
constexpr std::array<std::string_view, 2> kCommonFields = {"ca_file", "allow_private_address"};

Type field_type(std::string_view text) {
  for (const auto& [known, type] : kFieldTypes) {
    if (known == text) return type;
  }
  return Type::kText;
}

bool is_time_span(std::string_view text) {
  const auto span = base::parse_duration(text);
  return span && *span > base::Duration::zero();
}

void check_patterns(Loading& loading, const MappingReader& map, const ConnectionField& field) {
  const bool has_pattern = !field.pattern.empty() || !field.refused_pattern.empty();
  const bool is_written = field.type == Type::kText || field.type == Type::kUrl;
  if (has_pattern == field.form.empty() || (has_pattern && !is_written)) {
    loading.check.error(
        map.mark(),
        "\"pattern\" or \"refused_pattern\" and \"form\" belong together, and to the "
        "types text and url");
    return;
  }
  for (const std::string_view key : {"pattern", "refused_pattern"}) {
    const std::string& text = key == "pattern" ? field.pattern : field.refused_pattern;
    const re2::RE2 pattern(text, re2::RE2::Quiet);
    if (pattern.ok()) continue;
    loading.check.error(map.mark_of(key), fmt::format("\"{}\" is not accepted: {}", key,
                                                      base::printable(pattern.error())));
  }
}

bool matches(std::string_view value, const std::string& pattern) {
  return re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()),
                             re2::RE2(pattern, re2::RE2::Quiet));
}

// How short and how long a duration may be, which its default must obey.
void load_span(Loading& loading, MappingReader& map, ConnectionField& field) {
  for (const auto& [key, limit] :
       {std::pair{"at_least", &field.least}, std::pair{"at_most", &field.most}}) {
    if (!map.has(key)) continue;
    *limit = map.duration(key, base::Duration::zero());
    if (field.type != Type::kDuration) {
      loading.check.error(map.mark_of(key),
                          fmt::format("\"{}\" belongs to the type duration", key));
    }
  }
  if (field.least && field.most && *field.least > *field.most) {
    loading.check.error(map.mark_of("at_least"), "\"at_least\" must not be more than \"at_most\"");
  }
  const auto span = base::parse_duration(field.fallback);
  if (field.type != Type::kDuration || !span || field.allows(*span)) return;
  loading.check.error(map.mark_of("default"),
                      "\"default\" must lie between \"at_least\" and \"at_most\"");
}

ConnectionField load_field(Loading& loading, const YamlMember& member) {
  std::vector<std::string> type_names;
  for (const auto& [name, type] : kFieldTypes) type_names.emplace_back(name);
  const YamlNode whole = Loading::unfolded(member.value, "type");
  MappingReader map(loading.check, whole, fmt::format("connection field \"{}\"", member.key));
  ConnectionField field;
  field.name = member.key;
  field.type = field_type(map.choice("type", type_names, "text"));
  field.required = map.boolean("required", false);
  field.help = map.text("help");
  field.choices = map.texts("choices");
  field.fallback = map.text("default");
  field.pattern = map.text("pattern");
  field.refused_pattern = map.text("refused_pattern");
  field.form = map.text("form");
  check_patterns(loading, map, field);
  if ((field.type == Type::kChoice) == field.choices.empty()) {
    loading.check.error(map.mark(), "\"choices\" belong to the type choice, which needs them");
  }
  const bool known_choice = field.choices.empty() || field.fallback.empty() ||
                            std::ranges::find(field.choices, field.fallback) != field.choices.end();
  if (!known_choice) {
    loading.check.unknown(map.mark_of("default"), "choice", field.fallback, field.choices);
  }
  const bool is_span =
      field.type != Type::kDuration || field.fallback.empty() || is_time_span(field.fallback);
  if (!is_span) {
    loading.check.error(map.mark_of("default"),
                        fmt::format("\"default\" must be a duration such as 90s, 15m, 6h or 7d, "
                                    "not \"{}\"",
                                    base::printable(field.fallback, 80)));
  }
  load_span(loading, map, field);
  map.done();
  return field;
}

void check_url(Loading& loading, std::string_view url, Mark mark) {
  const bool plain = url.starts_with("https://") &&
                     url.size() > std::string_view("https://").size() &&
                     url.find_first_of(" ?#@") == std::string_view::npos && !url.ends_with('/');
  if (!plain) {
    loading.check.error(mark,
                        fmt::format("\"{}\" must be https://HOST[/PATH] without a slash at the end",
                                    base::printable(url, 80)));
  }
}

// The importer can reach the address whatever it chooses.
void check_choices(Loading& loading, const Address& address, Mark mark) {
  const ConnectionField* field = loading.source.find_field(address.choose_by);
  if (field == nullptr) return;
  for (const auto& [choice, url] : address.urls) {
    if (std::ranges::find(field->choices, choice) == field->choices.end()) {
      loading.check.unknown(mark, "choice", choice, field->choices);
    }
  }
  for (const std::string& choice : field->choices) {
    if (!address.field.empty() || address.urls.contains(choice)) continue;
    loading.check.error(
        mark, fmt::format("address \"{}\" has no URL for the choice \"{}\"", address.name, choice));
  }
}

Address load_address(Loading& loading, const YamlMember& member) {
  MappingReader map(loading.check, member.value, fmt::format("address \"{}\"", member.key));
  Address address;
  address.name = member.key;
  address.field = map.text("field");
  address.choose_by = map.text("choose_by");
  address.base_path = map.text("base_path");
  address.urls = loading.text_map(map, "urls");
  if (const std::string url = map.text("url"); !url.empty()) address.urls[""] = url;
  map.done();

  loading.refer("connection field", address.field, map.mark_of("field"), &Source::connection);
  loading.refer("connection field", address.choose_by, map.mark_of("choose_by"),
                &Source::connection);
  for (const auto& [choice, url] : address.urls) {
    const YamlNode* urls = member.value.find("urls");
    const YamlNode* place = urls == nullptr ? nullptr : urls->find(choice);
    check_url(loading, url, place == nullptr ? map.mark_of("url") : place->mark);
  }
  if (!address.base_path.empty() &&
      (!address.base_path.starts_with('/') || address.base_path.ends_with('/'))) {
    loading.check.error(map.mark_of("base_path"),
                        "\"base_path\" begins with a slash and does not end with one");
  }
  if (address.urls.empty() && address.field.empty() && map.usable()) {
    loading.check.error(map.mark(), "an address needs \"field\", \"url\" or \"urls\"");
  }
  if (address.choose_by.empty() == !address.urls.empty() && !address.urls.contains("")) {
    loading.check.error(map.mark(), "\"urls\" and \"choose_by\" belong together");
  }
  loading.later([&loading, name = address.name, mark = map.mark()] {
    check_choices(loading, *loading.source.find_address(name), mark);
  });
  return address;
}

}  // namespace

bool ConnectionField::accepts(std::string_view value) const {
  return (pattern.empty() || matches(value, pattern)) &&
         (refused_pattern.empty() || !matches(value, refused_pattern));
}

bool ConnectionField::allows(base::Duration span) const {
  return (!least || span >= *least) && (!most || span <= *most);
}

void load_connection(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"connection\"");
  map.each([&](const YamlMember& member) {
    if (std::ranges::find(kCommonFields, member.key) != kCommonFields.end()) {
      loading.check.error(member.mark,
                          fmt::format("every connection has \"{}\" already", member.key));
    }
    loading.source.connection.push_back(load_field(loading, member));
  });
}

// [client_secret, certificate+private_key]: one of them; several such lists: one of each.
void load_connection_needs(Loading& loading, const YamlNode& node) {
  if (!node.is_sequence()) {
    loading.check.error(node.mark, "\"connection_needs\" must be a list of lists");
    return;
  }
  for (const YamlNode& group : node.items) {
    std::vector<std::string> alternatives;
    if (!group.is_sequence() || group.items.empty()) {
      loading.check.error(group.mark,
                          "must be a list such as [client_secret, certificate+private_key]");
    }
    for (const YamlNode& alternative : group.items) {
      for (const std::string_view field : base::split(alternative.scalar, '+')) {
        loading.refer("connection field", std::string(field), alternative.mark,
                      &Source::connection);
      }
      alternatives.push_back(alternative.scalar);
    }
    loading.source.connection_needs.push_back(std::move(alternatives));
  }
}

void load_addresses(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"addresses\"");
  map.each([&](const YamlMember& member) {
    loading.source.addresses.push_back(load_address(loading, member));
  });
}

}  // namespace muster::catalogue
