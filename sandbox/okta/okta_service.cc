#include "sandbox/okta/okta_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"
#include "net/url.h"
#include "sandbox/faults.h"
#include "sandbox/okta/text.h"
#include "sandbox/okta/truth.h"

namespace muster::sandbox::okta {
namespace {

constexpr std::uint64_t kFailingPosition = ~std::uint64_t{0};
constexpr std::string_view kOmit = "okta-response";

bool contains(std::string_view words, std::string_view word) {
  const auto all = base::split(words, ' ');
  return std::find(all.begin(), all.end(), word) != all.end();
}

// `filterable`: names that only `eq` looks at; times may be compared too. `search` looks anywhere.
bool may_filter(const Filter::Use& use, std::string_view filterable) {
  const bool is_time = use.path == "lastUpdated" || use.path == "lastMembershipUpdated";
  return contains(filterable, use.path) &&
         (use.op == "eq" || (is_time && use.op != "sw" && use.op != "co"));
}

// Of the properties that every org has, one is shown.
constexpr std::string_view kUserSchema =
    R"({"id":"https://haldenrobotics.okta.com/meta/schemas/user/default","type":"object",)"
    R"("title":"User","definitions":{"custom":{"id":"#custom","type":"object","properties":{)"
    R"("badgeColour":{"title":"Badge colour","type":"string","scope":"NONE"},)"
    R"("deskNumber":{"title":"Desk number","type":"integer","scope":"NONE"},)"
    R"("hasParking":{"title":"Has parking","type":"boolean","scope":"NONE"},)"
    R"("spokenLanguages":{"title":"Spoken languages","type":"array","scope":"NONE"}}},)"
    R"("base":{"id":"#base","type":"object","properties":{)"
    R"("login":{"title":"Username","type":"string","required":true}}}}})";

}  // namespace

struct OktaService::Failure {
  int status = 400;
  std::string_view code;
  std::string summary;
  std::string cause{};
};

struct OktaService::List {
  std::string_view path;  // '*': an id of `parent`
  std::string_view scope;
  std::optional<Kind> parent{};
  std::uint32_t limit = 0;  // of a page when none is asked for; 0: not paged
  std::uint32_t smallest = 1, largest = 0;
  std::string_view parameters{};
  std::string_view filterable{};
  std::string_view expands{};
  std::string_view wrapper{};  // member that holds the records; empty: the answer is the array
  Rows (*rows)(const Org& org, View view, std::uint32_t parent) = nullptr;  // none: one object
};

struct OktaService::Match {
  const List* list;
  std::uint32_t parent = 0;
};

struct OktaService::Query {
  std::uint64_t position = 0;
  std::uint32_t page = 0;
  std::uint64_t limit = 0;
  std::string fixed;   // the parameters that every page has, as in its links
  std::string bound;   // what a cursor is bound to
  std::string cursor;  // as received
  std::optional<Filter> filter;
};

const OktaService::List OktaService::kLists[] = {
    {.path = "/api/v1/users",
     .scope = "okta.users.read",
     .limit = 200,
     .largest = 200,
     .parameters = "limit after filter search sortBy sortOrder",
     .filterable =
         "status lastUpdated id profile.login profile.email profile.firstName profile.lastName",
     .rows = [](const Org& org, View view, std::uint32_t) { return org.users(std::move(view)); }},
    {.path = "/api/v1/groups",
     .scope = "okta.groups.read",
     .limit = 10'000,
     .largest = 10'000,
     .parameters = "limit after filter search expand sortBy sortOrder",
     .filterable = "id type lastUpdated lastMembershipUpdated",
     .expands = "stats",
     .rows = [](const Org& org, View view, std::uint32_t) { return org.groups(std::move(view)); }},
    {.path = "/api/v1/groups/*/users",
     .scope = "okta.groups.read",
     .parent = Kind::kGroup,
     .limit = 1000,
     .largest = 1000,
     .parameters = "limit after",
     .rows = [](const Org& org, View view,
                std::uint32_t group) { return org.group_users(std::move(view), group); }},
    {.path = "/api/v1/users/*/groups",
     .scope = "okta.users.read",
     .parent = Kind::kUser,
     .limit = 200,
     .largest = 200,
     .parameters = "limit after",
     .rows = [](const Org& org, View view,
                std::uint32_t user) { return org.user_groups(std::move(view), user); }},
    {.path = "/api/v1/users/*/roles",
     .scope = "okta.roles.read",
     .parent = Kind::kUser,
     .rows = [](const Org& org, View view,
                std::uint32_t user) { return org.user_roles(std::move(view), user); }},
    {.path = "/api/v1/groups/*/roles",
     .scope = "okta.roles.read",
     .parent = Kind::kGroup,
     .rows = [](const Org& org, View view,
                std::uint32_t group) { return org.group_roles(std::move(view), group); }},
    {.path = "/api/v1/apps",
     .scope = "okta.apps.read",
     .limit = 100,
     .largest = 200,
     .parameters = "limit after filter",
     .filterable = "status name",
     .rows = [](const Org& org, View view, std::uint32_t) { return org.apps(std::move(view)); }},
    {.path = "/api/v1/apps/*/users",
     .scope = "okta.apps.read",
     .parent = Kind::kApp,
     .limit = 50,
     .largest = 500,
     .parameters = "limit after",
     .rows = [](const Org& org, View view,
                std::uint32_t app) { return org.app_users(std::move(view), app); }},
    {.path = "/api/v1/apps/*/groups",
     .scope = "okta.apps.read",
     .parent = Kind::kApp,
     .limit = 20,
     .smallest = 20,
     .largest = 200,
     .parameters = "limit after",
     .rows = [](const Org& org, View view,
                std::uint32_t app) { return org.app_groups(std::move(view), app); }},
    {.path = "/api/v1/devices",
     .scope = "okta.devices.read",
     .limit = 200,
     .largest = 200,
     .parameters = "limit after search expand",
     .expands = "user userSummary",
     .rows = [](const Org& org, View view, std::uint32_t) { return org.devices(std::move(view)); }},
    {.path = "/api/v1/devices/*/users",
     .scope = "okta.devices.read",
     .parent = Kind::kDevice,
     .rows = [](const Org& org, View view,
                std::uint32_t device) { return org.device_users(std::move(view), device); }},
    {.path = "/api/v1/iam/assignees/users",
     .scope = "okta.roles.read",
     .limit = 100,
     .largest = 100,
     .parameters = "limit after",
     .wrapper = "value",
     .rows = [](const Org& org, View view,
                std::uint32_t) { return org.administrators(std::move(view)); }},
    {.path = "/api/v1/iam/roles",
     .scope = "okta.roles.read",
     .limit = 100,
     .largest = 100,
     .parameters = "after",
     .wrapper = "roles",
     .rows = [](const Org& org, View, std::uint32_t) { return org.custom_roles(); }},
    {.path = "/api/v1/users/*", .scope = "okta.users.read", .parent = Kind::kUser},
    {.path = "/api/v1/groups/*", .scope = "okta.groups.read", .parent = Kind::kGroup},
    {.path = "/api/v1/apps/*", .scope = "okta.apps.read", .parent = Kind::kApp},
    {.path = "/api/v1/devices/*", .scope = "okta.devices.read", .parent = Kind::kDevice},
    {.path = "/api/v1/meta/schemas/user/default", .scope = "okta.schemas.read"},
};

OktaService::OktaService(const ImitationTools& tools)
    : edits_(tools.edits),
      org_(tools.world, tools.seed),
      sign_in_(tools.scheduler, tools.seed, tools.token_lifetime),
      buckets_(tools.scheduler, tools.quota),
      cursors_(tools.seed) {}

std::vector<ConnectionValue> OktaService::connection(std::string_view base) const {
  return {{"url", std::string(base)},
          {"client_id", sign_in_.client_id()},
          {"key_id", std::string(sign_in_.key_id())},
          {"private_key", sign_in_.private_key(), true},
          {"token", sign_in_.api_token(), true, true}};
}

View OktaService::view_of(const Call& call) const {
  View view{.edits = edits_.current(), .base = call.origin + call.prefix};
  const std::string* type = call.header("Content-Type");
  if (type != nullptr && type->find(kOmit) != std::string::npos) {
    view.credentials = type->find("omitCredentials,") == std::string::npos &&
                       type->find("omitCredentials\"") == std::string::npos;
    view.transition = type->find("omitTransitioningToStatus") == std::string::npos;
  }
  return view;
}

std::string OktaService::truth_summary() const {
  return okta::truth_summary(org_, {.edits = edits_.current(), .deactivated = true});
}

std::optional<std::string> OktaService::truth_page(std::string_view data_set, std::uint64_t offset,
                                                   std::uint64_t limit) const {
  return okta::truth_page(org_, {.edits = edits_.current(), .deactivated = true}, data_set, offset,
                          limit);
}

void OktaService::reset() {
  sign_in_.reset();
  buckets_.reset();
}

net::ServerResponse OktaService::refuse(const Failure& failure) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("errorCode").string(failure.code);
  writer.key("errorSummary").string(failure.summary).key("errorLink").string(failure.code);
  writer.key("errorId").string(fmt::format("oae{:020x}", world::mix(answers_)));
  writer.key("errorCauses").begin_array();
  if (!failure.cause.empty()) {
    writer.begin_object().key("errorSummary").string(failure.cause).end_object();
  }
  writer.end_array().end_object();
  return json_response(failure.status, std::move(body));
}

