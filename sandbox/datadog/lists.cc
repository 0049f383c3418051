#include "sandbox/datadog/lists.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "net/url.h"
#include "sandbox/datadog/query.h"
#include "sandbox/datadog/records.h"
#include "sandbox/faults.h"

namespace muster::sandbox::datadog {
namespace {

using Numbers = std::vector<std::uint32_t>;
using Out = json::Writer&;

constexpr std::uint64_t kAny = UINT32_MAX;

// The rows of a page; faults may take some away or show one again.
Numbers cut(const ListRequest& request, const Numbers& rows, std::uint64_t offset,
            std::uint64_t size) {
  const std::uint64_t begin = std::min<std::uint64_t>(offset, rows.size());
  const std::uint64_t end = std::min<std::uint64_t>(begin + size, rows.size());
  Numbers page(rows.begin() + static_cast<std::ptrdiff_t>(begin),
               rows.begin() + static_cast<std::ptrdiff_t>(end));
  const FaultAction* fault = request.call.fault;
  if (fault == nullptr) return page;
  if (fault->empty_page) page.clear();
  if (fault->drop_row && !page.empty()) page.pop_back();
  if (fault->repeat_row && begin > 0) page.insert(page.begin(), rows[begin - 1]);
  return page;
}

template <typename Write>
void write_rows(json::Writer& out, const ListRequest& request, const Numbers& rows, Write write) {
  write_array(out, rows, [&](Out to, std::uint32_t row) { write(to, request.of, row); });
}

// A list that is an object with the rows under `key`, and whatever `more` adds.
template <typename Write, typename More>
ListAnswer answer(const ListRequest& request, std::string_view key, const Numbers& rows,
                  Write write, More more) {
  ListAnswer result;
  json::Writer out(result.body);
  out.begin_object().key(key);
  write_rows(out, request, rows, write);
  more(out);
  out.end_object();
  return result;
}

constexpr auto kNothingMore = [](Out) {};

bool matches_host(const Organisation& of, std::uint32_t number, std::string_view wanted) {
  constexpr std::string_view kExact = "exact:host:";
  const Host host(of, number);
  if (wanted.starts_with(kExact)) return host.name == wanted.substr(kExact.size());
  for (const std::string& alias : host.aliases) {
    if (alias.find(wanted) != std::string::npos) return true;
  }
  for (const auto& [source, tags] : host.tags()) {
    if (std::ranges::find(tags, wanted) != tags.end()) return true;
  }
  return false;
}

// In no visible order, another one for every reading; within a reading it stays the same.
ListAnswer list_hosts(const ListRequest& request) {
  Query query(request.call, {"filter", "sort_field", "sort_dir", "start", "count", "from",
                             "include_muted_hosts_data", "include_hosts_metadata"});
  const std::uint64_t start = query.number("start", 0, 0, kAny);
  const std::uint64_t count = query.number("count", 100, 1, 1000);
  const std::uint64_t from = query.number(
      "from", static_cast<std::uint64_t>(request.now - kShownByDefault), 0, UINT64_MAX >> 1);
  const HostParts parts{.metadata = query.flag("include_hosts_metadata", false),
                        .muted = query.flag("include_muted_hosts_data", false),
                        .noise = request.number};
  query.choice("sort_dir", "asc|desc", "asc");
  if (query.mistake()) return refused(400, *query.mistake());

  const std::int64_t since = std::max(static_cast<std::int64_t>(from), request.now - kKept);
  Numbers rows = kept_hosts(request.of, request.edits, since);
  if (const std::string filter = query.text("filter"); !filter.empty()) {
    std::erase_if(rows, [&](std::uint32_t row) { return !matches_host(request.of, row, filter); });
  }
  const std::uint64_t salt = start == 0 ? ++request.readings : request.readings.load();
  std::ranges::sort(rows, {}, [&](std::uint32_t row) { return world::mix(salt << 32 ^ row); });
  const Numbers page = cut(request, rows, start, count);
  return answer(
      request, "host_list", page,
      [&](Out out, const Organisation& of, std::uint32_t row) { write_host(out, of, row, parts); },
      [&](Out out) {
        out.key("exact_total_matching").boolean(true);
        out.key("total_returned").number(std::uint64_t{page.size()});
        out.key("total_matching").number(std::uint64_t{rows.size()});
      });
}

ListAnswer host_totals(const ListRequest& request) {
  Query query(request.call, {"from"});
  const std::uint64_t from =
      query.number("from", static_cast<std::uint64_t>(request.now - 2 * kHour), 0, UINT64_MAX >> 1);
  if (query.mistake()) return refused(400, *query.mistake());
  const Numbers rows = kept_hosts(request.of, request.edits, static_cast<std::int64_t>(from));
  const auto up = std::ranges::count_if(
      rows, [&](std::uint32_t row) { return Host(request.of, row).has_agent(); });
  return {.body = fmt::format(R"({{"total_up":{},"total_active":{}}})", up, rows.size())};
}

// All at once without `page`, whatever page_size says.
ListAnswer list_monitors(const ListRequest& request) {
  Query query(request.call, {"group_states", "name", "tags", "monitor_tags", "with_downtimes",
                             "id_offset", "page", "page_size"});
  const std::uint64_t page = query.number("page", 0, 0, kAny);
  const std::uint64_t size = query.number("page_size", 100, 1, 1000);
  const std::uint64_t after = query.number("id_offset", 0, 0, UINT64_MAX >> 1);
  query.flag("with_downtimes", false);
  const std::string states = query.text("group_states");
  for (const std::string_view state : base::split(states, ',')) {
    if (!state.empty() && state != "all" && state != "alert" && state != "warn" &&
        state != "no data") {
      return refused(400, "Invalid group_state filters.");
    }
  }
  if (query.mistake()) return refused(400, *query.mistake());

  Numbers rows = numbers_to(request.of.monitor_count());
  std::erase_if(rows, [&](std::uint32_t row) { return request.of.monitor_id(row) <= after; });
  if (const std::string wanted = query.text("monitor_tags"); !wanted.empty()) {
    std::erase_if(rows, [&](std::uint32_t row) {
      const std::vector<std::string> tags = monitor_tags(request.of, row);
      return std::ranges::any_of(base::split(wanted, ','), [&](std::string_view tag) {
        return std::ranges::find(tags, base::trim(tag)) == tags.end();
      });
    });
  }
  const bool paged = query.has("page") || query.has("id_offset");
  if (paged) rows = cut(request, rows, page * size, size);
  ListAnswer result;
  json::Writer out(result.body);
  write_rows(out, request, rows, write_monitor);
  return result;
}

ListAnswer list_dashboards(const ListRequest& request) {
  Query query(request.call, {"filter[shared]", "filter[deleted]", "count", "start"});
  const std::uint64_t start = query.number("start", 0, 0, kAny);
  const std::uint64_t count = query.number("count", 100, 1, 1000);
  query.flag("filter[shared]", false);
  query.flag("filter[deleted]", false);
  if (query.mistake()) return refused(400, *query.mistake());
  const Numbers rows = numbers_to(request.of.dashboard_count());
  return answer(request, "dashboards", cut(request, rows, start, count), write_dashboard,
                kNothingMore);
}

// The counts are those that were recorded: the filtered one is never more than a page.
ListAnswer list_slos(const ListRequest& request) {
  Query query(request.call, {"ids", "query", "tags_query", "metrics_query", "limit", "offset"});
  const std::uint64_t limit = query.number("limit", 1000, 1, 1000);
  const std::uint64_t offset = query.number("offset", 0, 0, kAny);
  if (query.mistake()) return refused(400, *query.mistake());
  Numbers rows = numbers_to(request.of.slo_count());
  if (const std::string wanted = query.text("tags_query"); !wanted.empty()) {
    std::erase_if(rows, [&](std::uint32_t row) {
      const std::vector<std::string> tags = slo_tags(request.of, row);
      return std::ranges::find(tags, wanted) == tags.end();
    });
  }
  return answer(request, "data", cut(request, rows, offset, limit), write_slo, [&](Out out) {
    out.key("error").null().key("metadata").begin_object().key("page").begin_object();
    out.key("total_count").number(std::uint64_t{rows.size()});
    out.key("total_filtered_count").number(std::min<std::uint64_t>(limit, rows.size()));
    out.end_object().end_object();
  });
}

ListAnswer list_synthetics(const ListRequest& request) {
  Query query(request.call, {"page_size", "page_number"});
  const std::uint64_t size = query.number("page_size", 100, 1, 1000);
  const std::uint64_t page = query.number("page_number", 0, 0, kAny);
  if (query.mistake()) return refused(400, *query.mistake());
  const Numbers rows = numbers_to(request.of.synthetic_count());
  return answer(request, "tests", cut(request, rows, page * size, size), write_synthetic,
                [&](Out out) { out.key("total").number(std::uint64_t{rows.size()}); });
}

void write_page_counts(Out out, std::size_t count) {
  out.key("meta").begin_object().key("page").begin_object();
  out.key("total_count").number(std::uint64_t{count});
  out.key("total_filtered_count").number(std::uint64_t{count});
  out.end_object().end_object();
}

// Roles and their permissions come along on every page.
void write_included_roles(Out out, const ListRequest& request) {
  out.key("included").begin_array();
  for (std::uint32_t role = 0; role < request.of.role_count(); ++role) {
    out.begin_object().key("type").string("roles").key("id").string(request.of.uuid('r', role));
    out.key("attributes").begin_object().key("name").string("included").end_object().end_object();
  }
  for (std::uint32_t permission = 0; permission < 140; ++permission) {
    out.begin_object().key("type").string("permissions");
    out.key("id").string(request.of.uuid('p', permission)).end_object();
  }
  out.end_array();
}

ListAnswer list_users(const ListRequest& request) {
  Query query(request.call,
              {"page[size]", "page[number]", "sort", "sort_dir", "filter", "filter[status]"});
  const std::uint64_t size = query.number("page[size]", 10, 1, 100);
  const std::uint64_t page = query.number("page[number]", 0, 0, kAny);
  const std::string sort = query.choice("sort", "name|-name", "name");
  const std::string direction = query.choice("sort_dir", "asc|desc", "asc");
  if (query.mistake()) return refused(400, *query.mistake());
  Numbers rows = kept_users(request.of, request.edits);
  if (const std::string wanted = query.text("filter[status]"); !wanted.empty()) {
    const auto states = base::split(wanted, ',');
    std::erase_if(rows, [&](std::uint32_t row) {
      return std::ranges::find(states, user_status(request.of, row)) == states.end();
    });
  }
  if (const std::string wanted = query.text("filter"); !wanted.empty()) {
    std::erase_if(rows, [&](std::uint32_t row) {
      return request.of.user_handle(row).find(wanted) == std::string::npos;
    });
  }
  if ((sort == "-name") != (direction == "desc")) std::ranges::reverse(rows);
  return answer(request, "data", cut(request, rows, page * size, size), write_user, [&](Out out) {
    write_included_roles(out, request);
    write_page_counts(out, rows.size());
  });
}

ListAnswer list_roles(const ListRequest& request) {
  Query query(request.call, {"page[size]", "page[number]", "sort", "filter", "filter[id]"});
  const std::uint64_t size = query.number("page[size]", 10, 1, 100);
  const std::uint64_t page = query.number("page[number]", 0, 0, kAny);
  if (query.mistake()) return refused(400, *query.mistake());
  Numbers rows = numbers_to(request.of.role_count());
  const std::string wanted = query.text("filter");
  std::erase_if(rows, [&](std::uint32_t row) {
    return role_name(row).find(wanted) == std::string_view::npos;
  });
  return answer(request, "data", cut(request, rows, page * size, size), write_role,
                [&](Out out) { write_page_counts(out, rows.size()); });
}

// The links as they were recorded: `next` points past the end, even on the last page.
void write_team_pages(Out out, const ListRequest& request, std::size_t total, std::uint64_t number,
                      std::uint64_t size) {
  const std::uint64_t last = total == 0 ? 0 : (total - 1) / size;
  const auto link = [&](std::uint64_t page) {
    return fmt::format("{}{}{}?page[number]={}&page[size]={}", request.call.origin,
                       request.call.prefix, request.call.path, page, size);
  };
  out.key("meta").begin_object().key("pagination").begin_object();
  out.key("number").number(number).key("first_number").number(std::uint64_t{0});
  out.key("prev_number").number(number == 0 ? 0 : number - 1);
  out.key("next_number").number(number + 1).key("last_number").number(last);
  out.key("size").number(size).key("type").string("number_size");
  out.key("total").number(std::uint64_t{total}).end_object().end_object();
  out.key("links").begin_object();
  out.key("self").string(request.call.origin + request.call.prefix + request.call.raw_path + "?" +
                         request.call.raw_query);
  out.key("last").string(link(last)).key("next").string(link(number + 1));
  out.key("prev").string(link(number == 0 ? 0 : number - 1)).key("first").string(link(0));
  out.end_object();
}

// Asked without any page it answers in another style, with 100.
ListAnswer list_teams(const ListRequest& request) {
  Query query(request.call,
              {"page[size]", "page[number]", "sort", "filter[keyword]", "filter[me]"});
  const bool paged = query.has("page[size]") || query.has("page[number]");
  const std::uint64_t size = query.number("page[size]", paged ? 10 : 100, 1, 100);
  const std::uint64_t number = query.number("page[number]", 0, 0, kAny);
  query.flag("filter[me]", false);
  query.choice("sort", "name|-name|user_count|-user_count", "name");
  if (query.mistake()) return refused(400, *query.mistake());
  Numbers rows = kept_teams(request.of, request.edits);
  if (const std::string wanted = query.text("filter[keyword]"); !wanted.empty()) {
    std::erase_if(rows, [&](std::uint32_t row) {
      return request.of.team_handle(row).find(wanted) == std::string::npos;
    });
  }
  return answer(request, "data", cut(request, rows, number * size, size), write_team, [&](Out out) {
    if (paged) return write_team_pages(out, request, rows.size(), number, size);
    out.key("meta").begin_object().key("pagination").begin_object();
    out.key("offset").number(std::uint64_t{0}).key("limit").number(size);
    out.key("type").string("offset_limit");
    out.key("total").number(std::uint64_t{rows.size()}).end_object().end_object();
  });
}

// Neither counts nor links.
ListAnswer list_memberships(const ListRequest& request) {
  Query query(request.call, {"page[size]", "page[number]", "sort", "filter[keyword]"});
  const std::uint64_t size = query.number("page[size]", 10, 1, 100);
  const std::uint64_t number = query.number("page[number]", 0, 0, kAny);
  if (query.mistake()) return refused(400, *query.mistake());
  const auto team = request.of.find_team(request.id);
  if (!team ||
      (request.edits.removes_any() && request.edits.removes({world::Kind::kGroup, *team}))) {
    return refused(404, "Team not found");
  }
  Numbers rows = request.of.team_members(*team);
  std::erase_if(rows, [&](std::uint32_t user) {
    return request.edits.removes_any() && request.edits.removes({world::Kind::kUser, user});
  });
  const Numbers page = cut(request, rows, number * size, size);
  return answer(
      request, "data", page,
      [&](Out out, const Organisation& of, std::uint32_t user) {
        write_membership(out, of, *team, user);
      },
      [&](Out out) {
        out.key("included");
        write_rows(out, request, page, write_user);
      });
}

// An opaque place; the page after the last full one is empty and says nothing else.
template <typename Write>
ListAnswer list_by_cursor(const ListRequest& request, const Numbers& rows, Write write) {
  Query query(request.call, {"filter[tags]", "sort", "page[size]", "page[cursor]"});
  const std::uint64_t size = query.number("page[size]", 1000, 1, 10'000);
  const std::string cursor = query.text("page[cursor]");
  std::uint64_t start = 0;
  if (!cursor.empty()) {
    constexpr std::string_view kPlace = "started:1|id:";
    std::string plain = base::base64url_decode(base::trim(cursor).substr(0, cursor.find('=')))
                            .value_or(std::string());
    const auto place = plain.starts_with(kPlace)
                           ? base::parse_int(std::string_view(plain).substr(kPlace.size()))
                           : std::nullopt;
    if (!place) return refused(400, "Invalid cursor.");
    start = static_cast<std::uint64_t>(*place);
  }
  if (query.mistake()) return refused(400, *query.mistake());
  if (start > 0 && start >= rows.size()) return {.body = R"({"data":[]})"};
  const Numbers page = cut(request, rows, start, size);
  const bool goes_on = start + size <= rows.size();
  const std::string next =
      goes_on ? base::base64_encode(fmt::format("started:1|id:{}", start + size)) : "";
  return answer(request, "data", page, write, [&](Out out) {
    out.key("links").begin_object().key("next");
    goes_on ? out.string(fmt::format("{}{}{}?page[cursor]={}&page[size]={}", request.call.origin,
                                     request.call.prefix, request.call.path,
                                     base::form_encode(next), size))
            : out.null();
    out.end_object().key("meta").begin_object().key("pagination").begin_object();
    out.key("cursor").string(cursor).key("next_cursor").string(next).key("prev_cursor").null();
    out.key("limit").number(size).key("type").string("cursor_limit");
    out.key("total").number(std::uint64_t{rows.size()}).end_object().end_object();
  });
}

ListAnswer list_containers(const ListRequest& request) {
  return list_by_cursor(request, kept_containers(request.of, request.edits), write_container);
}

ListAnswer list_images(const ListRequest& request) {
  return list_by_cursor(request, numbers_to(request.of.image_count()), write_image);
}

// `links.next` is there when more follows; what `count` means differs from list to list.
void write_catalog_end(Out out, const ListRequest& request, std::size_t count, std::uint64_t offset,
                       std::uint64_t limit, bool goes_on) {
  out.key("meta").begin_object().key("count").number(std::uint64_t{count});
  out.key("includeCount").number(std::uint64_t{0}).end_object();
  const auto link = [&](std::uint64_t at) {
    return fmt::format("{}?page%5Blimit%5D={}&page%5Boffset%5D={}", request.call.path, limit, at);
  };
  out.key("links").begin_object().key("self").string(link(offset));
  if (goes_on) out.key("next").string(link(offset + limit));
  out.end_object();
}

ListAnswer list_entities(const ListRequest& request) {
  Query query(request.call, {"page[offset]", "page[limit]", "filter[id]", "filter[ref]",
                             "filter[name]", "filter[kind]", "filter[owner]", "includeDiscovered"});
  const std::uint64_t offset = query.number("page[offset]", 0, 0, kAny);
  const std::uint64_t limit = query.number("page[limit]", 100, 1, 1000);
  const bool discovered = query.flag("includeDiscovered", false);
  if (query.mistake()) return refused(400, *query.mistake());
  Numbers rows = entities(request.of, discovered);
  if (const std::string kind = query.text("filter[kind]"); !kind.empty()) {
    std::erase_if(rows, [&](std::uint32_t row) { return Entity(request.of, row).kind != kind; });
  }
  const Numbers page = cut(request, rows, offset, limit);
  return answer(request, "data", page, write_entity, [&](Out out) {
    write_catalog_end(out, request, page.size(), offset, limit, offset + limit < rows.size());
  });
}

ListAnswer list_relations(const ListRequest& request) {
  Query query(request.call, {"page[offset]", "page[limit]", "filter[type]", "filter[from_ref]",
                             "filter[to_ref]", "includeDiscovered"});
  const std::uint64_t offset = query.number("page[offset]", 0, 0, kAny);
  const std::uint64_t limit = query.number("page[limit]", 100, 1, 1000);
  query.flag("includeDiscovered", false);
  if (query.mistake()) return refused(400, *query.mistake());
  std::vector<CatalogRelation> relations = catalog_relations(request.of);
  if (const std::string type = query.text("filter[type]"); !type.empty()) {
    std::erase_if(relations, [&](const CatalogRelation& each) { return each.type != type; });
  }
  const Numbers rows = numbers_to(static_cast<std::uint32_t>(relations.size()));
  const Numbers page = cut(request, rows, offset, limit);
  return answer(
      request, "data", page,
      [&](Out out, const Organisation& of, std::uint32_t row) {
        write_relation(out, of, relations[row]);
      },
      [&](Out out) {
        write_catalog_end(out, request, page.size(), offset, limit, offset + limit < rows.size());
      });
}

ListAnswer list_aws_accounts(const ListRequest& request) {
  Query query(request.call, {"aws_account_id"});
  if (query.mistake()) return refused(400, *query.mistake());
  return answer(request, "data", numbers_to(3), write_aws_account, kNothingMore);
}

ListAnswer list_gcp_accounts(const ListRequest& request) {
  Query query(request.call, {});
  if (query.mistake()) return refused(400, *query.mistake());
  return answer(request, "data", numbers_to(2), write_gcp_account, kNothingMore);
}

ListAnswer list_azure_accounts(const ListRequest& request) {
  Query query(request.call, {});
  if (query.mistake()) return refused(400, *query.mistake());
  ListAnswer result;
  json::Writer out(result.body);
  write_rows(out, request, numbers_to(2), write_azure_account);
  return result;
}

// The limits differ between organisations and are not published: the numbers are our own.
constexpr Route kRoutes[] = {
    {"/api/v1/hosts", "hosts_read", {"hosts_search", 1000}, false, list_hosts},
    {"/api/v1/hosts/totals", "hosts_read", {}, false, host_totals},
    {"/api/v1/monitor", "monitors_read", {"monitors_search", 3000}, false, list_monitors},
    {"/api/v1/dashboard", "dashboards_read", {}, false, list_dashboards},
    {"/api/v1/slo", "slos_read", {}, false, list_slos},
    {"/api/v1/synthetics/tests", "synthetics_read", {}, false, list_synthetics},
    {"/api/v2/users", "user_access_read", {"users_list", 300}, false, list_users},
    {"/api/v2/roles", "user_access_read", {}, false, list_roles},
    {"/api/v2/team", "teams_read", {}, false, list_teams},
    {"/api/v2/team/{id}/memberships",
     "teams_read",
     {"team_memberships", 20, 4},
     false,
     list_memberships},
    {"/api/v2/containers", "", {}, false, list_containers},
    {"/api/v2/container_images", "", {}, false, list_images},
    {"/api/v2/catalog/entity", "apm_service_catalog_read", {}, true, list_entities},
    {"/api/v2/catalog/relation", "apm_service_catalog_read", {}, true, list_relations},
    {"/api/v2/integration/aws/accounts", "aws_configuration_read", {}, true, list_aws_accounts},
    {"/api/v2/integration/gcp/accounts", "gcp_configuration_read", {}, false, list_gcp_accounts},
    {"/api/v1/integration/azure", "azure_configuration_read", {}, false, list_azure_accounts},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

ListAnswer refused(int status, std::string_view message) {
  ListAnswer result{.status = status};
  json::Writer(result.body)
      .begin_object()
      .key("errors")
      .begin_array()
      .string(message)
      .end_array()
      .end_object();
  return result;
}

}  // namespace muster::sandbox::datadog
