// Paging, sorting and filtering of the Jamf Pro API.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/faults.h"
#include "sandbox/jamf/endpoints.h"

namespace muster::sandbox::jamf {
namespace {

struct SortField {
  std::string field;
  bool descending;
};

struct Query {
  std::uint64_t page = 0;
  std::uint64_t size = 100;
  std::vector<SortField> sort;
  Rsql filter;
  std::uint32_t sections = 0;
  bool lenient = false;
};

std::optional<Refusal> read_number(const std::string& name, const std::string& value,
                                   std::int64_t least, std::uint64_t& out) {
  const auto number = base::parse_int(value);
  if (!number || *number < least) {
    return bad_request(name, fmt::format("a number of at least {} is expected", least));
  }
  out = static_cast<std::uint64_t>(*number);
  return std::nullopt;
}

std::optional<Refusal> read_sort(const Endpoint& endpoint, std::string_view value, Query& query) {
  for (const std::string_view part : base::split(value, ',')) {
    const std::size_t colon = part.find(':');
    const std::string_view field = part.substr(0, colon);
    const std::string_view order = colon == part.npos ? "asc" : part.substr(colon + 1);
    if (!is_among(endpoint.sort_fields, field) || (order != "asc" && order != "desc")) {
      return bad_request("sort", fmt::format("cannot sort by '{}'", part));
    }
    query.sort.push_back({std::string(field), order == "desc"});
  }
  return std::nullopt;
}

std::optional<Refusal> read_section(const RecordKind& kind, std::string_view value, Query& query) {
  for (std::size_t at = 0; at < kind.sections.size(); ++at) {
    if (kind.sections[at] != value) continue;
    query.sections |= std::uint32_t{1} << at;
    return std::nullopt;
  }
  return bad_request("section", fmt::format("'{}' is no section", value));
}

std::optional<Refusal> read_parameter(const Endpoint& endpoint, const std::string& name,
                                      const std::string& value, const ListSettings& settings,
                                      Query& query) {
  const RecordKind& kind = endpoint.kind();
  if (endpoint.paged && name == "page") return read_number(name, value, 0, query.page);
  if (endpoint.paged && name == "page-size") {
    if (auto refusal = read_number(name, value, 1, query.size)) return refusal;
    if (endpoint.largest_page != 0 && query.size > endpoint.largest_page) {
      return bad_request(name, fmt::format("must not be more than {}", endpoint.largest_page));
    }
    // Nothing tells that less came than was asked for:
    // https://github.com/Jamf-Concepts/jamf-cli/pull/389
    query.size = std::min<std::uint64_t>(query.size, settings.largest_page);
    return std::nullopt;
  }
  if (endpoint.paged && name == "sort") return read_sort(endpoint, value, query);
  if (name == "filter" && !endpoint.filter_fields.empty()) {
    return Rsql::parse(value, endpoint.filter_fields, query.filter);
  }
  if (name == "section" && !kind.sections.empty()) return read_section(kind, value, query);
  if (name == "exception-handling" && endpoint.lenient_choice) {
    query.lenient = value == "LENIENT";
    if (query.lenient || value == "STRICT") return std::nullopt;
    return bad_request(name, "STRICT or LENIENT is expected");
  }
  return bad_request(name, "This parameter is not known here.");
}

std::optional<Refusal> read_query(const Endpoint& endpoint, const Call& call,
                                  const ListSettings& settings, Query& query) {
  query.size = std::min<std::uint64_t>(query.size, settings.largest_page);
  for (const auto& [name, value] : call.query) {
    if (auto refusal = read_parameter(endpoint, name, value, settings, query)) return refusal;
  }
  if (query.sections == 0) query.sections = 1;  // GENERAL
  if (!endpoint.paged || !query.sort.empty()) return std::nullopt;
  if (!endpoint.default_sort.empty()) return read_sort(endpoint, endpoint.default_sort, query);
  const std::string_view first = base::split(endpoint.sort_fields, ' ').front();
  query.sort.push_back({std::string(first), false});
  return std::nullopt;
}

class Lister {
 public:
  Lister(const Endpoint& endpoint, const Estate& estate, const Query& query, std::uint64_t turn)
      : endpoint_(endpoint), kind_(endpoint.kind()), estate_(estate), query_(query), turn_(turn) {}

