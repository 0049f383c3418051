// The importer file (interfaces.md section 3), top down. Everything wrong with it is found in one
// go.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "catalogue/checker.h"
#include "catalogue/titles.h"
#include "mapping/where_check.h"
#include "run/importer.h"
#include "run/importer_file_connection.h"
#include "run/importer_file_people.h"
#include "run/importer_file_schedule.h"
#include "run/importer_file_secret.h"
#include "run/importer_file_selection.h"
#include "run/importer_file_site.h"

namespace muster::run {
namespace {

using catalogue::Checker;
using catalogue::Findings;
using catalogue::MappingReader;
using catalogue::Mark;
using catalogue::Need;
using catalogue::YamlNode;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::uint64_t kMaxAttempts = 100;
constexpr auto kMaxWait = std::chrono::hours(24);  // the longest Retry-After that is believed
constexpr auto kMaxDeadline = std::chrono::hours(24 * 7);

// As people write it in the file: 90s, 15m, 6h, 7d.
std::string short_text(base::Duration duration) {
  constexpr std::pair<std::chrono::seconds, char> kUnits[] = {
      {std::chrono::hours(24), 'd'}, {std::chrono::hours(1), 'h'}, {std::chrono::minutes(1), 'm'}};
  for (const auto& [unit, letter] : kUnits) {
    if (duration >= unit && duration % unit == base::Duration::zero()) {
      return fmt::format("{}{}", duration / unit, letter);
    }
  }
  return fmt::format("{}s", duration / std::chrono::seconds(1));
}

void check_between(Checker& check, MappingReader& map, std::string_view key, base::Duration value,
                   base::Duration low, base::Duration high) {
  if (value >= low && value <= high) return;
  const YamlNode* node = map.node(key);
  check.error(node == nullptr ? map.mark() : node->mark,
              fmt::format("{}: between {} and {}", key, short_text(low), short_text(high)));
}

// The name becomes part of the ids in Assets (muster/<importer>/...), where it stays for good.
std::string read_name(Checker& check, MappingReader& map) {
  std::string name = map.text("name", Need::kRequired);
  if (name.empty()) return name;
  const bool good =
      name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) || c == '-' || c == '_' || c == '.');
      });
  if (!good) {
    check.error(map.node("name")->mark,
                fmt::format("name: up to {} letters, digits, '-', '_' or '.'", kMaxNameBytes));
  }
  return name;
}

void find_source(Checker& check, MappingReader& map, const catalogue::Library& library,
                 Importer& importer) {
  const std::string name = map.text("source", Need::kRequired);
  if (name.empty()) return;
  importer.source = library.find(name);
  if (importer.source != nullptr) return;
  if (const std::string file = library.unusable_file(name); !file.empty()) {
    check.error(map.node("source")->mark,
                fmt::format("source: the catalogue of {0} cannot be used; `muster lint {1}` tells "
                            "what is wrong in it",
                            name, file));
    return;
  }
  check.unknown(map.node("source")->mark, "source", name, library.names());
}

void read_schema(Checker& check, MappingReader& map, DestinationSettings& to) {
  const YamlNode* node = map.node("schema", Need::kRequired);
  if (node == nullptr) return;
  MappingReader schema(check, *node, "schema");
  if (!schema.usable()) return;
  const YamlNode* name = schema.node("name", Need::kRequired);
  if (name != nullptr) to.schema_name = schema.text("name", Need::kRequired);
  to.schema_description = schema.text("description");
  schema.done();
  const auto problem = catalogue::name_problem(to.schema_name);
  if (problem && name != nullptr && !to.schema_name.empty()) check.error(name->mark, *problem);
}

void read_jsm_assets(Checker& check, MappingReader& map, Importer& importer) {
  DestinationSettings& to = importer.destination;
  if (const YamlNode* token = map.node("token", Need::kRequired)) {
    to.token = read_secret_place(check, *token, "token", "JSM_IMPORT_TOKEN");
  }
  to.trust = read_trust(map, importer.file);
  to.api_url = map.text("api_url", Need::kOptional, to.api_url);
  if (const YamlNode* url = map.node("api_url"); url != nullptr && url->is_scalar()) {
    check_base_url(check, url->mark, "api_url", url->scalar, to.trust);
  }
  read_schema(check, map, to);
  if (const YamlNode* people = map.node("people"); people != nullptr && !people->is_null()) {
    read_people(check, *people, importer);
  }
}

void read_files(MappingReader& map, Importer& importer) {
  DestinationSettings& to = importer.destination;
  to.directory = beside_file(importer.file, map.text("dir", Need::kRequired));
  // schema.json holds the same document as would go to Assets, so its name may be given here too.
  to.schema_name = importer.name;
  std::replace(to.schema_name.begin(), to.schema_name.end(), '.', '-');  // Assets refuses dots
}

// Which type was meant by what is missing or misspelt, told by the keys beside it.
std::string meant_type(const MappingReader& map) {
  if (map.has("dir")) return "files";
  for (const std::string_view key : {"token", "schema", "api_url", "people"}) {
    if (map.has(key)) return "jsm_assets";
  }
  return "";
}

