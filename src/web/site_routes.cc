// Sites, their audit logs and that of the installation.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "json/writer.h"
#include "net/url.h"
#include "service/licence.h"
#include "service/regions.h"
#include "service/site_names.h"
#include "web/route.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// Whoever knows the address of a webhook may often post to it (Slack, Teams): its host only.
std::string host_of_webhook(std::string_view url) {
  const Result<net::Url> parsed = net::parse_url(url);
  return parsed.ok() ? fmt::format("{}://{}/...", parsed->scheme, parsed->host) : "";
}

// Whoever may look at the site sees that it is under way, and not why it does not go on: that names
// databases.
void write_moving(json::Writer& out, const store::SiteMove* move) {
  if (move == nullptr) return;
  out.key("moving").begin_object().key("from").string(move->from).key("to").string(move->to);
  out.key("begun").string(base::format_utc(move->begun)).key("stage").string(move->stage);
  out.key("switched").boolean(move->is_switched).key("cancelled").boolean(move->is_cancelled);
  out.end_object();
}

const store::SiteMove* move_of(const std::vector<store::SiteMove>& moves, std::string_view site) {
  const auto found = std::ranges::find(moves, site, &store::SiteMove::site);
  return found == moves.end() ? nullptr : &*found;
}

void write_site(json::Writer& out, const Request& request, const store::Site& site,
                const service::Entitlement& entitlement, const store::SiteMove* move) {
  out.begin_object().key("site").string(site.site).key("name").string(site.name);
  out.key("created").string(base::format_utc(site.created));
  out.key("kind").string(site.kind).key("production").string(site.production);
  out.key("region").string(site.region).key("contact").string(site.contact.email);
  const bool may_post = request.caller.may(service::Role::kAdmin, site.site);
  out.key("webhook").string(may_post ? site.contact.webhook
                                     : host_of_webhook(site.contact.webhook));
  out.key("webhook_secret").string(site.contact.webhook_secret);
  out.key("entitlement").begin_object();
  out.key("state").string(service::to_string(entitlement.standing));
  out.key("may_run").boolean(entitlement.may_run()).key("until");
  entitlement.until ? out.string(base::format_utc(*entitlement.until)) : out.null();
  out.key("by").string(entitlement.by).end_object();
  write_moving(out, move);
  out.end_object();
}

Result<Answer> site_answer(const Request& request, ApiTools& tools, std::string_view name) {
  const std::optional<store::Site> site = TRY(tools.sites.find(name));
  if (!site) {
    return Error{ErrorKind::kMissing, "not_found", "There is nothing at this address."};
  }
  const service::Entitlement entitlement = TRY(tools.entitlements.of(name));
  const std::optional<store::SiteMove> move = TRY(tools.mover.moves().find(name));
  Answer answer;
  json::Writer out(answer.body);
  write_site(out, request, *site, entitlement, move ? &*move : nullptr);
  return answer;
}
Result<Answer> site_answer(const Request& request, std::string_view name) {
  return site_answer(request, request.tools, name);
}

struct Listed {
  store::Site site;
  std::optional<service::Entitlement> entitlement;  // absent: its region does not answer
};
using Listing = std::map<std::string, Listed, std::less<>>;

Status add_sites_of(ApiTools& tools, Listing& listing) {
  std::vector<store::Site> sites = TRY(tools.sites.list());
  const auto entitlements = TRY(tools.entitlements.all());
  for (store::Site& site : sites) {
    const auto entitlement = entitlements.find(site.site);
    if (entitlement == entitlements.end()) continue;  // made a moment ago
    const std::string name = site.site;
    listing.insert_or_assign(name, Listed{std::move(site), entitlement->second});
  }
  return {};
}

Status add_sites_elsewhere(const Request& request, Listing& listing) {
  std::set<std::string> regions;
  for (const Places::Elsewhere& pin : TRY(request.tools.places.elsewhere())) {
    if (!request.caller.may(service::Role::kAuditor, pin.site)) continue;
    store::Site site{.site = pin.site, .name = pin.name, .region = pin.region};
    listing.insert_or_assign(pin.site, Listed{std::move(site), std::nullopt});
    regions.insert(pin.region);
  }
  for (const std::string& region : regions) {
    const auto visit = request.tools.places.of_region(region);
    if (!visit.ok()) continue;
    // Some sites, and not what is wrong with those of another region, is what was asked for.
    const Status added = add_sites_of((*visit)->tools(), listing);
    static_cast<void>(added.ok());
  }
  return {};
}

void write_unknown(json::Writer& out, const store::Site& site, const store::SiteMove* move) {
  out.begin_object().key("site").string(site.site).key("name").string(site.name);
  out.key("created").string("").key("kind").string("").key("production").string("");
  out.key("region").string(site.region).key("contact").string("").key("webhook").string("");
  out.key("webhook_secret").string("").key("entitlement").begin_object();
  out.key("state").string("unavailable").key("may_run").boolean(false).key("until").null();
  out.key("by").string("").end_object();
  write_moving(out, move);
  out.end_object();
}

