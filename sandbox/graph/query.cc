#include "sandbox/graph/query.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"

namespace muster::sandbox::graph {
namespace {

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view name : base::split(text, ',')) {
    if (const auto trimmed = base::trim(name); !trimmed.empty()) names.emplace_back(trimmed);
  }
  return names;
}

std::optional<Refusal> parse_top(std::string_view text, const Allowed& allowed, Query& query) {
  const auto top = base::parse_int(text);
  if (!top)
    return bad_request(fmt::format("Invalid value '{}' for $top query option found.", text));
  if (*top < 1 || *top > allowed.max_top) {
    return unsupported_query(
        fmt::format("Invalid page size specified: '{}'. Must be between 1 and {} inclusive.", text,
                    allowed.max_top));
  }
  query.top = static_cast<std::uint32_t>(*top);
  return std::nullopt;
}

// relation or relation($select=a,b); one relation, no other nested option.
std::optional<Refusal> parse_expand(std::string_view text, Query& query) {
  const std::size_t open = text.find('(');
  if (text.substr(0, open).find(',') != std::string_view::npos) {
    return unsupported_query("Only one navigation property can be expanded.");
  }
  Expand expand{.relation = std::string(base::trim(text.substr(0, open))), .select = {}};
  if (open != std::string_view::npos) {
    std::string_view nested = text.substr(open + 1);
    constexpr std::string_view kSelect = "$select=";
    if (!nested.ends_with(')') || !nested.starts_with(kSelect)) {
      return unsupported_query("Nested query options are not supported in $expand.");
    }
    nested.remove_suffix(1);
    expand.select = split_names(nested.substr(kSelect.size()));
  }
  query.expand = std::move(expand);
  return std::nullopt;
}

std::string drop_skip_token(std::string_view raw_query) {
  std::string out;
  for (const std::string_view part : base::split(raw_query, '&')) {
    if (part.starts_with("$skiptoken=") || part.starts_with("%24skiptoken=")) continue;
    if (!out.empty()) out += '&';
    out += part;
  }
  return out;
}

std::optional<Refusal> parse_option(const std::string& name, const std::string& value,
                                    const Allowed& allowed, Query& query, bool& count) {
  if (name == "$select") {
    query.select = split_names(value);
    if (query.select.empty()) return bad_request("The $select query option is empty.");
    return std::nullopt;
  }
  if (name == "$top") {
    if (!allowed.paged) return unsupported_query("The $top query option is not supported here.");
    return parse_top(value, allowed, query);
  }
  if (name == "$expand") return parse_expand(value, query);
  if (name == "$filter") {
    query.filter = value;
    return std::nullopt;
  }
  if (name == "$count") {
    if (value != "true" && value != "false") {
      return bad_request(fmt::format("Invalid value '{}' for $count query option found.", value));
    }
    count = value == "true";
    return std::nullopt;
  }
  if (name == "$skiptoken") {
    query.skip_token = value;
    return std::nullopt;
  }
  if (name == "$orderby") return unsupported_query("Sorting not supported for current query.");
  if (name == "$skip") return unsupported_query("'$skip' is not supported by the service.");
  if (name == "$search")
    return unsupported_query("The $search query option is not supported here.");
  return bad_request(fmt::format("The query parameter '{}' is not supported.", name));
}

}  // namespace

bool Query::selects(std::string_view property) const {
  for (const std::string& name : select) {
    if (base::equals_ignoring_case(name, property)) return true;
  }
  return false;
}

std::optional<Refusal> parse_query(const Call& call, const Allowed& allowed, Query& query) {
  bool count = false;
  std::set<std::string_view> seen;
  for (const auto& [name, value] : call.query) {
    if (!name.starts_with('$')) continue;
    if (!allowed.options) {
      return bad_request("The query options are not supported for this resource.");
    }
    if (!seen.insert(name).second) {
      return bad_request(
          fmt::format("Query option '{}' was specified more than once, but it must be "
                      "specified at most once.",
                      name));
    }
    if (auto refusal = parse_option(name, value, allowed, query, count)) return refusal;
  }
  const std::string* consistency = call.header("ConsistencyLevel");
  query.eventual = consistency != nullptr && base::equals_ignoring_case(*consistency, "eventual");
  query.count = count && query.eventual;  // without the header it is ignored silently
  if (query.expand && query.advanced()) {
    return unsupported_query("$expand cannot be combined with advanced query capabilities.");
  }
  query.without_skip_token = drop_skip_token(call.raw_query);
  return std::nullopt;
}

}  // namespace muster::sandbox::graph