void read_destination(Checker& check, MappingReader& importer_map, Importer& importer) {
  const YamlNode* node = importer_map.node("destination", Need::kRequired);
  if (node == nullptr) return;
  MappingReader map(check, *node, "destination");
  if (!map.usable()) return;
  DestinationSettings& to = importer.destination;
  const std::string type =
      map.choice("type", {"jsm_assets", "files"}, meant_type(map), Need::kRequired);
  if (type.empty()) return;  // which other keys belong here depends on it
  using Missing = DestinationSettings::Missing;
  const std::map<std::string, Missing> meanings = {{"remove", Missing::kRemove},
                                                   {"update", Missing::kUpdate},
                                                   {"ignore", Missing::kIgnore},
                                                   {"unknown", Missing::kUnknown}};
  const auto missing = meanings.find(
      map.choice("missing_objects", {"remove", "update", "ignore", "unknown"}, "unknown"));
  to.missing_objects = missing == meanings.end() ? Missing::kUnknown : missing->second;
  if (type == "files") {
    to.type = DestinationSettings::Type::kFiles;
    read_files(map, importer);
    if (map.node("schema") != nullptr) read_schema(check, map, to);
  } else {
    read_jsm_assets(check, map, importer);
  }
  map.done();
}

void read_retry(Checker& check, MappingReader& importer_map, Importer& importer) {
  const YamlNode* node = importer_map.node("retry");
  if (node == nullptr || node->is_null()) return;
  MappingReader map(check, *node, "retry");
  if (!map.usable()) return;
  importer.retry.attempts = static_cast<std::uint32_t>(
      map.whole_number("attempts", importer.retry.attempts, 1, kMaxAttempts));
  importer.retry.max_wait = map.duration("max_wait", importer.retry.max_wait);
  check_between(check, map, "max_wait", importer.retry.max_wait, std::chrono::seconds(1), kMaxWait);
  map.done();
}

void read_thresholds(MappingReader& map, Thresholds& limits) {
  limits.max_missing_percent =
      map.number("max_missing_percent", limits.max_missing_percent, 0, 100);
  limits.max_missing_objects =
      map.whole_number("max_missing_objects", limits.max_missing_objects, 0, kMaxRecordLimit);
  limits.max_blanked_percent =
      map.number("max_blanked_percent", limits.max_blanked_percent, 0, 100);
}

void read_data_set_thresholds(Checker& check, const YamlNode& node, Importer& importer) {
  MappingReader map(check, node, "safety.data_sets");
  map.each([&](const catalogue::YamlMember& member) {
    if (importer.source != nullptr && importer.source->find_data_set(member.key) == nullptr) {
      std::vector<std::string> names;
      for (const auto& set : importer.source->data_sets) names.push_back(set.name);
      check.unknown(member.mark, "data set", member.key, names);
      return;
    }
    MappingReader limits(check, member.value, "safety of " + member.key);
    if (!limits.usable()) return;
    Thresholds& own = importer.safety.data_sets[member.key] = importer.safety.thresholds;
    read_thresholds(limits, own);
    limits.done();
  });
}

void read_safety(Checker& check, MappingReader& importer_map, Importer& importer) {
  const YamlNode* node = importer_map.node("safety");
  if (node == nullptr || node->is_null()) return;
  MappingReader map(check, *node, "safety");
  if (!map.usable()) return;
  Safety& safety = importer.safety;
  read_thresholds(map, safety.thresholds);
  safety.reject_limit = map.whole_number("reject_limit", safety.reject_limit, 0, kMaxRecordLimit);
  safety.accept_parked = map.choice("parked", {"hold", "accept"}, "hold") == "accept";
  if (const YamlNode* data_sets = map.node("data_sets"); data_sets && !data_sets->is_null()) {
    read_data_set_thresholds(check, *data_sets, importer);
  }
  map.done();
}

void read_limits(Checker& check, MappingReader& map, Importer& importer) {
  importer.selection.record_limit = map.whole_number("record_limit", 0, 0, kMaxRecordLimit);
  read_retry(check, map, importer);
  importer.deadline = map.duration("deadline", importer.deadline);
  check_between(check, map, "deadline", importer.deadline, std::chrono::seconds(1), kMaxDeadline);
  const YamlNode* retry = map.node("retry");
  const YamlNode* max_wait = retry == nullptr ? nullptr : retry->find("max_wait");
  if (max_wait != nullptr && importer.retry.max_wait <= kMaxWait &&
      importer.retry.max_wait > importer.deadline) {
    check.error(max_wait->mark,
                fmt::format("max_wait: longer than the deadline of the whole run ({})",
                            short_text(importer.deadline)));
  }
  read_safety(check, map, importer);
}

