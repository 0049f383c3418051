// Records that stand inside other records, and texts that hold JSON.
#include <array>

#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

// What only a request of its own has a use for.
constexpr std::array kOfRequests = {"path",          "address",      "lane",
                                    "units",         "records",      "paging",
                                    "page_size",     "parameters",   "headers",
                                    "filter",        "slow",         "fields_parameter",
                                    "fields_always", "fields_style", "absent_is_empty",
                                    "passes",        "detail",       "expected",
                                    "embedded_json", "older",        "fields_for",
                                    "record"};

void check_parent(Loading& loading, const std::string& name, Mark mark, Mark detail_mark) {
  const DataSet* set = loading.source.find_data_set(name);
  const DataSet* parent = set == nullptr ? nullptr : loading.source.find_data_set(set->rows.of);
  if (parent != nullptr && parent->is_rows()) {
    loading.check.error(mark, fmt::format("the records of {} are inside others themselves; name a "
                                          "data set with a path of its own",
                                          parent->name));
  } else if (parent != nullptr && set->rows.detail && !parent->has_detail()) {
    loading.check.error(detail_mark, fmt::format("\"{}\" stand in the detail, but {} has no "
                                                 "\"detail\"",
                                                 set->rows.path.text(), parent->name));
  }
}

}  // namespace

RowRule load_rows(Loading& loading, const YamlNode& node, const MappingReader& data_set,
                  const std::string& name) {
  RowRule rows;
  MappingReader map(loading.check, node, "\"rows\"");
  rows.of = map.text("of", Need::kRequired);
  rows.path = loading.path(map, "path", Need::kRequired);
  rows.request = map.text("request");
  rows.detail = map.boolean("detail", false);
  rows.when = loading.where(map, "when");
  map.done();
  for (const std::string_view key : kOfRequests) {
    if (!data_set.has(key)) continue;
    loading.check.error(data_set.mark_of(key),
                        fmt::format("\"{}\" has no meaning beside \"rows\": the records come with "
                                    "those of {}",
                                    key, rows.of.empty() ? "another data set" : rows.of));
  }
  loading.refer("data set", rows.of, map.mark_of("of"), &Source::data_sets);
  loading.later([&loading, name, mark = map.mark_of("of"), detail = map.mark_of("detail")] {
    check_parent(loading, name, mark, detail);
  });
  return rows;
}

std::vector<json::Path> load_embedded_json(Loading& loading, MappingReader& map) {
  std::vector<json::Path> paths;
  for (const std::string& text : map.texts("embedded_json")) {
    json::Path path = loading.parsed_path(text, map.mark_of("embedded_json"));
    if (path.text().empty()) continue;  // told already
    if (path.names().empty()) {
      loading.check.error(map.mark_of("embedded_json"),
                          fmt::format("\"{}\" must be names with dots between them", text));
      continue;
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace muster::catalogue
