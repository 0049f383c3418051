#include "catalogue/loader.h"

#include <algorithm>

#include "catalogue/checker.h"
#include "catalogue/loading.h"
#include "catalogue/titles.h"

namespace muster::catalogue {
namespace {

bool is_plain_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

void load_answers(Loading& loading, MappingReader& map) {
  Source& source = loading.source;
  source.headers = loading.text_map(map, "headers");
  source.error_code = loading.path(map, "error_code");
  source.error_message = loading.path(map, "error_message");
  source.request_id_header = map.text("request_id_header");
  if (const YamlNode* errors = map.node("errors"))
    source.errors = load_error_rules(loading, *errors);
}

// One status is one thing in the whole schema in Assets.
void check_status_categories(Loading& loading, Mark mark) {
  std::map<std::string, std::string> categories;
  for (const DataSet& set : loading.source.data_sets) {
    for (const Attribute& attribute : set.attributes) {
      for (const StatusValue& status : attribute.statuses) {
        const auto [before, is_new] = categories.emplace(status.status, status.category);
        if (is_new || before->second == status.category) continue;
        loading.check.error(
            mark,
            fmt::format("the status \"{}\" is {} in one place and {} in \"{}\" of {}",
                        status.status, before->second, status.category, attribute.name, set.name));
      }
    }
  }
}

void load_topics(Loading& loading, const YamlNode& root) {
  MappingReader map(loading.check, root, "a catalogue");
  if (!map.usable()) return;
  Source& source = loading.source;
  source.name = map.text("name", Need::kRequired);
  source.title = map.text("title", Need::kRequired);
  source.description = map.text("description");
  if (map.node("name") != nullptr && !is_plain_name(source.name)) {
    loading.check.error(map.mark_of("name"),
                        "\"name\" must be lower-case letters, digits, _ and -");
  }
  using Load = void (*)(Loading&, const YamlNode&);
  const auto load = [&](std::string_view key, Load topic, Need need = Need::kOptional) {
    if (const YamlNode* node = map.node(key, need)) topic(loading, *node);
  };
  map.text("account_of");  // see share_account()
  load("connection", load_connection, Need::kRequired);
  load("connection_needs", load_connection_needs);
  load("addresses", load_addresses, Need::kRequired);
  load("sign_in", load_sign_in, Need::kRequired);
  load_answers(loading, map);
  load("lanes", load_lanes, Need::kRequired);
  load("permissions", load_permissions);
  source.granting = map.text("granting");
  load("expiries", load_expiries);
  load("tables", load_tables);
  load("defaults", load_defaults);
  load("data_sets", load_data_sets, Need::kRequired);
  load("relations", load_relations);
  map.done();
  loading.finish();
  check_status_categories(loading, map.mark_of("data_sets"));
}

// What one account opens is said once: a second source behind the same sign-in names the first.
constexpr std::string_view kAccountTopics[] = {
    "connection", "connection_needs", "addresses", "sign_in",           "headers",
    "error_code", "error_message",    "errors",    "request_id_header", "granting"};

void share_account(Checker& check, YamlNode& root, const ReadTable& read_file) {
  const YamlNode* other = root.find("account_of");
  if (other == nullptr) return;
  std::optional<std::string> text;
  for (const char* extension : {".yaml", ".yml", ".json"}) {
    if (!text && other->is_scalar()) text = read_file(other->scalar + extension);
  }
  const YamlFile file = text ? parse_yaml(*text, other->scalar) : YamlFile{};
  if (!text || has_errors(file.findings)) {
    check.error(other->mark, fmt::format("there is no catalogue \"{}\" whose account could be used",
                                         other->scalar));
    return;
  }
  for (const YamlMember& member : file.root.members) {
    const bool is_shared =
        std::ranges::find(kAccountTopics, member.key) != std::end(kAccountTopics);
    if (is_shared && root.find(member.key) == nullptr) root.members.push_back(member);
  }
}

}  // namespace

Loaded load_source(std::string_view yaml, std::string file_name, const ReadTable& read_table) {
  YamlFile file = parse_yaml(yaml, std::move(file_name));
  Loaded loaded;
  loaded.findings = std::move(file.findings);
  if (has_errors(loaded.findings)) return loaded;

  Checker check(file.name, loaded.findings);
  share_account(check, file.root, read_table);
  Loading loading(check, read_table);
  load_topics(loading, file.root);
  if (!has_errors(loaded.findings)) check_unused(loading, file.root);
  std::ranges::stable_sort(loaded.findings, {}, [](const Finding& finding) {
    return std::pair{finding.mark.line, finding.mark.column};
  });
  if (!has_errors(loaded.findings)) {
    loaded.source = std::make_shared<Source>(std::move(loading.source));
  }
  return loaded;
}

}  // namespace muster::catalogue