Importer read_importer(Checker& check, const YamlNode& node, const catalogue::Library& library) {
  Importer importer{.file = check.file(), .mark = node.mark};
  MappingReader map(check, node, "importer");
  if (!map.usable()) return importer;
  importer.name = read_name(check, map);
  find_source(check, map, library, importer);
  const YamlNode* connection = map.node("connection", Need::kRequired);
  if (connection != nullptr && importer.source != nullptr) {
    read_connection(check, *connection, importer);
  } else if (connection != nullptr) {
    read_unknown_connection(check, *connection, library, importer);
  }
  read_data_sets(check, map.node("data_sets"), importer.selection);
  read_links(check, map, importer.selection);
  read_destination(check, map, importer);
  read_limits(check, map, importer);
  importer.schedule = read_schedule(check, map.node("schedule"), map.node("blackout"));
  map.done();
  return importer;
}

// What others need to know of an importer whose own definition is kept elsewhere (definition.h).
Importer read_neighbour(Checker& check, const YamlNode& node, const catalogue::Library& library) {
  Importer importer{.file = check.file(), .mark = node.mark};
  MappingReader map(check, node, "neighbour");
  if (!map.usable()) return importer;
  importer.name = read_name(check, map);
  find_source(check, map, library, importer);
  read_data_sets(check, map.node("data_sets"), importer.selection);
  read_links(check, map, importer.selection);
  if (const YamlNode* destination = map.node("destination", Need::kRequired)) {
    MappingReader to(check, *destination, "destination");
    const bool to_files =
        to.choice("type", {"jsm_assets", "files"}, "", Need::kRequired) == "files";
    importer.destination.type =
        to_files ? DestinationSettings::Type::kFiles : DestinationSettings::Type::kJsmAssets;
    importer.destination.api_url =
        to.text("api_url", Need::kOptional, importer.destination.api_url);
    if (to.has("schema")) read_schema(check, to, importer.destination);
    to.done();
  }
  map.done();
  return importer;
}

// Everything the selection of an importer means, or does not.
void check_plan(Checker& check, const Importer& importer, Findings& findings) {
  if (importer.source == nullptr) {
    mapping::check_conditions(check, importer.selection);
    return;
  }
  mapping::Plan plan;
  Findings more =
      mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  for (catalogue::Finding& finding : more) {
    // The plan does not know where an importer begins that says nothing about its data sets.
    if (finding.mark.line == 1 && finding.mark.column == 1) finding.mark = importer.mark;
    findings.push_back(std::move(finding));
  }
  if (importer.destination.people) check_people(check, plan, *importer.destination.people);
}

void check_unique_names(Checker& check, const std::vector<Importer>& importers) {
  std::map<std::string, Mark> seen;
  for (const Importer& importer : importers) {
    if (importer.name.empty()) continue;
    const auto [first, is_new] = seen.emplace(importer.name, importer.mark);
    if (is_new) continue;
    check.error(importer.mark, fmt::format("importer: the name \"{}\" is already used at line {}",
                                           importer.name, first->second.line));
  }
}

ImporterFile read_file(catalogue::YamlFile yaml, const catalogue::Library& library) {
  ImporterFile file;
  file.findings = std::move(yaml.findings);
  if (catalogue::has_errors(file.findings)) return file;
  Checker check(yaml.name, file.findings);
  if (yaml.root.is_null()) {
    check.error({1, 1}, "the file is empty; it needs \"version: 1\" and \"importers:\"");
    return file;
  }
  MappingReader root(check, yaml.root, "importer file");
  if (!root.usable()) return file;
  root.choice("version", {"1"}, "1", Need::kRequired);
  const YamlNode* importers = root.node("importers", Need::kRequired);
  if (importers != nullptr && (!importers->is_sequence() || importers->items.empty())) {
    check.error(importers->mark,
                "importers: a list with at least one importer is needed (- name: ...)");
  } else if (importers != nullptr) {
    for (const YamlNode& node : importers->items) {
      file.importers.push_back(read_importer(check, node, library));
    }
  }
  std::vector<Importer> neighbours;
  const YamlNode* others = root.node("neighbours");
  if (others != nullptr && !others->is_sequence()) {
    check.error(
        others->mark,
        "neighbours: a list of importers is needed; leave it out, `muster apply` writes it");
  } else if (others != nullptr) {
    for (const YamlNode& node : others->items) {
      neighbours.push_back(read_neighbour(check, node, library));
    }
  }
  std::vector<IdentityEntry> identities = read_identities(check, root.node("identities"));
  root.done();
  check_unique_names(check, file.importers);
  connect(check, file.importers, neighbours, std::move(identities));
  for (const Importer& importer : file.importers) check_plan(check, importer, file.findings);
  std::stable_sort(file.findings.begin(), file.findings.end(), [](const auto& a, const auto& b) {
    return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
  });
  return file;
}

}  // namespace

ImporterFile load_importers(const std::string& path, const catalogue::Library& library) {
  return read_file(catalogue::read_yaml_file(path), library);
}

ImporterFile load_importers_text(std::string_view text, const std::string& name,
                                 const catalogue::Library& library) {
  return read_file(catalogue::parse_yaml(text, name), library);
}

}  // namespace muster::run
