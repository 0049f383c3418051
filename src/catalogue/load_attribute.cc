// One attribute of a data set.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "catalogue/derived.h"
#include "catalogue/loading.h"
#include "catalogue/titles.h"

namespace muster::catalogue {
namespace {

using Combine = Attribute::Combine;

const std::vector<std::string> kTypeNames = {"text",   "integer",   "boolean", "double", "date",
                                             "time",   "date_time", "url",     "email",  "textarea",
                                             "select", "ipaddress", "status"};
const std::vector<std::string> kCombineNames = {"join", "count", "least", "greatest", "json"};
const std::vector<std::string> kFormatNames = {"plain", "unix_seconds", "unix_milliseconds",
                                               "leading_number", "html"};
constexpr std::uint64_t kMostDivisor = 1'000'000'000'000;
const std::vector<std::string> kCategories = {"active", "inactive", "pending"};

// "text[]": every element of the array that the path names.
struct WrittenType {
  AttributeType type = AttributeType::kText;
  bool each = false;
};

WrittenType written_type(Loading& loading, std::string_view text, Mark mark) {
  WrittenType written;
  written.each = text.ends_with("[]");
  if (written.each) text.remove_suffix(2);
  const auto type = attribute_type(text);
  if (text == "reference") {
    loading.check.error(mark, "references stand under \"references\"");
  } else if (!type) {
    loading.check.unknown(mark, "attribute type", text, kTypeNames);
  } else {
    written.type = *type;
  }
  return written;
}

// { true: [Enabled, active] }
std::vector<StatusValue> load_statuses(Loading& loading, const YamlNode& node) {
  std::vector<StatusValue> statuses;
  MappingReader map(loading.check, node, "\"statuses\"");
  map.each([&](const YamlMember& member) {
    const auto& items = member.value.items;
    if (items.size() != 2 || !items[0].is_scalar() || !items[1].is_scalar()) {
      loading.check.error(member.value.mark, "must be [STATUS, active | inactive | pending]");
      return;
    }
    if (const auto problem = status_problem(items[0].scalar)) {
      loading.check.error(items[0].mark, *problem);
    }
    if (std::ranges::find(kCategories, items[1].scalar) == kCategories.end()) {
      loading.check.unknown(items[1].mark, "status category", items[1].scalar, kCategories);
    }
    statuses.push_back({member.key, items[0].scalar, items[1].scalar});
  });
  return statuses;
}

std::vector<Choice> load_choices(Loading& loading, const YamlNode& node) {
  std::vector<Choice> choices;
  if (!node.is_sequence()) {
    loading.check.error(node.mark, "\"choices\" must be a list of { when, value }");
    return choices;
  }
  for (const YamlNode& item : node.items) {
    MappingReader map(loading.check, item, "a choice");
    Choice choice;
    choice.when = loading.where(map, "when");
    choice.value = map.text("value", Need::kRequired);
    map.done();
    choices.push_back(std::move(choice));
  }
  return choices;
}

// [prepaidUnits.enabled, -consumedUnits]
std::vector<Term> load_sum(Loading& loading, MappingReader& map) {
  std::vector<Term> terms;
  for (const std::string& text : map.texts("sum")) {
    const bool subtract = text.starts_with('-');
    const std::string_view path = std::string_view(text).substr(subtract ? 1 : 0);
    terms.push_back({loading.parsed_path(path, map.mark_of("sum")), subtract});
  }
  return terms;
}

void load_forms(Loading& loading, MappingReader& map, Attribute& attribute) {
  for (const std::string& path : map.texts("first_of")) {
    attribute.first_of.push_back(loading.parsed_path(path, map.mark_of("first_of")));
  }
  attribute.compose = load_compose(loading, map);
  const std::string format = map.choice("format", kFormatNames, "plain");
  attribute.format = static_cast<Attribute::Format>(std::ranges::find(kFormatNames, format) -
                                                    kFormatNames.begin());
  attribute.divide_by =
      static_cast<std::int64_t>(map.whole_number("divide_by", 1, 1, kMostDivisor));
  attribute.prefix = map.text("prefix");
}

// Of "text[]". Behind a [] that is written already another one finds nothing.
json::Path each_element(Loading& loading, const MappingReader& map, const std::string& written,
                        const json::Path& path) {
  if (written.empty()) {
    loading.check.error(map.mark_of("type"), "\"[]\" behind a type needs a \"path\" to an array");
    return path;
  }
  if (path.is_plural()) {
    loading.check.error(
        map.mark_of("type"),
        fmt::format("\"[]\" behind a type means all of the array at the path, but \"{}\" names its "
                    "elements itself; leave the [] of the type out",
                    base::printable(written, 80)));
    return path;
  }
  return loading.parsed_path(written + "[]", map.mark_of("path"));
}

void load_value(Loading& loading, MappingReader& map, Attribute& attribute, bool each) {
  if (const YamlNode* choices = map.node("choices")) {
    attribute.choices = load_choices(loading, *choices);
  }
  attribute.sum = load_sum(loading, map);
  const std::string combine = map.choice("combine", kCombineNames, "join");
  attribute.combine =
      static_cast<Combine>(std::ranges::find(kCombineNames, combine) - kCombineNames.begin());
  for (const Choice& choice : attribute.choices) {
    for (const std::string& field : choice.when.first_keys()) note_use(attribute.uses, field);
  }
  for (const Term& term : attribute.sum) note_use(attribute.uses, term.path.first_key());

  load_forms(loading, map, attribute);
  for (const json::Path& path : attribute.first_of) note_use(attribute.uses, path.first_key());
  for (const Piece& piece : attribute.compose) note_use(attribute.uses, piece.path.first_key());

  const bool worked_out = !attribute.choices.empty() || !attribute.sum.empty() ||
                          !attribute.first_of.empty() || !attribute.compose.empty();
  const std::string written = map.text("path", Need::kOptional, worked_out ? "" : attribute.name);
  attribute.path = loading.parsed_path(written, map.mark_of("path"));
  if (each) attribute.path = each_element(loading, map, written, attribute.path);
  attribute.request = map.text("request");
  if (worked_out && !written.empty()) {
    loading.check.error(
        map.mark_of("path"),
        "\"choices\", \"sum\", \"first_of\" and \"compose\" take the place of \"path\"");
  }
}

// Only a text can hold several values, and only a status has statuses.
void check_type(Loading& loading, const MappingReader& map, const Attribute& attribute) {
  const bool is_text =
      attribute.type == AttributeType::kText || attribute.type == AttributeType::kTextarea;
  const bool is_changed = attribute.format != Attribute::Format::kPlain || attribute.divide_by != 1;
  const bool is_single = !attribute.path.is_plural() && attribute.combine == Combine::kJoin &&
                         attribute.choices.empty() && attribute.sum.empty() &&
                         attribute.compose.empty();
  if (is_changed && !is_single) {
    loading.check.error(map.mark(), "\"format\" and \"divide_by\" need one value");
  }
  if (!attribute.prefix.empty() && (!attribute.path.is_plural() || !is_text)) {
    loading.check.error(map.mark_of("prefix"), "\"prefix\" needs a text and a path with [] or .*");
  }
  if (attribute.path.is_plural() && attribute.combine == Combine::kJoin && !is_text) {
    loading.check.error(map.mark(), fmt::format("several values cannot be one {}; use text, or "
                                                "\"combine\" with count, least or greatest",
                                                to_string(attribute.type)));
  }
  const bool is_json = attribute.combine == Combine::kJson;
  if (!attribute.path.is_plural() && attribute.combine != Combine::kJoin && !is_json) {
    loading.check.error(map.mark_of("combine"), "\"combine\" needs a path with []");
  }
  if (is_json && !is_text) {
    loading.check.error(map.mark_of("combine"), "JSON needs the type textarea or text");
  }
  const bool is_status = attribute.type == AttributeType::kStatus;
  if (is_status && attribute.statuses.empty()) {
    loading.check.error(map.mark(), "a status needs \"statuses\"");
  }
  if (is_status && is_derived(attribute)) {
    loading.check.error(map.mark(), "a status is a value of the source, not a derived one");
  }
  if (!is_status && !attribute.statuses.empty()) {
    loading.check.error(map.mark_of("statuses"), "\"statuses\" belong to the type status");
  }
  if (!attribute.lookup_else.empty() && attribute.lookup.empty()) {
    loading.check.error(map.mark_of("lookup_else"), "\"lookup_else\" needs \"lookup\"");
  }
}

}  // namespace

// "{name} {version}"
std::vector<Piece> load_compose(Loading& loading, MappingReader& map, std::string_view key) {
  std::vector<Piece> pieces;
  const std::string text = map.text(key);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = text.find('}', at);
    if (open == std::string::npos || close == std::string::npos || close < open) {
      if (text.find_first_of("{}", at) != std::string::npos) {
        loading.check.error(map.mark_of(key), "every { needs its }");
      }
      pieces.push_back({text.substr(at), {}});
      break;
    }
    const std::string path = text.substr(open + 1, close - open - 1);
    if (path.empty()) loading.check.error(map.mark_of(key), "a path is missing in {}");
    pieces.push_back({text.substr(at, open - at), loading.parsed_path(path, map.mark_of(key))});
    at = close + 1;
  }
  return pieces;
}