net::ServerResponse OktaService::handle(const Call& call) {
  if (call.path == "/oauth2/v1/token") return sign_in_.token(call);
  const auto caller = sign_in_.caller(call);
  if (!caller) return refuse({401, "E0000011", "Invalid token provided"});
  if (call.notes != nullptr) {
    call.notes->owner = caller->name;
    call.notes->resource_units = 1;
  }
  const Buckets::Answer charged = buckets_.charge(caller->name, call.path);
  net::ServerResponse response =
      charged.refused
          ? refuse({429, "E0000047", "API call exceeded rate limit due to too many requests."})
          : answer(call, *caller);
  response.delay += std::chrono::duration_cast<std::chrono::milliseconds>(charged.busy);
  response.headers.push_back({"X-Rate-Limit-Limit", std::to_string(charged.limit)});
  response.headers.push_back({"X-Rate-Limit-Remaining", std::to_string(charged.remaining)});
  response.headers.push_back({"X-Rate-Limit-Reset", std::to_string(charged.reset)});
  response.headers.push_back(
      {"X-Okta-Request-Id", fmt::format("sandbox-{:012x}", world::mix(++answers_) >> 16)});
  return response;
}

net::ServerResponse OktaService::answer(const Call& call, const SignIn::Caller& caller) {
  View view = view_of(call);
  const auto match = find(call, view);
  if (!match || match->list == nullptr) {
    return refuse({404, "E0000007", fmt::format("Not found: Resource not found: {}", call.path)});
  }
  if (call.method != "GET") {
    return refuse({405, "E0000022", "The endpoint does not support the provided HTTP method"});
  }
  const List& list = *match->list;
  if (!caller.allows(list.scope)) {
    net::ServerResponse response =
        refuse({403, "E0000006", "You do not have permission to perform the requested action"});
    response.headers.push_back(
        {"WWW-Authenticate",
         fmt::format("Bearer authorization_uri=\"{}/oauth2/v1/authorize\", realm=\"{}\", "
                     "scope=\"{}\", error=\"insufficient_scope\"",
                     view.base, view.base, list.scope)});
    return response;
  }
  Query query;
  if (auto failure = read_query(call, list, caller, query)) return refuse(*failure);
  if (list.rows != nullptr) {
    view.deactivated = call.parameter("filter") || call.parameter("search") || list.parent;
    const std::string expand = call.parameter("expand").value_or("");
    view.expand = expand;
    return list_page(call, *match, query, view);
  }
  std::string body;
  view.deactivated = true;
  switch (list.parent.value_or(Kind::kRole)) {
    case Kind::kUser: org_.users(view).append(body, match->parent); break;
    case Kind::kGroup: org_.groups(view).append(body, match->parent); break;
    case Kind::kApp: org_.apps(view).append(body, match->parent); break;
    case Kind::kDevice: org_.devices(view).append(body, match->parent); break;
    case Kind::kRole: body = kUserSchema; break;
  }
  return json_response(200, std::move(body));
}

