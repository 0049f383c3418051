#include "cli/source_text.h"

#include "base/text.h"
#include "catalogue/source_json.h"
#include "cli/tables.h"

namespace muster::cli {
namespace {

using catalogue::Attribute;
using catalogue::ConnectionField;
using catalogue::DataSet;
using catalogue::LaneRule;
using catalogue::Permission;
using catalogue::Reference;
using catalogue::Source;

constexpr std::size_t kTextWidth = 100;

std::string field_help(const ConnectionField& field) {
  std::string help = field.help;
  if (help.ends_with('.')) help.pop_back();
  auto add = [&](std::string more) { help += (help.empty() ? "" : "; ") + std::move(more); };
  if (!field.choices.empty()) add(fmt::format("one of {}", fmt::join(field.choices, ", ")));
  if (!field.fallback.empty()) add("default " + field.fallback);
  return help;
}

std::string connection_text(const Source& source) {
  Table table({{"connection key"}, {"type"}, {"needed"}, {"meaning"}});
  for (const ConnectionField& field : source.connection) {
    table.add({field.name, std::string(catalogue::type_of(field)), field.required ? "yes" : "",
               field_help(field)});
  }
  std::string text = table.text();
  for (const std::vector<std::string>& groups : source.connection_needs) {
    std::string ways;
    for (const std::string& group : groups) {
      if (!ways.empty()) ways += ", or ";
      ways += fmt::format("{}", fmt::join(base::split(group, '+'), " and "));
    }
    text += "Needs " + ways + ".\n";
  }
  return text;
}

// What makes its records and those of other sources one thing.
std::vector<std::string> identifiers_of(const DataSet& set) {
  std::vector<std::string> texts;
  for (const auto& [kind, attribute] : set.identifiers) {
    texts.push_back(fmt::format("{} ({})", catalogue::to_string(kind), attribute));
  }
  return texts;
}

std::string target_of(const Reference& reference) {
  if (reference.target_source.empty()) return reference.target;
  return fmt::format("{} of {}", reference.target, reference.target_source);
}

std::string selected(const Reference& reference) {
  if (!reference.default_on) return "";
  return reference.target_source.empty()
             ? "yes"
             : fmt::format("with links: {{ {}: IMPORTER }}", reference.target_source);
}

std::string data_set_text(const Source& source, const DataSet& set) {
  std::string text = fmt::format("{} -> object type \"{}\"{}{}\n", set.name, set.title,
                                 set.is_rows() ? ", from " + set.rows.of : "",
                                 set.default_on ? "" : " (off unless selected)");
  text += wrapped(set.description, kTextWidth, "  ", "  ");
  if (!set.slow.empty()) text += wrapped("Slow: " + set.slow, kTextWidth, "  ", "  ");
  if (!set.warning.empty()) text += wrapped("Warning: " + set.warning, kTextWidth, "  ", "  ");
  if (!set.never.empty()) {
    std::vector<std::string> paths;
    for (const json::Path& path : set.never) paths.push_back(path.text());
    text +=
        wrapped(fmt::format("Never imported: {}.", fmt::join(paths, ", ")), kTextWidth, "  ", "  ");
  }
  if (set.has_detail()) {
    text += wrapped(
        "Details: one more request for every record, only when something that stands "
        "there is selected: " +
            fmt::format("{}", fmt::join(catalogue::in_detail(source, set), ", ")) + ".",
        kTextWidth, "  ", "  ");
  }
  if (!set.permissions.empty()) {
    text += fmt::format("  Permissions: {}\n", fmt::join(set.permissions, ", "));
  }
  if (!set.identifiers.empty()) {
    text += fmt::format("  Identified by: {}\n", fmt::join(identifiers_of(set), ", "));
  }
  Table attributes({{"  attribute"}, {"path"}, {"type"}, {"in Assets"}, {"selected"}});
  for (const Attribute& attribute : set.attributes) {
    const std::string role = attribute.name == set.key ? "key" : attribute.default_on ? "yes" : "";
    // Most attributes stand where their name says; a path is worth reading when it differs.
    const std::string path = attribute.path.text() == attribute.name ? "" : attribute.path.text();
    attributes.add({"  " + attribute.name, path, std::string(catalogue::to_string(attribute.type)),
                    attribute.title, role});
  }
  text += attributes.text();
  Table references({{"  reference"}, {"to"}, {"in Assets"}, {"selected"}});
  for (const Reference& reference : set.references) {
    references.add(
        {"  " + reference.name, target_of(reference), reference.title, selected(reference)});
  }
  return text + references.text();
}

std::string permissions_text(const Source& source) {
  Table table({{"permission"}, {"also enough"}, {"for"}});
  for (const Permission& permission : source.permissions) {
    table.add({permission.name, fmt::format("{}", fmt::join(permission.covered_by, ", ")),
               permission.help});
  }
  return table.text();
}

std::string limits_text(const Source& source) {
  Table table({{"limit"}, {"units"}, {"per", Align::kRight}, {"requests at once", Align::kRight}});
  for (const LaneRule& lane : source.lanes) {
    table.add({lane.name, lane.units > 0 ? fmt::format("{:g}", lane.units) : "not known",
               base::format_duration(lane.window), std::to_string(lane.max_in_flight)});
  }
  return table.text();
}

}  // namespace

std::string source_text(const Source& source) {
  std::string text = fmt::format("{} ({})\n", source.title, source.name);
  text += wrapped(source.description, kTextWidth, "", "") + "\n";
  text += connection_text(source) + "\n";
  for (const DataSet& set : source.data_sets) text += data_set_text(source, set) + "\n";
  if (!source.permissions.empty()) text += permissions_text(source) + "\n";
  return text + limits_text(source);
}

}  // namespace muster::cli
