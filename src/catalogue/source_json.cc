#include "catalogue/source_json.h"

#include "json/writer.h"

namespace muster::catalogue {

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

namespace {

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
  const Relation* relation = source.find_relation(reference.relation);
  if (relation == nullptr) return;
  out.key("relation").string(relation->name);
  write_texts(out, "permissions", relation->permissions);
  if (!relation->hidden_permission.empty()) {
    out.key("hidden_permission").string(relation->hidden_permission);
  }
}

// Paths, and after "-" those of them that are harmless.
std::vector<std::string> never_texts(const DataSet& set) {
  std::vector<std::string> texts;
  for (const json::Path& path : set.never) texts.push_back(path.text());
  for (const json::Path& path : set.never_but) texts.push_back("-" + path.text());
  return texts;
}

void write_data_set(json::Writer& out, const Source& source, const DataSet& set) {
  out.begin_object();
  out.key("name").string(set.name);
  out.key("object_type").string(set.title);
  out.key("description").string(set.description);
  out.key("default_on").boolean(set.default_on);
  if (set.is_rows()) out.key("rows_of").string(set.rows.of);
  if (!set.slow.empty()) out.key("slow").string(set.slow);
  if (!set.warning.empty()) out.key("warning").string(set.warning);
  if (!set.never.empty()) write_texts(out, "never", never_texts(set));
  if (set.has_detail()) write_texts(out, "one_request_per_record_for", in_detail(source, set));
  out.key("key").string(set.key);
  out.key("label").string(set.label);
  write_texts(out, "permissions", set.permissions);
  if (!set.identifiers.empty()) {
    out.key("identifiers").begin_object();
    for (const auto& [kind, attribute] : set.identifiers) {
      out.key(to_string(kind)).string(attribute);
    }
    out.end_object();
  }
  out.key("attributes").begin_array();
  for (const Attribute& attribute : set.attributes) {
    out.begin_object();
    out.key("name").string(attribute.name);
    out.key("path").string(attribute.path.text());
    out.key("type").string(to_string(attribute.type));
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

}  // namespace muster::catalogue
