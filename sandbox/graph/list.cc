#include "sandbox/graph/list.h"

#include <fmt/format.h>

#include "base/text.h"

namespace muster::sandbox::graph {
namespace {

// Graph shows no more than these of an expanded relation, and gives no link to the rest.
// https://learn.microsoft.com/graph/query-parameters#expand-parameter
constexpr std::uint64_t kMostExpanded = 20;

constexpr world::Kind kKinds[] = {
    world::Kind::kUser,
    world::Kind::kGroup,
    world::Kind::kDevice,
    world::Kind::kContact,
    world::Kind::kServicePrincipal,
    world::Kind::kApplication,
    world::Kind::kAdministrativeUnit,
    world::Kind::kDirectoryRole,
};

Refusal unknown_property(std::string_view name, const Table* table) {
  const std::string_view type = table == nullptr ? "#microsoft.graph.directoryObject"
                                : table->type().empty()
                                    ? std::string_view("#microsoft.graph.entity")
                                    : table->type();
  return bad_request(fmt::format(
      "Parsing OData Select and Expand failed: Could not find a property named '{}' on type "
      "'{}'.",
      name, type.substr(1)));
}

world::Kind kind_of(const Table& table) {
  for (const world::Kind kind : kKinds) {
    if (table_of(kind) == &table) return kind;
  }
  return world::Kind::kOther;
}

// What User.ReadBasic.All opens.
// https://learn.microsoft.com/graph/permissions-reference#userreadbasicall
constexpr std::string_view kBasicUserProperties[] = {"id",   "displayName", "givenName",
                                                     "mail", "surname",     "userPrincipalName"};

bool is_basic(std::string_view name) {
  return std::find(std::begin(kBasicUserProperties), std::end(kBasicUserProperties), name) !=
         std::end(kBasicUserProperties);
}

// The selection for one table; names it does not have are left out and not counted in `known`.
std::optional<Refusal> select_columns(const Table& table, const std::vector<std::string>& select,
                                      bool list, Selection& selection, std::vector<bool>& known) {
  if (select.empty()) {
    selection = table.defaults();
    return std::nullopt;
  }
  std::vector<std::uint16_t> taken;
  for (std::size_t at = 0; at < select.size(); ++at) {
    const auto column = table.find(select[at]);
    if (!column) continue;
    known[at] = true;
    if (list && table.shown(*column) == Shown::kSingleOnly) {
      return Refusal{501, "NotImplemented", "This operation target is not yet supported."};
    }
    if (std::find(taken.begin(), taken.end(), *column) != taken.end()) continue;
    taken.push_back(*column);
    add_column(selection, *column, table.name(*column));
  }
  // The key comes along even when nobody asked for it.
  if (const auto id = table.find("id");
      id && std::find(taken.begin(), taken.end(), *id) == taken.end()) {
    add_column(selection, *id, table.name(*id));
    std::rotate(selection.items.begin(), selection.items.end() - 1, selection.items.end());
  }
  return std::nullopt;
}

// What the caller may not see becomes null; Graph shows such members with id and type only.
void blank_columns(const Table& table, world::Kind kind, const Viewer& viewer, bool as_listed,
                   Selection& selection) {
  const login::Grant& grant = viewer.grant;
  const bool visible = kind == world::Kind::kOther || allows_any(grant, roles_of(kind));
  for (Selection::Item& item : selection.items) {
    const std::string_view name = table.name(item.column);
    const std::string_view role = table.role(item.column);
    const bool hidden =
        table.shown(item.column) == Shown::kSingleBeta && (as_listed || !viewer.beta);
    const bool barred = !visible || (!role.empty() && !grant.allows(role));
    if (as_listed) item.fixed = table.in_lists(item.column);
    if (name != "id" && (hidden || barred)) item.fixed = "null";
  }
}

}  // namespace

std::optional<Refusal> Shape::make(const Table* table, const std::vector<std::string>& select,
                                   const Viewer& viewer, bool list, Shape& shape) {
  const login::Grant& grant = viewer.grant;
  std::vector<bool> known(select.size(), false);
  const auto add = [&](const Table& of, world::Kind kind, bool typed) -> std::optional<Refusal> {
    Part part{.table = &of, .selection = {}, .type = {}};
    if (auto refusal = select_columns(of, select, list, part.selection, known)) return refusal;
    blank_columns(of, kind, viewer, list || select.empty(), part.selection);
    apply_edits(part.selection, viewer.edits, kind_of(of));
    if (typed) part.type = fmt::format("\"@odata.type\":\"{}\",", of.type());
    shape.parts_[shape.parts_.size() == 1 ? 0 : static_cast<std::size_t>(kind)] = std::move(part);
    return std::nullopt;
  };
  if (table != nullptr) {
    shape.parts_.resize(1);
    if (auto refusal = add(*table, world::Kind::kOther, false)) return refusal;
    if (table == &user_table() && !allows_any(grant, kUserRoles)) {
      for (const std::string& name : select) {
        if (!is_basic(name)) {
          return Refusal{403, "Authorization_RequestDenied",
                         "Insufficient privileges to complete the operation."};
        }
      }
    }
  } else {
    shape.parts_.resize(16);
    for (const world::Kind kind : kKinds) {
      if (auto refusal = add(*table_of(kind), kind, true)) return refusal;
    }
  }
  for (std::size_t at = 0; at < select.size(); ++at) {
    if (!known[at]) return unknown_property(select[at], table);
  }
  shape.context_ = table != nullptr ? table->context() : "directoryObjects";
  if (!select.empty()) shape.context_ += fmt::format("({})", fmt::join(select, ","));
  return std::nullopt;
}

void Shape::append(std::string& out, const world::World& world, const world::Reference& row) const {
  const Part& how = part(row.kind);
  out += how.type;
  how.table->append_members(out, world, row.index, how.selection);
}

Rows only(const Rows& rows, const std::function<bool(const world::Reference&)>& keep) {
  std::vector<world::Reference> kept;
  for (std::uint64_t at = 0; at < rows.size; ++at) {
    if (const world::Reference row = rows.at(at); keep(row)) kept.push_back(row);
  }
  const std::uint64_t size = kept.size();
  return {rows.table, size, [list = std::move(kept)](std::uint64_t at) { return list[at]; }};
}

bool is_removed(const Relation& relation, const world::Reference& parent,
                const world::Reference& row, const world::Edits& edits) {
  const bool members = relation.members && parent.kind == world::Kind::kGroup;
  return members ? edits.removes_membership(parent.index, row) : edits.removes(row);
}

Rows visible_rows(const world::World& world, const Relation& relation,
                  const world::Reference& parent, const Viewer& viewer) {
  Rows rows = relation.rows(world, parent.index);
  const bool sees_hidden = viewer.grant.allows(kHiddenMembersRole);
  if (!sees_hidden && relation.members && hides_members(world, parent)) rows.size = 0;
  if (!sees_hidden && relation.name == "memberOf") {
    rows = only(rows, [&](const world::Reference& row) { return !hides_members(world, row); });
  }
  if (viewer.edits.removes_any() && rows.table == nullptr) {
    rows = only(rows, [&](const world::Reference& row) {
      return !is_removed(relation, parent, row, viewer.edits);
    });
  }
  return rows;
}

void append_expansion(std::string& out, const world::World& world, const Expansion& expansion,
                      const world::Reference& row, const Viewer& viewer) {
  const Relation& relation = *expansion.relation;
  const Rows related = visible_rows(world, relation, row, viewer);
  if (relation.single) {
    if (related.size == 0) return;  // a manager nobody has is absent, not null
    out += fmt::format(",\"{}\":{{", relation.name);
    expansion.shape.append(out, world, related.at(0));
    out += '}';
    return;
  }
  out += fmt::format(",\"{}\":[", relation.name);
  for (std::uint64_t at = 0; at < std::min(related.size, kMostExpanded); ++at) {
    out += at == 0 ? "{" : ",{";
    expansion.shape.append(out, world, related.at(at));
    out += '}';
  }
  out += ']';
}

namespace {

// The rows of this page, and where the next one starts.
struct Window {
  std::vector<world::Reference> rows;
  std::optional<std::uint64_t> next;
};

Window take(const PageRequest& request) {
  Window window;
  std::uint64_t at = request.first;
  if (request.keep) {
    for (; at < request.rows.size; ++at) {
      const world::Reference row = request.rows.at(at);
      if (!request.keep(row)) continue;
      if (window.rows.size() == request.limit) break;
      window.rows.push_back(row);
    }
  } else {
    const std::uint64_t end = std::min(request.rows.size, at + request.limit);
    window.rows.reserve(static_cast<std::size_t>(end > at ? end - at : 0));
    for (; at < end; ++at) window.rows.push_back(request.rows.at(at));
  }
  if (at < request.rows.size) window.next = at;
  return window;
}

void apply_page_fault(const PageRequest& request, Window& window) {
  const FaultAction& fault = *request.fault;
  if (fault.empty_page) {
    window.rows.clear();
    window.next = request.first;
  }
  if (fault.repeat_row && request.first > 0) {
    window.rows.insert(window.rows.begin(), request.rows.at(request.first - 1));
  }
  if (fault.drop_row && !window.rows.empty()) {
    window.rows.erase(window.rows.begin() + static_cast<std::ptrdiff_t>(window.rows.size() / 2));
  }
  if (fault.fail_last_page && !window.next) window.next = kFailingPosition;
}

void append_link(std::string& out, const PageRequest& request, const Window& window,
                 const PageTokens& tokens) {
  const FaultAction* fault = request.fault;
  const bool endless = fault != nullptr && fault->endless_link;
  if (!window.next && !endless) return;
  const std::string token =
      endless && !request.token.empty()
          ? request.token
          : tokens.make(request.link.substr(request.origin.size()) + '?' + request.query,
                        {.row = endless ? request.first : *window.next,
                         .page = request.page + 1,
                         .issued = request.now});
  std::string link = request.link;
  if (fault != nullptr && !fault->foreign_link.empty()) {
    link = fault->foreign_link + link.substr(request.origin.size());
  }
  link += '?';
  link += request.query;
  if (!request.query.empty()) link += '&';
  link += "$skiptoken=";
  link += token;
  out += "\"@odata.nextLink\":";
  put_escaped(out, link);
  out += ',';
}

// Room for the usual row, so that a page is not copied while it grows.
std::size_t expected_size(const PageRequest& request, const Window& window) {
  if (window.rows.empty()) return 512;
  std::string sample;
  request.shape.append(sample, request.world, window.rows.front());
  return 1024 + window.rows.size() * (sample.size() + sample.size() / 4 + 64);
}

}  // namespace

std::string write_page(const PageRequest& request, const PageTokens& tokens) {
  Window window = take(request);
  if (request.fault != nullptr) apply_page_fault(request, window);
  std::string out;
  out.reserve(expected_size(request, window));
  out += "{\"@odata.context\":";
  put_escaped(out, request.context_url + request.shape.context());
  out += ',';
  if (request.total) {
    out += "\"@odata.count\":";
    append_number(out, *request.total);
    out += ',';
  }
  append_link(out, request, window, tokens);
  out += "\"value\":[";
  bool first = true;
  for (const world::Reference& row : window.rows) {
    out += first ? "{" : ",{";
    first = false;
    request.shape.append(out, request.world, row);
    if (request.expansion != nullptr) {
      append_expansion(out, request.world, *request.expansion, row, request.viewer);
    }
    out += '}';
  }
  out += "]}";
  return out;
}

}  // namespace muster::sandbox::graph
