// Sites, their audit logs and that of the installation.
#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "service/site_names.h"
#include "web/route.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

void write_site(json::Writer& out, const store::Site& site) {
  out.begin_object().key("site").string(site.site).key("name").string(site.name);
  out.key("created").string(base::format_utc(site.created)).end_object();
}

Result<Answer> list_sites(Request& request) {
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("sites").begin_array();
  const auto sites = TRY(request.tools.sites.list());
  for (const store::Site& site : sites) {
    if (request.caller.may(service::Role::kAuditor, site.site)) write_site(out, site);
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> add_site(Request& request) {
  store::Site site{.site = TRY(text_field(request, "site")), .created = request.now()};
  TRY(service::check_site_name(site.site));
  site.name = TRY(text_field(request, "name", site.site));
  TRY(request.tools.sites.add(site, request.entry(site.site, "site.added", site.site)));
  Answer answer;
  json::Writer out(answer.body);
  write_site(out, site);
  return answer;
}

Result<Answer> audit_of(Request& request, const std::string& site) {
  const std::size_t limit = TRY(limit_of(request));
  const std::string cursor = query_of(request, "cursor");
  const std::optional<std::int64_t> before = base::parse_int(cursor.empty() ? "0" : cursor);
  if (!before || *before < 0) {
    return Error{ErrorKind::kSettings, "query", "cursor has to be one of an answer before."};
  }
  const auto entries = TRY(request.tools.audit.list(site, *before, limit));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("entries").begin_array();
  for (const store::AuditEntry& entry : entries) {
    out.begin_object().key("number").number(entry.number);
    out.key("at").string(base::format_utc(entry.at)).key("who").string(entry.who);
    out.key("origin").string(entry.origin).key("act").string(entry.act);
    out.key("target").string(entry.target).key("before").string(entry.before);
    out.key("after").string(entry.after).key("hash").string(entry.hash).end_object();
  }
  out.end_array();
  if (entries.size() == limit && entries.back().number > 1) {
    out.key("next").string(fmt::to_string(entries.back().number));
  }
  out.end_object();
  return answer;
}

Result<Answer> verify(Request& request, const std::string& site) {
  const store::AuditState state = TRY(request.tools.audit.verify(site));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("whole").boolean(state.mistakes.empty());
  out.key("entries").number(state.entries).key("head").string(state.head);
  out.key("mistakes").string(state.mistakes).end_object();
  return answer;
}

Result<Answer> site_audit(Request& request) { return audit_of(request, request.at("site")); }
Result<Answer> verify_site_audit(Request& request) { return verify(request, request.at("site")); }
Result<Answer> whole_audit(Request& request) { return audit_of(request, ""); }
Result<Answer> verify_whole_audit(Request& request) { return verify(request, ""); }

constexpr Field kSites[] = {{"sites", "array"}};
constexpr Field kNewSite[] = {{"site", "string"}, {"name", "string", false}};
constexpr Field kSite[] = {{"site", "string"}, {"name", "string"}, {"created", "string"}};
constexpr Field kPage[] = {{"limit", "integer", false}, {"cursor", "string", false}};
constexpr Field kEntries[] = {{"entries", "array"}, {"next", "string", false}};
constexpr Field kState[] = {
    {"whole", "boolean"}, {"entries", "integer"}, {"head", "string"}, {"mistakes", "string"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/sites",
     .needs = Needs::kSignIn,
     .summary = "the sites that the caller has a role at",
     .handler = list_sites,
     .answers = kSites},
    {.method = "POST",
     .path = "/api/v1/sites",
     .needs = Needs::kOperator,
     .summary = "adds a site",
     .handler = add_site,
     .body = kNewSite,
     .answers = kSite,
     .status = 201},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/audit",
     .needs = Needs::kAuditor,
     .summary = "what was done at the site, newest first",
     .handler = site_audit,
     .query = kPage,
     .answers = kEntries},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/audit/verification",
     .needs = Needs::kAuditor,
     .summary = "whether the site's audit log is whole",
     .handler = verify_site_audit,
     .answers = kState},
    {.method = "GET",
     .path = "/api/v1/audit",
     .needs = Needs::kOperator,
     .summary = "what was done to the installation, newest first",
     .handler = whole_audit,
     .query = kPage,
     .answers = kEntries},
    {.method = "GET",
     .path = "/api/v1/audit/verification",
     .needs = Needs::kOperator,
     .summary = "whether the installation's audit log is whole",
     .handler = verify_whole_audit,
     .answers = kState},
};

}  // namespace

std::span<const Route> site_routes() { return kRoutes; }

}  // namespace muster::web
