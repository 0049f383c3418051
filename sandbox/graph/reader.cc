#include "sandbox/graph/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/graph/filter.h"
#include "sandbox/world/group.h"

namespace muster::sandbox::graph {
namespace {

// https://learn.microsoft.com/graph/paging
constexpr std::uint32_t kDefaultPage = 100;
// Seen with $expand whatever $top says.
constexpr std::uint32_t kExpandedPage = 100;
constexpr std::uint32_t kSignInPage = 500;

constexpr Allowed kSingleObject = {.options = true, .paged = false};
constexpr Allowed kNothing = {.options = false, .paged = false};

Refusal not_found(std::string_view id) {
  return {404, "Request_ResourceNotFound",
          fmt::format(
              "Resource '{}' does not exist or one of its queried reference-property objects are "
              "not present.",
              id)};
}

Refusal denied() {
  return {403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."};
}

// Intune wraps its own error, as JSON text inside the message, twice.
Refusal denied_by_intune() {
  return {
      403, "UnknownError",
      R"({"ErrorCode": "Forbidden", "Message": "{\"_version\": 3, \"Message\": \"An error has )"
      R"(occurred - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000\", )"
      R"(\"CustomApiErrorPhrase\": \"\", \"RetryAfter\": null}", "Target": null, "Details": null})"};
}

Refusal no_segment(std::string_view segment) {
  return bad_request(fmt::format("Resource not found for the segment '{}'.", segment));
}

std::string_view take_segment(std::string_view& rest) {
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

std::optional<world::Kind> kind_of_cast(std::string_view segment) {
  for (const world::Kind kind : {world::Kind::kUser, world::Kind::kGroup, world::Kind::kDevice,
                                 world::Kind::kContact, world::Kind::kServicePrincipal}) {
    if (table_of(kind)->type().substr(1) == segment) return kind;
  }
  return std::nullopt;
}

}  // namespace

// What a path stands for.
struct Reader::Resolved {
  const Collection* collection = nullptr;
  std::optional<world::Reference> object{};  // "/users/{id}"
  const Relation* relation = nullptr;        // "/users/{id}/manager"
  std::optional<world::Kind> cast{};         // ".../members/microsoft.graph.user"
  bool count = false;                        // ".../$count"

  bool is_single() const { return object && (relation == nullptr || relation->single); }
  Allowed allowed(bool sign_in) const {
    if (relation != nullptr && !relation->paged) return kNothing;
    if (is_single()) return kSingleObject;
    Allowed result = relation != nullptr ? Allowed{} : collection->allowed;
    if (sign_in) result.max_top = kSignInPage;
    return result;
  }
  Roles roles() const { return relation != nullptr ? relation->roles : collection->roles; }
  std::uint32_t units() const {
    if (relation != nullptr) return relation->units;
    return object ? 1 : collection->units;
  }
  const Table* table() const { return relation != nullptr ? nullptr : &collection->table(); }
};

Reader::Reader(const world::World& world, Quota& quota, base::Scheduler& scheduler,
               ReaderSettings settings, std::uint64_t seed)
    : world_(world), quota_(quota), scheduler_(scheduler), settings_(settings), tokens_(seed) {}

ReadAnswer Reader::get(const ReadRequest& request) {
  ReadAnswer answer;
  Resolved found;
  answer.refusal = resolve(request, found);
  if (answer.refusal) return answer;
  Query query;
  const bool sign_in = request.call.raw_query.find("signInActivity") != std::string::npos;
  const auto query_refusal = parse_query(request.call, found.allowed(sign_in), query);
  if (!charge(request, found, query, answer)) return answer;
  answer.refusal = check_access(request, found, query);
  if (!answer.refusal) answer.refusal = query_refusal;
  if (!answer.refusal) answer.refusal = write(request, found, query, answer);
  if (answer.refusal) answer.units = 0;
  return answer;
}

std::optional<Refusal> Reader::resolve(const ReadRequest& request, Resolved& found) const {
  std::string_view rest;
  found.collection = find_collection(request.path, rest);
  if (found.collection == nullptr) {
    std::string_view path = request.path;
    return no_segment(take_segment(path));
  }
  if (rest.empty() || rest == "/") {
    if (found.collection->single) found.object = world::Reference{world::Kind::kOther, 0};
    return std::nullopt;
  }
  return resolve_below(request, rest, found);
}

std::optional<Refusal> Reader::resolve_below(const ReadRequest& request, std::string_view rest,
                                             Resolved& found) const {
  const std::string_view id = take_segment(rest);
  if (id == "$count" && found.collection->counts && rest.empty()) {
    found.count = true;
    return std::nullopt;
  }
  if (found.collection->kind == world::Kind::kOther) return no_segment(id);
  const bool has_own_ids = found.collection->find != nullptr;
  if (!has_own_ids && !world::looks_like_guid(id)) {
    return Refusal{400, "Request_BadRequest", fmt::format("Invalid object identifier '{}'.", id)};
  }
  found.object = has_own_ids ? found.collection->find(world_, id) : world_.find(id);
  if (!found.object || found.object->kind != found.collection->kind ||
      request.viewer.edits.removes(*found.object)) {
    return not_found(id);
  }
  if (rest.empty()) return std::nullopt;
  const std::string_view name = take_segment(rest);
  found.relation = find_relation(found.object->kind, name);
  if (found.relation == nullptr) return no_segment(name);
  if (rest.empty()) return std::nullopt;
  std::string_view last = take_segment(rest);
  if (found.relation->members) found.cast = kind_of_cast(last);
  if (found.cast) last = take_segment(rest);
  found.count = last == "$count" && !found.relation->single;
  if (!rest.empty() || (!last.empty() && !found.count)) return no_segment(last);
  if (found.cast == world::Kind::kGroup && found.object->kind == world::Kind::kGroup &&
      world::Group(world_, found.object->index).type == world::Group::Type::kUnified) {
    return unsupported_query("The specified OData cast is not supported for this group.");
  }
  return std::nullopt;
}

bool Reader::charge(const ReadRequest& request, const Resolved& found, const Query& query,
                    ReadAnswer& answer) {
  const bool sign_in = query.selects("signInActivity");
  const Meter meter = sign_in ? Meter::kSignInActivity : found.collection->meter;
  // https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
  int units = static_cast<int>(found.units());
  if (!query.select.empty()) --units;
  if (query.expand) ++units;
  if (query.top && *query.top < 20) --units;
  units = std::max(units, 1);
  const Quota::Verdict verdict =
      quota_.charge(request.viewer.grant.client_id, meter, static_cast<std::uint32_t>(units));
  if (verdict.refused) {
    answer.refusal = Refusal{429, "TooManyRequests", "Too many requests."};
    answer.retry_after = verdict.retry_after;
    if (meter == Meter::kIdentity) {
      answer.refusal->headers.push_back(
          {"x-ms-throttle-scope",
           fmt::format("Tenant_Application/ReadWrite/{}/{}", request.viewer.grant.client_id,
                       world_.tenant_id().view())});
      answer.refusal->headers.push_back({"x-ms-throttle-information", "ResourceUnitLimitExceeded"});
    }
    return false;
  }
  if (meter == Meter::kIdentity) answer.units = static_cast<std::uint32_t>(units);
  if (verdict.pressure >= 0.8) {
    answer.headers.push_back(
        {"x-ms-throttle-limit-percentage", fmt::format("{:.2f}", verdict.pressure)});
  }
  return true;
}

std::optional<Refusal> Reader::check_access(const ReadRequest& request, const Resolved& found,
                                            const Query& query) const {
  const bool is_intune =
      found.collection->meter == Meter::kIntuneDevices || found.collection->meter == Meter::kIntune;
  if (is_intune && !settings_.intune) {
    return bad_request("Request not applicable to target tenant.");
  }
  if (!allows_any(request.viewer.grant, found.roles())) {
    if (is_intune) return denied_by_intune();
    return denied();
  }
  if (!query.selects("signInActivity")) return std::nullopt;
  if (!request.viewer.grant.allows(kSignInRole)) return denied();
  if (!settings_.premium) {
    return Refusal{403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                   "Neither tenant is B2C or tenant doesn't have premium license"};
  }
  return std::nullopt;
}

// With the rows that an edit took away: they keep their positions, so that a page token leads to
// the same place before and after the edit.
Rows Reader::rows_of(const ReadRequest& request, const Resolved& found) const {
  static const world::Edits kNoEdits({});
  if (found.relation == nullptr) return found.collection->rows(world_);
  Rows rows =
      visible_rows(world_, *found.relation, *found.object, {request.viewer.grant, kNoEdits});
  if (found.cast) {
    rows = only(rows, [&](const world::Reference& row) { return row.kind == *found.cast; });
  }
  return rows;
}

std::optional<Refusal> Reader::write(const ReadRequest& request, const Resolved& found,
                                     const Query& query, ReadAnswer& answer) {
  if (found.is_single()) return write_single(request, found, query, answer);
  return write_list(request, found, query, answer);
}

std::optional<Refusal> Reader::write_single(const ReadRequest& request, const Resolved& found,
                                            const Query& query, ReadAnswer& answer) {
  world::Reference row = *found.object;
  if (found.relation != nullptr) {
    const Rows rows = visible_rows(world_, *found.relation, row, request.viewer);
    if (rows.size == 0) return not_found(found.relation->name);
    row = rows.at(0);
  }
  if (query.filter || query.skip_token) return unsupported_query("Unsupported Query.");
  Shape shape;
  if (auto refusal = Shape::make(found.table(), query.select, request.viewer, false, shape))
    return refusal;
  Expansion expansion;
  if (auto refusal = expand(request, found, query, expansion)) return refusal;
  std::string& out = answer.body;
  out += "{\"@odata.context\":";
  put_escaped(out, fmt::format("{}{}{}/$metadata#{}/$entity", request.call.origin,
                               request.call.prefix, request.version, shape.context()));
  out += ',';
  shape.append(out, world_, row);
  if (expansion.relation != nullptr) append_expansion(out, world_, expansion, row, request.viewer);
  out += '}';
  return std::nullopt;
}

std::optional<Refusal> Reader::expand(const ReadRequest& request, const Resolved& found,
                                      const Query& query, Expansion& expansion) const {
  if (!query.expand) return std::nullopt;
  world::Kind kind = found.relation == nullptr ? found.collection->kind : world::Kind::kOther;
  if (found.relation == nullptr && kind == world::Kind::kOther) kind = found.collection->expands;
  expansion.relation = find_relation(kind, query.expand->relation);
  if (expansion.relation == nullptr || !expansion.relation->expandable) {
    return bad_request(
        fmt::format("Parsing OData Select and Expand failed: Could not find a property "
                    "named '{}' on type '{}'.",
                    query.expand->relation, found.collection->table().type()));
  }
  if (!allows_any(request.viewer.grant, expansion.relation->roles)) return denied();
  const Table* table = expansion.relation->rows(world_, 0).table;
  return Shape::make(table, query.expand->select, request.viewer, true, expansion.shape);
}

std::optional<Refusal> Reader::write_list(const ReadRequest& request, const Resolved& found,
                                          const Query& query, ReadAnswer& answer) {
  const Rows rows = rows_of(request, found);
  Filter filter;
  std::function<bool(const world::Reference&)> keep;
  if (query.filter) {
    if (found.relation != nullptr) return unsupported_query("Unsupported Query.");
    if (auto refusal = Filter::parse(*query.filter, *rows.table, filter)) return refusal;
    const bool stands_alone = !filter.combines_sign_in();
    if (!stands_alone || (filter.needs_advanced() && !query.advanced()))
      return unsupported_query("Unsupported Query.");
    keep = [&](const world::Reference& row) { return filter.matches(world_, row.index); };
  }
  if (request.viewer.edits.removes_any() && (found.relation == nullptr || rows.table == nullptr)) {
    keep = [inner = std::move(keep), &found,
            &edits = request.viewer.edits](const world::Reference& row) {
      const bool removed = found.relation == nullptr
                               ? edits.removes(row)
                               : is_removed(*found.relation, *found.object, row, edits);
      return !removed && (!inner || inner(row));
    };
  }
  const auto total = [&] {
    if (!keep) return rows.size;
    std::uint64_t count = 0;
    for (std::uint64_t at = 0; at < rows.size; ++at) count += keep(rows.at(at));
    return count;
  };
  if (found.count) {
    if (!query.eventual) {
      return Refusal{400, "Request_BadRequest", "$count is not currently supported."};
    }
    answer.plain_text = true;
    append_number(answer.body, total());
    return std::nullopt;
  }

  Shape shape;
  const Table* table = rows.table;
  if (auto refusal = Shape::make(table, query.select, request.viewer, true, shape)) return refusal;
  Expansion expansion;
  if (auto refusal = expand(request, found, query, expansion)) return refusal;

  const std::string base = request.call.origin + request.call.prefix;
  PageRequest page{.world = world_,
                   .rows = rows,
                   .shape = shape,
                   .viewer = request.viewer,
                   .expansion = expansion.relation != nullptr ? &expansion : nullptr,
                   .context_url = fmt::format("{}{}/$metadata#", base, request.version),
                   .link = fmt::format("{}{}{}", base, request.version, request.raw_path),
                   .origin = request.call.origin,
                   .query = query.without_skip_token};
  page.limit =
      found.allowed(false).paged
          ? query.top.value_or(found.relation != nullptr ? kDefaultPage : found.collection->page)
          : ~0u;
  if (query.expand) page.limit = std::min(page.limit, kExpandedPage);
  if (settings_.max_page != 0 && page.limit != ~0u)
    page.limit = std::min(page.limit, settings_.max_page);
  page.keep = keep;
  page.fault = request.call.fault;
  page.now = scheduler_.now();
  if (query.skip_token) {
    const auto position =
        tokens_.read(page.link.substr(page.origin.size()) + '?' + page.query, *query.skip_token);
    if (!position)
      return Refusal{400, "Request_BadRequest", "The page token is not valid for this query."};
    if (settings_.page_token_lifetime.count() > 0 &&
        position->issued + settings_.page_token_lifetime < page.now) {
      return Refusal{
          400, "Directory_ExpiredPageToken",
          "The specified page token value has expired and can no longer be included in your "
          "request."};
    }
    if (position->row == kFailingPosition) return unsupported_query("Invalid search request.");
    page.first = position->row;
    page.page = position->page;
    page.token = *query.skip_token;
  } else if (query.count) {
    page.total = total();
  }
  answer.body = write_page(page, tokens_);
  return std::nullopt;
}

}  // namespace muster::sandbox::graph