  void select(std::vector<std::uint32_t>& records) const {
    const bool by_id = query_.sort.empty() || query_.sort.front().field == kind_.key;
    if (by_id && query_.filter.always()) {
      if (!query_.sort.empty() && query_.sort.front().descending) {
        std::reverse(records.begin(), records.end());
      }
      return;
    }
    struct Entry {
      std::uint32_t record;
      std::vector<std::string> keys;
    };
    std::vector<Entry> entries;
    for (const std::uint32_t record : records) {
      const json::Document document = everything(record);
      if (!query_.filter.fits(document.root())) continue;
      Entry entry{record, {}};
      for (const SortField& field : query_.sort) {
        const json::Value* value = field_of(document.root(), field.field);
        entry.keys.emplace_back(value == nullptr ? "" : json::scalar_text(*value));
      }
      entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end(), [this](const Entry& left, const Entry& right) {
      for (std::size_t at = 0; at < query_.sort.size(); ++at) {
        if (query_.sort[at].field == kind_.key) {
          return query_.sort[at].descending != (left.record < right.record);
        }
        if (left.keys[at] == right.keys[at]) continue;
        return query_.sort[at].descending != (left.keys[at] < right.keys[at]);
      }
      // Equals have no order that lasts.
      return world::mix(turn_ ^ left.record) < world::mix(turn_ ^ right.record);
    });
    records.clear();
    for (const Entry& entry : entries) records.push_back(entry.record);
  }

  void append(std::string& out, std::uint32_t record) const {
    json::Writer writer(out);
    Fields fields(writer);
    kind_.append(fields, estate_, record,
                 {.sections = query_.sections, .version = endpoint_.record_version, .turn = turn_});
  }

 private:
  json::Document everything(std::uint32_t record) const {
    std::string text;
    json::Writer writer(text);
    Fields fields(writer);
    kind_.append(fields, estate_, record, {.version = endpoint_.record_version});
    return json::Document::parse(std::move(text)).value();
  }

  const Endpoint& endpoint_;
  const RecordKind& kind_;
  const Estate& estate_;
  const Query& query_;
  std::uint64_t turn_;
};

// What fault rules do to a page.
void spoil(const FaultAction* fault, const std::vector<std::uint32_t>& all, std::uint64_t first,
           std::vector<std::uint32_t>& page) {
  if (fault == nullptr) return;
  if (fault->drop_row && !page.empty()) page.pop_back();
  if (fault->empty_page) page.clear();
  if (fault->repeat_row && first > 0 && first <= all.size()) {
    page.insert(page.begin(), all[first - 1]);
  }
}

}  // namespace

std::vector<std::uint32_t> shown_records(const RecordKind& kind, const Estate& estate,
                                         const world::Edits& edits) {
  std::vector<std::uint32_t> records;
  for (std::uint32_t at = 0; at < kind.count(estate); ++at) {
    const bool removed =
        kind.object != nullptr && edits.removes_any() && edits.removes(kind.object(estate, at));
    if (!removed) records.push_back(at);
  }
  return records;
}

ListAnswer read_list(const Endpoint& endpoint, const Call& call, const Estate& estate,
                     const world::Edits& edits, const ListSettings& settings, std::uint64_t turn) {
  const RecordKind& kind = endpoint.kind();
  Query query;
  if (auto refusal = read_query(endpoint, call, settings, query)) return {std::move(refusal)};
  const Lister lister(endpoint, estate, query, turn);
  std::vector<std::uint32_t> records = shown_records(kind, estate, edits);
  lister.select(records);

  const std::uint64_t first =
      endpoint.paged ? std::min<std::uint64_t>(query.page * query.size, records.size()) : 0;
  const std::uint64_t last =
      endpoint.paged ? std::min<std::uint64_t>(first + query.size, records.size()) : records.size();
  std::vector<std::uint32_t> page(records.begin() + static_cast<std::ptrdiff_t>(first),
                                  records.begin() + static_cast<std::ptrdiff_t>(last));
  spoil(call.fault, records, first, page);
  if (kind.damaged != nullptr && !query.lenient) {
    const auto damaged = std::find_if(page.begin(), page.end(), kind.damaged);
    if (damaged != page.end()) {
      return {Refusal{500, "UNEXPECTED_ERROR",
                      fmt::format("Could not process mobile device {}", *damaged + 1)}};
    }
  }
  ListAnswer answer;
  std::string& out = answer.body;
  if (endpoint.largest_page != 0) {  // only users say more than the count
    out = fmt::format(R"({{"page":{},"pageSize":{},"totalPages":{},"hasNext":{},"hasPrevious":{},)",
                      query.page, query.size, (records.size() + query.size - 1) / query.size,
                      last<records.size(), query.page> 0);
  } else if (endpoint.paged) {
    out = "{";
  }
  if (endpoint.paged) out += fmt::format(R"("totalCount":{},"results":)", records.size());
  out += '[';
  for (std::size_t at = 0; at < page.size(); ++at) {
    if (at > 0) out += ',';
    lister.append(out, page[at]);
  }
  out += endpoint.paged ? "]}" : "]";
  return answer;
}

}  // namespace muster::sandbox::jamf