std::optional<OktaService::Match> OktaService::find(const Call& call, const View& view) const {
  const auto asked = base::split(call.path, '/');
  for (const List& list : kLists) {
    const auto parts = base::split(list.path, '/');
    if (parts.size() != asked.size()) continue;
    bool fits = true;
    Match match{&list};
    for (std::size_t at = 0; at < parts.size() && fits; ++at) {
      if (parts[at] != "*") {
        fits = parts[at] == asked[at];
        continue;
      }
      const auto index = org_.ids().read(*list.parent, asked[at]);
      fits = index && org_.has(*list.parent, *index, view);
      match.parent = index.value_or(0);
    }
    if (fits) return match;
  }
  return std::nullopt;
}

std::optional<OktaService::Failure> OktaService::read_query(const Call& call, const List& list,
                                                            const SignIn::Caller& caller,
                                                            Query& query) const {
  const auto invalid = [](std::string_view what, std::string cause) {
    return Failure{400, "E0000001", fmt::format("Api validation failed: {}", what),
                   std::move(cause)};
  };
  query.limit = list.limit == 0 ? ~std::uint64_t{0} : list.limit;
  for (const auto& [name, value] : call.query) {
    if (!contains(list.parameters, name)) return invalid(name, "There is no such parameter here.");
    if (std::count_if(call.query.begin(), call.query.end(),
                      [&](const auto& other) { return other.first == name; }) > 1) {
      return invalid(name, "The parameter comes twice.");
    }
    if (name == "after") {
      query.cursor = value;
      continue;
    }
    if (name == "limit") {
      const auto limit = base::parse_int(value);
      if (!limit || *limit < list.smallest) {
        return invalid("limit", fmt::format("limit: at least {}", list.smallest));
      }
      query.limit = std::min<std::uint64_t>(static_cast<std::uint64_t>(*limit), list.largest);
    } else if (name == "expand" && !contains(list.expands, value)) {
      return invalid("expand", "The value is not known.");
    } else if (name == "filter" || name == "search") {
      query.filter = Filter::parse(value);
      if (!query.filter) return Failure{400, "E0000031", "Invalid search criteria."};
      for (const Filter::Use& use : query.filter->uses()) {
        if (name == "filter" && !may_filter(use, list.filterable)) {
          return Failure{400, "E0000031", "Invalid search criteria."};
        }
      }
    }
    query.fixed +=
        fmt::format("{}{}={}", query.fixed.empty() ? "" : "&", name, base::percent_encode(value));
  }
  auto parameters = base::split(query.fixed, '&');
  std::sort(parameters.begin(), parameters.end());
  query.bound = fmt::format("{} {}?{}", caller.name, call.path, fmt::join(parameters, "&"));
  if (query.cursor.empty()) return std::nullopt;
  const auto position = cursors_.read(query.bound, query.cursor);
  if (!position || position->row == kFailingPosition) {
    return invalid("after", "The cursor does not belong to this request.");
  }
  query.position = position->row;
  query.page = position->page;
  return std::nullopt;
}

