// One GET with its paging.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "catalogue/loading.h"
#include "json/writer.h"

namespace muster::catalogue {
namespace {

using Strategy = Paging::Strategy;

constexpr std::array kStrategies = {
    std::pair{std::string_view("single"), Strategy::kSingle},
    std::pair{std::string_view("next_link"), Strategy::kNextLink},
    std::pair{std::string_view("link_header"), Strategy::kLinkHeader},
    std::pair{std::string_view("page_number"), Strategy::kPageNumber},
    std::pair{std::string_view("offset"), Strategy::kOffset},
    std::pair{std::string_view("cursor"), Strategy::kCursor},
    std::pair{std::string_view("export_job"), Strategy::kExportJob},
    std::pair{std::string_view("last_key"), Strategy::kLastKey},
};

constexpr std::array kEnds = {
    std::pair{std::string_view("total"), Paging::End::kTotal},
    std::pair{std::string_view("short"), Paging::End::kShort},
    std::pair{std::string_view("empty"), Paging::End::kEmpty},
};

constexpr std::string_view kAnyRecords = "any";
constexpr std::string_view kKey = "key";  // {key}: of the parent or record that is asked for

constexpr double kMostUnitsPerRequest = 1e6;
constexpr std::uint64_t kMostFailures = 10;  // as often as a lane tries

// The body is written as YAML and sent as JSON; every scalar is a text in it.
void append_json(std::string& out, const YamlNode& node) {
  if (node.is_mapping()) {
    out += '{';
    for (const YamlMember& member : node.members) {
      if (out.back() != '{') out += ',';
      json::append_quoted(out, member.key);
      out += ':';
      append_json(out, member.value);
    }
    out += '}';
  } else if (node.is_sequence()) {
    out += '[';
    for (const YamlNode& item : node.items) {
      if (out.back() != '[') out += ',';
      append_json(out, item);
    }
    out += ']';
  } else {
    json::append_quoted(out, node.scalar);
  }
}

void load_export_job(Loading& loading, MappingReader& map, ExportRule& rule) {
  if (const YamlNode* body = map.node("body", Need::kRequired)) append_json(rule.body, *body);
  rule.id = loading.path(map, "id", Need::kRequired);
  rule.look = map.text("look", Need::kRequired);
  rule.status = loading.path(map, "status", Need::kRequired);
  rule.done = map.text("done", Need::kRequired);
  rule.failed = map.text("failed");
  rule.url = loading.path(map, "url", Need::kRequired);
  rule.poll = map.duration("poll", rule.poll);
  rule.give_up = map.duration("give_up", rule.give_up);
  rule.attempts = static_cast<std::uint32_t>(map.whole_number("attempts", rule.attempts, 1, 20));
  if (!rule.look.empty()) {
    check_path(loading, rule.look, map.mark_of("look"), Placeholders::kParentKey);
  }
}

Paging::End load_end(Loading& loading, MappingReader& map, const Paging& paging) {
  if (map.node("end") == nullptr) return paging.end;
  if (paging.strategy == Strategy::kSingle) {
    loading.check.error(map.mark_of("end"), "a single page has no \"end\" to be found");
  }
  std::vector<std::string> names;
  for (const auto& [name, end] : kEnds) names.emplace_back(name);
  const std::string chosen = map.choice("end", names, "");
  for (const auto& [name, end] : kEnds) {
    if (name == chosen) return end;
  }
  return paging.end;
}

struct KeyOfStrategies {
  std::string_view key;
  std::initializer_list<Strategy> strategies;  // that have a use for it
};
const KeyOfStrategies kKeys[] = {
    {"next", {Strategy::kNextLink, Strategy::kCursor}},
    {"position_parameter",
     {Strategy::kCursor, Strategy::kPageNumber, Strategy::kOffset, Strategy::kLastKey}},
    {"first_page", {Strategy::kPageNumber}},
    {"first_key", {Strategy::kLastKey}},
    {"key_path", {Strategy::kLastKey, Strategy::kPageNumber, Strategy::kOffset}},
    {"total",
     {Strategy::kNextLink, Strategy::kLinkHeader, Strategy::kCursor, Strategy::kLastKey,
      Strategy::kPageNumber, Strategy::kOffset}},
};

void check_keys(Loading& loading, const MappingReader& map, const Paging& paging,
                std::string_view strategy) {
  for (const auto& [key, strategies] : kKeys) {
    if (!map.has(key) || std::ranges::find(strategies, paging.strategy) != strategies.end())
      continue;
    loading.check.error(map.mark_of(key),
                        fmt::format("\"{}\" has no effect with the strategy {}", key, strategy));
  }
}

Paging load_paging(Loading& loading, const YamlNode& node, const Paging& fallback) {
  const YamlNode whole = Loading::unfolded(node, "strategy");
  MappingReader map(loading.check, whole, "\"paging\"");
  std::vector<std::string> names;
  for (const auto& [name, strategy] : kStrategies) names.emplace_back(name);
  Paging paging = fallback;
  const std::string chosen = map.choice("strategy", names, "single", Need::kRequired);
  for (const auto& [name, strategy] : kStrategies) {
    if (name == chosen) paging.strategy = strategy;
  }
  if (paging.strategy == Strategy::kExportJob) load_export_job(loading, map, paging.export_job);
  paging.end = load_end(loading, map, paging);
  paging.next = loading.path(map, "next", Need::kOptional, fallback.next);
  paging.key_path = loading.path(map, "key_path", Need::kOptional, fallback.key_path);
  paging.total = loading.path(map, "total", Need::kOptional, fallback.total);
  paging.total_is_exact =
      loading.path(map, "total_is_exact", Need::kOptional, fallback.total_is_exact);
  paging.first_key = map.text("first_key", Need::kOptional, fallback.first_key);
  paging.repeats = map.boolean("repeats", fallback.repeats);
  paging.size_parameter = map.text("size_parameter", Need::kOptional, fallback.size_parameter);
  paging.page_size = static_cast<std::uint32_t>(
      map.whole_number("page_size", fallback.page_size, 0, kMaxPageSize));
  paging.smallest_page = static_cast<std::uint32_t>(
      map.whole_number("smallest_page", fallback.smallest_page, 1, kMaxPageSize));
  paging.smaller_after = static_cast<std::uint32_t>(
      map.whole_number("smaller_after", fallback.smaller_after, 0, kMostFailures));
  if (map.has("smaller_after") && paging.size_parameter.empty()) {
    loading.check.error(map.mark_of("smaller_after"),
                        "\"smaller_after\" needs a \"size_parameter\"");
  }
  paging.position_parameter =
      map.text("position_parameter", Need::kOptional, fallback.position_parameter);
  paging.first_page =
      static_cast<std::uint32_t>(map.whole_number("first_page", fallback.first_page, 0, 1));
  map.done();
  check_keys(loading, map, paging, chosen);
  return paging;
}

void check_paging(Loading& loading, const Paging& paging, Mark mark) {
  const auto demand = [&](bool given, std::string_view key, std::string_view who = "strategy") {
    if (!given) loading.check.error(mark, fmt::format("this paging {} needs \"{}\"", who, key));
  };
  if (paging.page_size > 0 && paging.smallest_page > paging.page_size) {
    loading.check.error(mark, "\"smallest_page\" must not be more than \"page_size\"");
  }
  const bool counts =
      paging.strategy == Strategy::kPageNumber || paging.strategy == Strategy::kOffset;
  if (paging.page_size > 0 && paging.size_parameter.empty() && !counts &&
      paging.end != Paging::End::kShort) {
    loading.check.error(mark, "\"page_size\" needs a \"size_parameter\", which tells the source");
  }
  if (paging.strategy != Strategy::kSingle) {
    if (paging.end == Paging::End::kTotal) demand(!paging.total.text().empty(), "total", "end");
    if (paging.end == Paging::End::kShort) demand(paging.page_size > 0, "page_size", "end");
  }
  if (paging.repeats &&
      (!counts || paging.total.text().empty() ||
       (paging.end != Paging::End::kTotal && paging.end != Paging::End::kUsual))) {
    loading.check.error(mark, "\"repeats\" needs a counting strategy with a \"total\"");
  }
  if (!paging.total_is_exact.text().empty() &&
      (paging.total.text().empty() || (!counts && paging.end == Paging::End::kTotal))) {
    loading.check.error(mark,
                        "\"total_is_exact\" needs a \"total\" that something else can replace");
  }
  switch (paging.strategy) {
    case Strategy::kSingle:
    case Strategy::kExportJob:
    case Strategy::kLinkHeader: return;
    case Strategy::kLastKey:
      demand(!paging.position_parameter.empty(), "position_parameter");
      return demand(!paging.key_path.text().empty(), "key_path");
    case Strategy::kNextLink: return demand(!paging.next.text().empty(), "next");
    case Strategy::kCursor:
      demand(!paging.next.text().empty(), "next");
      return demand(!paging.position_parameter.empty(), "position_parameter");
    case Strategy::kPageNumber:
    case Strategy::kOffset:
      demand(!paging.position_parameter.empty(), "position_parameter");
      return demand(paging.page_size > 0, "page_size");
  }
}

void merge(std::map<std::string, std::string>& into,
           const std::map<std::string, std::string>& from) {
  for (const auto& [key, value] : from) into[key] = value;
}

// One path, or several of which the source knows one, the newest first.
void load_paths(Loading& loading, MappingReader& map, Request& request) {
  const YamlNode* node = map.node("path");
  if (node == nullptr) return;
  std::vector<std::string> paths = map.texts("path");
  if (node->is_null() || (node->is_sequence() && node->items.empty())) {
    loading.check.error(node->mark, "\"path\" has no value; write a path such as /users");
  }
  if (paths.empty()) return;
  request.path = paths.front();
  paths.erase(paths.begin());
  request.older_paths = std::move(paths);
}

void load_records(Loading& loading, MappingReader& map, Request& request) {
  if (const YamlNode* node = map.node("records")) {
    request.any_records = node->is_scalar() && node->scalar == kAnyRecords;
    request.records = request.any_records ? json::Path() : loading.path(map, "records");
    if (request.records.is_plural()) {
      loading.check.error(node->mark,
                          "\"records\" is the path of one list; members of an object (.*) or of "
                          "several lists cannot be read as records");
    }
  }
  request.absent_is_empty = map.boolean("absent_is_empty", request.absent_is_empty);
}

// {field} and {ago:field} in the value of a parameter; {key} is looked at by check_request().
void check_computed(Loading& loading, std::string_view text, Mark mark) {
  constexpr std::string_view kAgo = "ago:";
  for (std::size_t open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return loading.check.error(mark, "'{' without '}'");
    std::string_view name = text.substr(open + 1, close - open - 1);
    const bool is_ago = name.starts_with(kAgo);
    if (is_ago) name.remove_prefix(kAgo.size());
    if (name == kKey && !is_ago) continue;
    if (name.empty()) {
      loading.check.error(mark, "between { and } stands the name of a connection field");
      continue;
    }
    refer_to_plain_field(loading, std::string(name), mark);
    loading.later([&loading, name = std::string(name), is_ago, mark] {
      using Type = ConnectionField::Type;
      const ConnectionField* field = loading.source.find_field(name);
      if (field == nullptr) return;  // told already
      if (is_ago && field->type != Type::kDuration) {
        loading.check.error(
            mark, fmt::format("{{ago:{0}}} needs \"{0}\" to be of the type duration", name));
      }
    });
  }
}

}  // namespace

namespace {

bool holds_key(std::string_view text) {
  return text.find(fmt::format("{{{}}}", kKey)) != std::string_view::npos;
}

}  // namespace

void refer_to_plain_field(Loading& loading, const std::string& name, Mark mark) {
  loading.refer("connection field", name, mark, &Source::connection);
  loading.later([&loading, name, mark] {
    using Type = ConnectionField::Type;
    const ConnectionField* field = loading.source.find_field(name);
    if (field == nullptr || (field->type != Type::kSecret && field->type != Type::kFile)) return;
    loading.check.error(mark, fmt::format("\"{}\" is a secret and must not stand in a URL, which "
                                          "logs show",
                                          name));
  });
}

std::map<std::string, std::string> load_parameters(Loading& loading, MappingReader& map) {
  std::map<std::string, std::string> parameters = loading.text_map(map, "parameters");
  for (const auto& [name, value] : parameters) {
    const YamlNode* place = map.node("parameters")->find(name);
    check_computed(loading, value, place->mark);
  }
  return parameters;
}

void check_path(Loading& loading, std::string_view path, Mark mark, Placeholders placeholders,
                bool key_is_elsewhere) {
  if (!path.starts_with('/')) {
    loading.check.error(mark, "a path begins with a slash");
  }
  if (path.find_first_of(" ?#") != std::string_view::npos) {
    loading.check.error(mark, "a path holds no blank, ? or #; parameters go under \"parameters\"");
  }
  const bool has_key = holds_key(path);
  if (has_key && placeholders == Placeholders::kNone) {
    loading.check.error(mark, "{key} is only known where a parent is read, in a relation");
  }
  if (key_is_elsewhere) placeholders = Placeholders::kNone;
  if (!has_key && placeholders == Placeholders::kParentKey) {
    loading.check.error(mark, "the path must hold {key}, the parent's key");
  }
  if (!has_key && placeholders == Placeholders::kRecordKey) {
    loading.check.error(mark, "the path must hold {key}, the record's key");
  }
  for (std::size_t open = path.find('{'); open != std::string_view::npos;
       open = path.find('{', open + 1)) {
    const std::size_t close = path.find('}', open);
    if (close == std::string_view::npos) return loading.check.error(mark, "'{' without '}'");
    const std::string name(path.substr(open + 1, close - open - 1));
    if (name != "key") refer_to_plain_field(loading, name, mark);
  }
}

void load_target(Loading& loading, MappingReader& map, Request& request) {
  request.address = map.text("address", Need::kOptional, request.address);
  load_paths(loading, map, request);
  request.lane = map.text("lane", Need::kOptional, request.lane);
  request.units = map.number("units", request.units, 0, kMostUnitsPerRequest);
  merge(request.parameters, load_parameters(loading, map));
  merge(request.headers, loading.text_map(map, "headers"));
}

void load_fields_style(MappingReader& map, Request& request) {
  request.fields_parameter =
      map.text("fields_parameter", Need::kOptional, request.fields_parameter);
  const std::string usual = request.repeats_fields ? "repeat" : "comma";
  request.repeats_fields = map.choice("fields_style", {"comma", "repeat"}, usual) == "repeat";
  const std::string fields_for = request.only_named_fields ? "named" : "all";
  request.only_named_fields = map.choice("fields_for", {"all", "named"}, fields_for) == "named";
}

void load_request(Loading& loading, MappingReader& map, Request& request) {
  load_target(loading, map, request);
  load_records(loading, map, request);
  if (const YamlNode* paging = map.node("paging")) {
    request.paging = load_paging(loading, *paging, request.paging);
  }
  request.paging.page_size = static_cast<std::uint32_t>(
      map.whole_number("page_size", request.paging.page_size, 0, kMaxPageSize));
  load_fields_style(map, request);
  if (map.node("fields_always") != nullptr) request.fields_always = map.texts("fields_always");
}

// Only what stands in this mapping: a mistake in the defaults is told once.
void check_own_request(Loading& loading, const MappingReader& map, const Request& request) {
  if (map.has("lane")) loading.refer("lane", request.lane, map.mark_of("lane"), &Source::lanes);
  if (map.has("address")) {
    loading.refer("address", request.address, map.mark_of("address"), &Source::addresses);
  }
  if (map.has("paging") || map.has("page_size")) {
    check_paging(loading, request.paging, map.mark_of(map.has("paging") ? "paging" : "page_size"));
  }
}

void check_request(Loading& loading, const MappingReader& map, const Request& request,
                   Placeholders placeholders) {
  if (!map.usable()) return;
  const bool key_is_parameter = std::ranges::any_of(
      request.parameters, [](const auto& parameter) { return holds_key(parameter.second); });
  if (key_is_parameter && placeholders == Placeholders::kNone) {
    loading.check.error(map.mark_of("parameters"),
                        "{key} is only known where a parent or a record is asked for");
  }
  if (request.path.empty()) {
    loading.check.error(map.mark(), "needs \"path\"");
  } else {
    check_path(loading, request.path, map.mark_of("path"), placeholders, key_is_parameter);
    for (const std::string& path : request.older_paths) {
      check_path(loading, path, map.mark_of("path"), placeholders, key_is_parameter);
    }
  }
  if (request.lane.empty())
    loading.check.error(map.mark(), "needs \"lane\", here or in \"defaults\"");
  if (!map.has("address") && !loading.defaults.names_address) {
    loading.refer("address", request.address, map.mark(), &Source::addresses);
  }
  check_own_request(loading, map, request);
}

namespace {

// "({filter}) and ({pass})"
void check_join(Loading& loading, std::string_view join, Mark mark) {
  std::string rest(join);
  for (const std::string_view name : {"{filter}", "{pass}"}) {
    const std::size_t at = rest.find(name);
    if (at != std::string::npos) rest.erase(at, name.size());
  }
  if (rest.size() + std::string_view("{filter}{pass}").size() != join.size() ||
      rest.find_first_of("{}") != std::string::npos) {
    loading.check.error(mark,
                        "\"join\" must hold {filter} and {pass} once each, such as "
                        "\"({filter}) and ({pass})\"");
  }
}

}  // namespace

Filter load_filter(Loading& loading, const YamlNode* node, const Filter& fallback) {
  if (node == nullptr) return fallback;
  if (node->is_scalar() && node->scalar == "off") return {};
  MappingReader map(loading.check, *node, "\"filter\" (or the word off)");
  Filter filter;
  filter.parameter = map.text("parameter", Need::kRequired);
  filter.parameters = loading.text_map(map, "parameters");
  filter.headers = loading.text_map(map, "headers");
  filter.join = map.text("join");
  if (!filter.join.empty()) check_join(loading, filter.join, map.mark_of("join"));
  map.done();
  return filter;
}

}  // namespace muster::catalogue
