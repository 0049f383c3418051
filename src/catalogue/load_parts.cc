// What a data set is read with beside its request: passes, details, the expected number,
// one record alone.
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

// A request of its own in the same place and at the same pace as the listing's, unless it says
// otherwise.
Request beside(const Request& listing) {
  Request request;
  request.address = listing.address;
  request.lane = listing.lane;
  request.headers = listing.headers;
  request.permissions = listing.permissions;
  return request;
}

}  // namespace

std::vector<Pass> load_passes(Loading& loading, const YamlNode& node, const Filter& filter) {
  std::vector<Pass> passes;
  if (!node.is_sequence() || node.items.empty()) {
    loading.check.error(node.mark, "\"passes\" must be a list of { parameters, filter }");
    return passes;
  }
  bool has_filter = false;
  for (const YamlNode& item : node.items) {
    MappingReader reader(loading.check, item, "a pass");
    Pass pass;
    pass.parameters = load_parameters(loading, reader);
    pass.filter = reader.text("filter");
    for (const auto& [name, value] : pass.parameters) {
      if (value.find("{key}") == std::string::npos) continue;
      loading.check.error(reader.mark_of("parameters"),
                          "{key} is only known where a parent or a record is asked for");
    }
    reader.done();
    if (!pass.filter.empty() && filter.parameter.empty()) {
      loading.check.error(reader.mark_of("filter"),
                          "a pass can only filter where the data set has \"filter\" with "
                          "\"parameter\"");
    }
    has_filter = has_filter || !pass.filter.empty();
    passes.push_back(std::move(pass));
  }
  if (has_filter && !filter.parameter.empty() && filter.join.empty()) {
    loading.check.error(node.mark,
                        "passes that filter need \"join\" under \"filter\", for an importer that "
                        "filters too");
  }
  return passes;
}

Detail load_detail(Loading& loading, const YamlNode& node, const Request& listing) {
  MappingReader map(loading.check, node, "\"detail\"");
  Detail detail;
  detail.request = beside(listing);
  detail.is_list = map.boolean("list", false);
  if (detail.is_list) {
    detail.request.records = listing.records;
    detail.request.paging = listing.paging;
    load_request(loading, map, detail.request);
  } else {
    load_target(loading, map, detail.request);
    load_fields_style(map, detail.request);
    detail.record = loading.path(map, "record");
  }
  detail.key_path = loading.path(map, "key_path");
  if (detail.record.is_plural() || detail.key_path.is_plural()) {
    loading.check.error(map.mark_of(detail.record.is_plural() ? "record" : "key_path"),
                        "a detail is one object of one record; the path must not hold []");
  }
  detail.into = map.text("into", detail.is_list ? Need::kRequired : Need::kOptional);
  detail.when = loading.where(map, "when");
  map.done();
  check_request(loading, map, detail.request, Placeholders::kRecordKey);
  return detail;
}

Older load_older(Loading& loading, const YamlNode& node, const Request& listing) {
  MappingReader map(loading.check, node, "\"older\"");
  Older older;
  older.request = beside(listing);
  load_request(loading, map, older.request);
  if (const YamlNode* detail = map.node("detail")) {
    older.detail = load_detail(loading, *detail, older.request);
  }
  map.done();
  check_request(loading, map, older.request, Placeholders::kNone);
  return older;
}

Expected load_expected(Loading& loading, const YamlNode& node, const Request& listing) {
  MappingReader map(loading.check, node, "\"expected\"");
  Expected expected;
  expected.request = beside(listing);
  load_target(loading, map, expected.request);
  expected.value = loading.path(map, "value", Need::kRequired);
  expected.at_least = map.number("at_least", expected.at_least, 0.01, 1);
  map.done();
  check_request(loading, map, expected.request, Placeholders::kNone);
  return expected;
}

Request load_record(Loading& loading, const YamlNode& node, const Request& listing) {
  MappingReader map(loading.check, node, "\"record\"");
  Request record = beside(listing);
  record.fields_parameter = listing.fields_parameter;
  record.repeats_fields = listing.repeats_fields;
  record.only_named_fields = listing.only_named_fields;
  load_target(loading, map, record);
  load_fields_style(map, record);
  map.done();
  check_request(loading, map, record, Placeholders::kRecordKey);
  return record;
}

}  // namespace muster::catalogue