Result<Answer> list_sites(Request& request) {
  Listing listing;
  TRY(add_sites_elsewhere(request, listing));
  TRY(add_sites_of(request.tools, listing));
  const std::vector<store::SiteMove> moves = TRY(request.tools.mover.moves().list());
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("sites").begin_array();
  for (const auto& [name, listed] : listing) {
    if (!request.caller.may(service::Role::kAuditor, name)) continue;
    if (listed.site.kept_until && !request.caller.is_operator) continue;
    if (listed.entitlement) {
      write_site(out, request, listed.site, *listed.entitlement, move_of(moves, name));
    } else {
      write_unknown(out, listed.site, move_of(moves, name));
    }
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> add_site(Request& request) {
  store::Site site{.site = TRY(text_field(request, "site")), .created = request.now()};
  TRY(service::check_site_name(site.site));
  site.name = TRY(text_field(request, "name", site.site));
  site.kind = TRY(text_field(request, "kind", site.kind));
  site.production = TRY(text_field(request, "production", ""));
  site.region = TRY(text_field(request, "region", ""));
  site.contact.email = TRY(text_field(request, "contact", ""));
  TRY(service::check_contact(site.contact.email));
  site.region = TRY(
      service::pin_site(request.tools.regions, site, request.entry("", "site.pinned", site.site)));
  std::unique_ptr<Places::Visit> elsewhere;
  if (!site.region.empty()) {
    elsewhere = TRY(request.tools.places.of_region(site.region));
    site.place = store::kPinned;
  }
  ApiTools& tools = elsewhere ? elsewhere->tools() : request.tools;
  site.trial_from = TRY(tools.entitlements.now());
  TRY(tools.sites.add(site, request.entry(site.site, "site.added", site.site)));
  return site_answer(request, tools, site.site);
}

Result<Answer> show_site(Request& request) { return site_answer(request, request.at("site")); }

Result<Answer> remove_site(Request& request) {
  const std::string& site = request.at("site");
  const base::WallTime kept_until = TRY(request.tools.entitlements.now()) + service::kKeptTime;
  store::AuditEntry entry = request.entry(site, "site.removed", site);
  entry.after = base::format_utc(kept_until);
  TRY(request.tools.sites.remove(site, kept_until, entry));
  return site_answer(request, site);
}

Result<Answer> set_contact(Request& request) {
  const std::string& site = request.at("site");
  store::Contact contact;
  contact.email = TRY(text_field(request, "contact"));
  contact.webhook = TRY(text_field(request, "webhook", ""));
  contact.webhook_secret = TRY(text_field(request, "webhook_secret", ""));
  TRY(service::check_contact(contact.email));
  TRY(service::check_webhook(contact.webhook, contact.webhook_secret));
  store::AuditEntry entry = request.entry(site, "site.contact", site);
  if (const auto before = TRY(request.tools.sites.find(site))) {
    entry.before =
        fmt::format("{} {}", before->contact.email, host_of_webhook(before->contact.webhook));
  }
  entry.after = fmt::format("{} {}", contact.email, host_of_webhook(contact.webhook));
  TRY(request.tools.sites.set_contact(site, contact, entry));
  return site_answer(request, site);
}

Result<Answer> set_entitlement(Request& request) {
  const std::string& site = request.at("site");
  const std::string until = TRY(text_field(request, "until"));
  const auto time = TRY(service::read_until(until));
  store::AuditEntry entry = request.entry(site, "site.entitled", site);
  entry.after = until;
  TRY(request.tools.sites.entitle(site, time, entry));
  return site_answer(request, site);
}

Result<Answer> bring_licence(Request& request) {
  const std::string& site = request.at("site");
  const std::string licence = TRY(text_field(request, "licence"));
  const std::string public_key = TRY(request.tools.own_sites.licence_key());
  TRY(service::use_licence(request.tools.sites, site, licence, public_key,
                           request.entry(site, "site.licensed", site)));
  return site_answer(request, site);
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
constexpr Field kNewSite[] = {{"site", "string"},          {"name", "string", false},
                              {"kind", "string", false},   {"production", "string", false},
                              {"region", "string", false}, {"contact", "string", false}};
constexpr Field kSite[] = {
    {"site", "string"},        {"name", "string"},         {"created", "string"},
    {"kind", "string"},        {"production", "string"},   {"region", "string"},
    {"contact", "string"},     {"webhook", "string"},      {"webhook_secret", "string"},
    {"entitlement", "object"}, {"moving", "object", false}};
constexpr Field kContact[] = {
    {"contact", "string"}, {"webhook", "string", false}, {"webhook_secret", "string", false}};
constexpr Field kUntil[] = {{"until", "string"}};
constexpr Field kLicence[] = {{"licence", "string"}};
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
     .summary = "adds a site, or brings back one that was removed",
     .handler = add_site,
     .body = kNewSite,
     .answers = kSite,
     .status = 201},
    {.method = "GET",
     .path = "/api/v1/sites/{site}",
     .needs = Needs::kAuditor,
     .summary = "a site, and until when its importers may run",
     .handler = show_site,
     .answers = kSite},
    {.method = "DELETE",
     .path = "/api/v1/sites/{site}",
     .needs = Needs::kOperator,
     .summary = "removes a site; its data is kept for 90 days",
     .handler = remove_site,
     .answers = kSite},
    {.method = "PUT",
     .path = "/api/v1/sites/{site}/contact",
     .needs = Needs::kAdmin,
     .summary = "who is told when something changes: an e-mail address, or nobody",
     .handler = set_contact,
     .body = kContact,
     .answers = kSite},
    {.method = "PUT",
     .path = "/api/v1/sites/{site}/entitlement",
     .needs = Needs::kOperator,
     .summary = "until when its importers may run: a date, \"ever\" or \"trial\"",
     .handler = set_entitlement,
     .body = kUntil,
     .answers = kSite},
    {.method = "PUT",
     .path = "/api/v1/sites/{site}/licence",
     .needs = Needs::kAdmin,
     .summary = "entitles the site for as long as a signed licence says",
     .handler = bring_licence,
     .body = kLicence,
     .answers = kSite},
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
