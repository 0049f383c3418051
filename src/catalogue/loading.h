// What the parts of the loader share; only loader.cc and load_*.cc include this.
//
// Each load_*() reads one topic into Loading::source. What needs the whole file (does that data set
// exist?) is put off with refer() and later() and checked by finish(), so that order in the file
// does not matter and every finding is told in one go.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalogue/checker.h"
#include "catalogue/loader.h"
#include "catalogue/model.h"
#include "catalogue/yaml.h"
#include "json/path.h"

namespace muster::catalogue {

// What data sets and relations have in common unless they say otherwise.
struct Defaults {
  Request request;
  bool names_address = false;
  Filter filter;
  std::string key;
  std::string label;
  json::Path member_key;
  json::Path member_type;
  std::string batch_path;
  std::uint32_t batch_size = 20;
  std::map<AttributeType, std::vector<std::string>> nulls;
};

struct Loading {
  Loading(Checker& checker, const ReadTable& table_reader)
      : check(checker), read_table(table_reader) {}
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

  // Compiled texts; what does not compile is reported at the key's value.
  json::Path path(MappingReader& map, std::string_view key, Need need = Need::kOptional,
                  const json::Path& fallback = {});
  json::Path parsed_path(std::string_view text, Mark mark);
  Where where(MappingReader& map, std::string_view key);  // always true when it is not given
  std::map<std::string, std::string> text_map(MappingReader& map, std::string_view key);

  // `mail: email` is short for `mail: { type: email }`: a scalar becomes a mapping of one key.
  static YamlNode unfolded(const YamlNode& node, std::string_view key);

  void later(std::function<void()> checking) { put_off_.push_back(std::move(checking)); }
  // An error unless `name` is empty or stands in the list once everything is loaded.
  template <typename Named>
  void refer(std::string_view kind, std::string name, Mark mark, std::vector<Named> Source::*list) {
    if (name.empty()) return;
    later([this, kind = std::string(kind), name = std::move(name), mark, list] {
      std::vector<std::string> names;
      for (const Named& each : source.*list) names.push_back(each.name);
      for (const std::string& known : names) {
        if (known == name) return;
      }
      check.unknown(mark, kind, name, names);
    });
  }
  void finish() {
    for (const auto& checking : put_off_) checking();
  }

  Checker& check;
  const ReadTable& read_table;
  Source source;
  Defaults defaults;

 private:
  std::vector<std::function<void()>> put_off_;
};

inline constexpr std::uint32_t kMaxPageSize = 100'000;

// load_connection.cc
void load_connection(Loading& loading, const YamlNode& node);
void load_connection_needs(Loading& loading, const YamlNode& node);
void load_addresses(Loading& loading, const YamlNode& node);
// load_sign_in.cc
void load_sign_in(Loading& loading, const YamlNode& node);
std::vector<ErrorRule> load_error_rules(Loading& loading, const YamlNode& node);
// load_pacing.cc
void load_lanes(Loading& loading, const YamlNode& node);
// load_permission.cc
void load_permissions(Loading& loading, const YamlNode& node);
void load_expiries(Loading& loading, const YamlNode& node);
std::vector<std::string> permission_names(Loading& loading, MappingReader& map,
                                          std::string_view key);
// load_table.cc
void load_tables(Loading& loading, const YamlNode& node);
// load_request.cc
enum class Placeholders { kNone, kParentKey, kRecordKey };
void load_request(Loading& loading, MappingReader& map, Request& request);
// Of a request: address, path, lane, units, parameters, headers.
void load_target(Loading& loading, MappingReader& map, Request& request);
void load_fields_style(MappingReader& map, Request& request);
std::map<std::string, std::string> load_parameters(Loading& loading, MappingReader& map);
void check_request(Loading& loading, const MappingReader& map, const Request& request,
                   Placeholders placeholders);
void check_own_request(Loading& loading, const MappingReader& map, const Request& request);
// {name} where a secret must not stand, or could not be filled in.
void refer_to_plain_field(Loading& loading, const std::string& name, Mark mark);
// `key_is_elsewhere`: a parameter holds {key}, so that the path need not.
void check_path(Loading& loading, std::string_view path, Mark mark, Placeholders placeholders,
                bool key_is_elsewhere = false);
Filter load_filter(Loading& loading, const YamlNode* node, const Filter& fallback);
// load_defaults.cc
void load_defaults(Loading& loading, const YamlNode& node);
// load_attribute.cc
Attribute load_attribute(Loading& loading, const YamlMember& member, bool default_on);
std::vector<Piece> load_compose(Loading& loading, MappingReader& map,
                                std::string_view key = "compose");
void note_use(std::vector<std::string>& uses, std::string_view field);
// load_reference.cc
Reference load_reference(Loading& loading, const YamlMember& member, bool default_on,
                         const std::string& data_set);
// load_parts.cc
std::vector<Pass> load_passes(Loading& loading, const YamlNode& node, const Filter& filter);
Detail load_detail(Loading& loading, const YamlNode& node, const Request& listing);
Older load_older(Loading& loading, const YamlNode& node, const Request& listing);
Expected load_expected(Loading& loading, const YamlNode& node, const Request& listing);
Request load_record(Loading& loading, const YamlNode& node, const Request& listing);
// load_rows.cc
RowRule load_rows(Loading& loading, const YamlNode& node, const MappingReader& data_set,
                  const std::string& name);
std::vector<json::Path> load_embedded_json(Loading& loading, MappingReader& map);
// load_never.cc
void load_never(Loading& loading, MappingReader& map, DataSet& set);
// Of an attribute or reference; put off until all data sets are there.
void check_kept_out(Loading& loading, const std::string& data_set, const std::string& column,
                    Mark mark);
void check_kept_out_of_parent(Loading& loading, const std::string& relation, Mark mark);
// load_unused.cc
void check_unused(Loading& loading, const YamlNode& root);
// load_data_set.cc
void load_data_sets(Loading& loading, const YamlNode& node);
// load_relation.cc
void load_relations(Loading& loading, const YamlNode& node);
std::vector<std::string> target_data_sets(const Relation& relation);

}  // namespace muster::catalogue
