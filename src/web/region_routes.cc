// The databases of an installation in other regions, and moving sites between them. Addresses of
// moves name no {site}: they are answered from the directory, wherever the site is.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"
#include "service/region_check.h"
#include "service/site_mover.h"
#include "web/route.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

void write_region(json::Writer& out, const store::Region& region, std::string_view state,
                  const std::vector<std::string>& sites) {
  out.begin_object().key("region").string(region.region);
  // What is kept in clear has no password (service/regions.h).
  out.key("place").string(region.place).key("added");
  region.region.empty() ? out.string("") : out.string(base::format_utc(region.added));
  out.key("state").string(state).key("sites").begin_array();
  for (const std::string& site : sites) out.string(site);
  out.end_array().end_object();
}

Result<Answer> list_regions(Request& request) {
  const std::vector<store::Pin> pins = TRY(request.tools.regions.pins());
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("regions").begin_array();
  std::vector<std::string> own;
  for (const store::Site& site : TRY(request.tools.own_sites.list())) own.push_back(site.site);
  write_region(out, {}, "ready", own);
  for (const store::Region& region : TRY(request.tools.regions.list())) {
    const auto visit = request.tools.places.of_region(region.region);
    const bool is_slow = !visit.ok() && visit.error().reason == "region_busy";
    std::vector<std::string> sites;
    for (const store::Pin& pin : pins) {
      if (pin.region == region.region) sites.push_back(pin.site);
    }
    write_region(out, region, visit.ok() ? "ready" : is_slow ? "slow" : "unavailable", sites);
  }
  out.end_array().end_object();
  return answer;
}

void write_check(json::Writer& out, const service::RegionCheck& check) {
  out.begin_object().key("region").string(check.region).key("fine").boolean(check.is_fine());
  out.key("found").begin_array();
  for (const service::Prerequisite& each : check.found) {
    out.begin_object().key("what").string(each.what);
    out.key("state").string(to_string(each.state)).key("found").string(each.found);
    out.key("advice").string(each.advice).end_object();
  }
  out.end_array().end_object();
}

Result<Answer> check_regions(Request& request) {
  const std::string& directory = request.tools.installation.tools().database;
  const auto checks = TRY(service::check_regions(directory, query_of(request, "region")));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("fine");
  out.boolean(std::ranges::all_of(checks, &service::RegionCheck::is_fine));
  out.key("checks").begin_array();
  for (const service::RegionCheck& check : checks) write_check(out, check);
  out.end_array().end_object();
  return answer;
}

void write_move(json::Writer& out, const store::SiteMove& move) {
  out.begin_object().key("site").string(move.site).key("from").string(move.from);
  out.key("to").string(move.to).key("begun").string(base::format_utc(move.begun));
  out.key("by_service").boolean(move.by_service).key("asked_by").string(move.asked_by);
  out.key("stage").string(move.stage).key("switched").boolean(move.is_switched);
  out.key("cancelled").boolean(move.is_cancelled);
  out.key("rows_copied").number(move.rows_copied).key("rows_total").number(move.rows_total);
  out.key("trouble").string(move.trouble).end_object();
}

Answer answer_of(const store::SiteMove& move) {
  Answer answer;
  json::Writer out(answer.body);
  write_move(out, move);
  return answer;
}

Result<Answer> list_moves(Request& request) {
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("moves").begin_array();
  for (const store::SiteMove& move : TRY(request.tools.mover.moves().list())) {
    write_move(out, move);
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> show_move(Request& request) {
  const std::string& site = request.at("moved_site");
  const std::optional<store::SiteMove> move = TRY(request.tools.mover.moves().find(site));
  if (move) return answer_of(*move);
  return Error{ErrorKind::kMissing, "no_such_move",
               fmt::format("The site {} is not being moved.", base::printable(site))};
}

Result<Answer> begin_move(Request& request) {
  const std::string site = TRY(text_field(request, "site"));
  const std::string to = TRY(text_field(request, "to"));
  return answer_of(TRY(request.tools.mover.ask(site, to, request.entry("", "", site))));
}

Result<Answer> cancel_move(Request& request) {
  const std::string& site = request.at("moved_site");
  return answer_of(
      TRY(request.tools.mover.ask_back(site, request.entry("", "site.move_cancel_asked", site))));
}

constexpr Field kRegions[] = {{"regions", "array"}};
constexpr Field kRegion[] = {{"region", "string", false}};
constexpr Field kChecks[] = {{"fine", "boolean"}, {"checks", "array"}};
constexpr Field kMoves[] = {{"moves", "array"}};
constexpr Field kNewMove[] = {{"site", "string"}, {"to", "string"}};
constexpr Field kMove[] = {
    {"site", "string"},         {"from", "string"},        {"to", "string"},
    {"begun", "string"},        {"by_service", "boolean"}, {"asked_by", "string"},
    {"stage", "string"},        {"switched", "boolean"},   {"cancelled", "boolean"},
    {"rows_copied", "integer"}, {"rows_total", "integer"}, {"trouble", "string"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/regions",
     .needs = Needs::kOperator,
     .summary =
         "the installation's own database and its regions: whether each answers, and its sites",
     .handler = list_regions,
     .answers = kRegions},
    {.method = "GET",
     .path = "/api/v1/region-checks",
     .needs = Needs::kOperator,
     .summary = "looks into the databases of all regions, or of one: label, schema, sites",
     .handler = check_regions,
     .query = kRegion,
     .answers = kChecks},
    {.method = "GET",
     .path = "/api/v1/moves",
     .needs = Needs::kOperator,
     .summary = "the sites that are being moved to another region, and how far each is",
     .handler = list_moves,
     .answers = kMoves},
    {.method = "POST",
     .path = "/api/v1/moves",
     .needs = Needs::kOperator,
     .summary = "moves a site to another region, or (\"to\": \"\") into the installation's own "
                "database; services carry it out",
     .handler = begin_move,
     .body = kNewMove,
     .answers = kMove,
     .status = 202},
    {.method = "GET",
     .path = "/api/v1/moves/{moved_site}",
     .needs = Needs::kOperator,
     .summary = "how far the move of a site is; not there when it is over",
     .handler = show_move,
     .answers = kMove},
    {.method = "POST",
     .path = "/api/v1/moves/{moved_site}/cancel",
     .needs = Needs::kOperator,
     .summary = "takes the move back, as long as the site is not where it was to go",
     .handler = cancel_move,
     .answers = kMove,
     .status = 202},
};

}  // namespace

std::span<const Route> region_routes() { return kRoutes; }

}  // namespace muster::web
