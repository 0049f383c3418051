#include "cli/source_text.h"

#include "base/text.h"
#include "cli/tables.h"
#include "json/writer.h"

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

std::string_view type_of(const ConnectionField& field) {
  switch (field.type) {
    case ConnectionField::Type::kText: return "text";
    case ConnectionField::Type::kSecret: return "secret";
    case ConnectionField::Type::kUrl: return "url";
    case ConnectionField::Type::kChoice: return "choice";
    case ConnectionField::Type::kFile: return "file";
    case ConnectionField::Type::kDuration: return "duration";
  }
  return "";
}

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
    table.add(
        {field.name, std::string(type_of(field)), field.required ? "yes" : "", field_help(field)});
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

// What of a data set one more request per record tells.
std::vector<std::string> in_detail(const Source& source, const DataSet& set) {
  std::vector<std::string> names;
  for (const Attribute& attribute : set.attributes) {
    if (attribute.detail) names.push_back(attribute.name);
  }
  for (const Reference& reference : set.references) {
    if (reference.detail) names.push_back(reference.name);
  }
  for (const DataSet& other : source.data_sets) {
    if (other.rows.of == set.name && other.rows.detail) names.push_back(other.name);
  }
  return names;
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
  if (set.has_detail()) {
    text += wrapped(
        "Details: one more request for every record, only when something that stands "
        "there is selected: " +
            fmt::format("{}", fmt::join(in_detail(source, set), ", ")) + ".",
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

// ---- JSON -------------------------------------------------------------------------------------

void write_texts(json::Writer& out, std::string_view key, const std::vector<std::string>& texts) {
  out.key(key).begin_array();
  for (const std::string& text : texts) out.string(text);
  out.end_array();
}

void write_connection(json::Writer& out, const Source& source) {
  out.key("connection").begin_array();
  for (const ConnectionField& field : source.connection) {
    out.begin_object();
    out.key("name").string(field.name);
    out.key("type").string(type_of(field));
    out.key("required").boolean(field.required);
    out.key("help").string(field.help);
    if (!field.choices.empty()) write_texts(out, "choices", field.choices);
    if (!field.fallback.empty()) out.key("default").string(field.fallback);
    out.end_object();
  }
  out.end_array();
  out.key("connection_needs").begin_array();
  for (const std::vector<std::string>& groups : source.connection_needs) {
    out.begin_array();
    for (const std::string& group : groups) out.string(group);
    out.end_array();
  }
  out.end_array();
}

// What a relation needs beside the permissions of its data sets.
void write_relation(json::Writer& out, const Source& source, const Reference& reference) {
  const catalogue::Relation* relation = source.find_relation(reference.relation);
  if (relation == nullptr) return;
  out.key("relation").string(relation->name);
  write_texts(out, "permissions", relation->permissions);
  if (!relation->hidden_permission.empty()) {
    out.key("hidden_permission").string(relation->hidden_permission);
  }
}

void write_data_set(json::Writer& out, const Source& source, const DataSet& set) {
  out.begin_object();
  out.key("name").string(set.name);
  out.key("object_type").string(set.title);
  out.key("description").string(set.description);
  out.key("default_on").boolean(set.default_on);
  if (set.is_rows()) out.key("rows_of").string(set.rows.of);
  if (!set.slow.empty()) out.key("slow").string(set.slow);
  if (set.has_detail()) write_texts(out, "one_request_per_record_for", in_detail(source, set));
  out.key("key").string(set.key);
  out.key("label").string(set.label);
  write_texts(out, "permissions", set.permissions);
  if (!set.identifiers.empty()) {
    out.key("identifiers").begin_object();
    for (const auto& [kind, attribute] : set.identifiers) {
      out.key(catalogue::to_string(kind)).string(attribute);
    }
    out.end_object();
  }
  out.key("attributes").begin_array();
  for (const Attribute& attribute : set.attributes) {
    out.begin_object();
    out.key("name").string(attribute.name);
    out.key("path").string(attribute.path.text());
    out.key("type").string(catalogue::to_string(attribute.type));
    out.key("title").string(attribute.title);
    out.key("description").string(attribute.description);
    out.key("default_on").boolean(attribute.default_on);
    if (!attribute.permission.empty()) out.key("permission").string(attribute.permission);
    out.end_object();
  }
  out.end_array();
  out.key("references").begin_array();
  for (const Reference& reference : set.references) {
    out.begin_object();
    out.key("name").string(reference.name);
    if (!reference.target_source.empty()) {
      out.key("target_source").string(reference.target_source);
    }
    out.key("target").string(reference.target);
    out.key("title").string(reference.title);
    out.key("description").string(reference.description);
    out.key("many").boolean(reference.many);
    out.key("default_on").boolean(reference.default_on);
    write_relation(out, source, reference);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_permissions(json::Writer& out, const Source& source) {
  out.key("permissions").begin_array();
  for (const Permission& permission : source.permissions) {
    out.begin_object();
    out.key("name").string(permission.name);
    if (!permission.id.empty()) out.key("id").string(permission.id);
    write_texts(out, "covered_by", permission.covered_by);
    out.key("help").string(permission.help);
    out.end_object();
  }
  out.end_array();
}

void write_limits(json::Writer& out, const Source& source) {
  out.key("limits").begin_array();
  for (const LaneRule& lane : source.lanes) {
    out.begin_object();
    out.key("name").string(lane.name);
    out.key("units").real(lane.units, 3);
    out.key("window_seconds").real(std::chrono::duration<double>(lane.window).count(), 3);
    out.key("max_in_flight").number(std::uint64_t{lane.max_in_flight});
    out.end_object();
  }
  out.end_array();
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

std::string source_json(const Source& source) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("name").string(source.name);
  out.key("title").string(source.title);
  out.key("description").string(source.description);
  write_connection(out, source);
  out.key("data_sets").begin_array();
  for (const DataSet& set : source.data_sets) write_data_set(out, source, set);
  out.end_array();
  write_permissions(out, source);
  write_limits(out, source);
  out.end_object();
  return text;
}

}  // namespace muster::cli