net::ServerResponse OktaService::list_page(const Call& call, const Match& match, const Query& query,
                                           const View& view) const {
  const List& list = *match.list;
  const Rows rows = list.rows(org_, view, match.parent);
  const FaultAction* fault = call.fault;
  const auto row_text = [&](std::uint64_t place) {
    std::string text;
    const auto row = rows.at(place);
    if (!row) return text;
    rows.append(text, *row);
    if (query.filter) {
      const auto record = json::Document::parse(text);
      if (!record.ok() || !query.filter->matches(record->root())) text.clear();
    }
    return text;
  };

  std::vector<std::string> texts;
  std::optional<std::uint64_t> next;
  std::uint64_t place = query.position;
  for (; place < rows.size && !next; ++place) {
    std::string text = row_text(place);
    if (text.empty()) continue;
    if (texts.size() == query.limit) {
      next = place;
    } else {
      texts.push_back(std::move(text));
    }
  }
  if (fault != nullptr) {
    if (fault->empty_page) {
      texts.clear();
      next = query.position;
    }
    for (std::uint64_t before = query.position; fault->repeat_row && before > 0; --before) {
      std::string text = row_text(before - 1);
      if (text.empty()) continue;
      texts.insert(texts.begin(), std::move(text));
      break;
    }
    if (fault->drop_row && !texts.empty()) {
      texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(texts.size() / 2));
    }
    if (fault->fail_last_page && !next) next = kFailingPosition;
  }

  std::string origin = call.origin;
  if (fault != nullptr && !fault->foreign_link.empty()) origin = fault->foreign_link;
  const auto link = [&](const std::string& from, const std::string& cursor) {
    std::string url = from + call.prefix + call.path;
    if (!cursor.empty()) url += "?after=" + base::percent_encode(cursor);
    if (!query.fixed.empty()) url += (cursor.empty() ? '?' : '&') + query.fixed;
    return url;
  };
  std::string next_url;
  if (fault != nullptr && fault->endless_link) {
    next_url = link(origin, query.cursor);
  } else if (next) {
    next_url = link(origin, cursors_.make(query.bound, {.row = *next, .page = query.page + 1}));
  }

  std::string body = fmt::format("[{}]", fmt::join(texts, ","));
  if (!list.wrapper.empty()) {
    std::string links = "{";
    if (!next_url.empty()) member_raw(links, "next", fmt::format(R"({{"href":"{}"}})", next_url));
    body = fmt::format(R"({{"{}":{},"_links":{}}}}})", list.wrapper, body, links);
    return json_response(200, std::move(body));
  }
  net::ServerResponse response = json_response(200, std::move(body));
  const std::string self = fmt::format("<{}>; rel=\"self\"", link(call.origin, query.cursor));
  const std::string following = fmt::format("<{}>; rel=\"next\"", next_url);
  // Both forms happen: a header line for each link, and one line for all.
  if (query.page % 2 == 0 || next_url.empty()) {
    response.headers.push_back({"Link", self});
    if (!next_url.empty()) response.headers.push_back({"Link", following});
  } else {
    response.headers.push_back({"Link", self + ", " + following});
  }
  return response;
}

}  // namespace muster::sandbox::okta