void note_use(std::vector<std::string>& uses, std::string_view field) {
  if (field.empty() || std::ranges::find(uses, field) != uses.end()) return;
  uses.emplace_back(field);
}

Attribute load_attribute(Loading& loading, const YamlMember& member, bool default_on) {
  const YamlNode whole = Loading::unfolded(member.value, "type");
  MappingReader map(loading.check, whole, fmt::format("attribute \"{}\"", member.key));
  Attribute attribute;
  attribute.name = member.key;
  attribute.default_on = default_on;
  attribute.title = map.text("title", Need::kOptional, title_from_name(member.key));
  attribute.locator = map.text("locator", Need::kOptional, base::snake_case(member.key));
  attribute.description = map.text("help");
  if (const YamlNode* statuses = map.node("statuses")) {
    attribute.statuses = load_statuses(loading, *statuses);
  }
  const std::string usual_type = attribute.statuses.empty() ? "text" : "status";
  const WrittenType written =
      written_type(loading, map.text("type", Need::kOptional, usual_type), map.mark_of("type"));
  attribute.type = written.type;
  load_value(loading, map, attribute, written.each);
  attribute.join = map.text("join", Need::kOptional, attribute.join);
  attribute.permission = map.text("permission");
  attribute.detail = map.boolean("detail", false);
  attribute.nulls = map.texts("nulls");
  if (attribute.nulls.empty()) {
    const auto usual = loading.defaults.nulls.find(attribute.type);
    if (usual != loading.defaults.nulls.end()) attribute.nulls = usual->second;
  }
  attribute.lookup = map.text("lookup");
  attribute.lookup_else = map.text("lookup_else");
  map.done();
  check_type(loading, map, attribute);
  loading.refer("permission", attribute.permission, map.mark_of("permission"),
                &Source::permissions);
  loading.refer("table", attribute.lookup, map.mark_of("lookup"), &Source::tables);
  return attribute;
}

}  // namespace muster::catalogue
