// What watches: monitors, service level objectives, synthetic tests and dashboards of /api/v1.
#include <fmt/format.h>

#include <cctype>

#include "sandbox/datadog/records.h"

namespace muster::sandbox::datadog {
namespace {

using Out = json::Writer&;

constexpr std::int64_t kDay = 86'400;

std::int64_t made_at(const Organisation& of, char kind, std::uint32_t index) {
  return world::kWorldEnd - kDay - static_cast<std::int64_t>(of.bits(kind, index) % (700 * kDay));
}

void write_creator(Out out, const Organisation& of, char kind, std::uint32_t index, bool with_id) {
  std::string handle = of.creator(kind, index);
  // Handles are written as they were typed once.
  if (index % 7 == 3) handle[0] = static_cast<char>(std::toupper(handle[0]));
  out.key("creator").begin_object().key("name").null();
  out.key("handle").string(handle).key("email").string(handle);
  if (with_id) out.key("id").number(std::uint64_t{1'445'416 + index});
  out.end_object();
}

// "5vp-fxm-s4j"
std::string short_id(const Organisation& of, char kind, std::uint32_t index) {
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  std::uint64_t draw = of.bits(kind, index);
  std::string id;
  for (int place = 0; place < 9; ++place, draw >>= 5) {
    if (place == 3 || place == 6) id += '-';
    id += kLetters[draw & 31];
  }
  return id;
}

std::vector<std::string> usual_tags(const Organisation& of, char kind, std::uint32_t index) {
  const std::uint64_t draw = of.bits(kind, index) >> 11;
  std::vector<std::string> tags;
  if (draw % 5 != 0) tags.push_back("service:" + Entity(of, draw % 2).name);
  if (draw % 4 != 0) {
    tags.push_back("team:" + of.team_handle(static_cast<std::uint32_t>(draw % of.team_count())));
  }
  tags.emplace_back(draw & 1 ? "env:prod" : "env:staging");
  return tags;
}

}  // namespace

std::vector<std::string> monitor_tags(const Organisation& of, std::uint32_t monitor) {
  return usual_tags(of, 'm', monitor);
}

std::vector<std::string> slo_tags(const Organisation& of, std::uint32_t slo) {
  return usual_tags(of, 's', slo);
}

void write_monitor(json::Writer& out, const Organisation& of, std::uint32_t monitor) {
  constexpr std::string_view kTypes[] = {"query alert",     "metric alert", "service check",
                                         "log alert",       "slo alert",    "event-v2 alert",
                                         "synthetics alert"};
  constexpr std::string_view kStates[] = {"OK", "OK", "OK", "Alert", "Warn", "No Data", "Ignored"};
  const std::uint64_t draw = of.bits('m', monitor);
  const std::int64_t created = made_at(of, 'm', monitor);
  out.begin_object().key("id").number(of.monitor_id(monitor));
  out.key("org_id").number(std::uint64_t{321'813});
  out.key("type").string(monitor % 83 == 9 ? "quantum alert" : kTypes[draw % std::size(kTypes)]);
  out.key("name").string(fmt::format("Monitor {}: CPU is high", monitor));
  out.key("message").string("CPU is high.\n@slack-ops").key("tags");
  write_texts(out, monitor_tags(of, monitor));
  out.key("query").string("avg(last_5m):avg:system.cpu.user{env:prod} > 90");
  out.key("options").begin_object().key("notify_audit").boolean(false);
  out.key("thresholds").begin_object();
  if (monitor % 6 != 5) out.key("critical").real(monitor % 2 == 0 ? 90 : 0.25, 2);
  if (monitor % 3 == 0) out.key("warning").real(75, 0);
  out.end_object().key("silenced").begin_object().end_object().end_object();
  out.key("multi").boolean(draw >> 8 & 1);
  out.key("created_at").number(created * 1000);
  out.key("created").string(iso_time(created, draw));
  out.key("modified").string(iso_time(created + 7200, draw >> 9));
  out.key("deleted").null().key("restricted_roles");
  monitor % 9 == 2 ? out.begin_array().string(of.uuid('r', 0)).end_array() : out.null();
  out.key("priority");
  monitor % 3 == 1 ? out.null() : out.number(std::uint64_t{1 + draw % 5});
  out.key("draft_status").string(monitor % 19 == 8 ? "draft" : "published");
  out.key("overall_state_modified").string(iso_time(created + 9000, 0));
  out.key("overall_state").string(kStates[(draw >> 20) % std::size(kStates)]);
  write_creator(out, of, 'm', monitor, true);
  out.key("matching_downtimes").begin_array().end_array().end_object();
}

void write_slo(json::Writer& out, const Organisation& of, std::uint32_t slo) {
  const bool by_monitors = slo % 3 == 1;
  const std::int64_t created = made_at(of, 's', slo);
  out.begin_object();
  out.key("id").string(fmt::format("{:016x}{:016x}", of.bits('s', slo), of.bits('S', slo)));
  out.key("name").string(fmt::format("Objective {}", slo)).key("tags");
  write_texts(out, slo_tags(of, slo));
  out.key("monitor_tags").begin_array().end_array();
  if (by_monitors) {
    out.key("monitor_ids").begin_array();
    for (std::uint32_t k = 0; k < 1 + slo % 4; ++k) {
      out.number(of.monitor_id((slo * 3 + k) % of.monitor_count()));
    }
    out.number(std::uint64_t{7}).end_array();  // one that was deleted
  }
  out.key("thresholds").begin_array().begin_object().key("timeframe").string("30d");
  out.key("target").real(99.9, 1).key("target_display").string("99.9");
  out.key("warning").real(99.95, 2).key("warning_display").string("99.95").end_object();
  out.begin_object().key("timeframe").string("7d").key("target").real(99, 0);
  out.key("target_display").string("99.").end_object().end_array();
  out.key("type").string(by_monitors ? "monitor" : slo % 3 == 2 ? "time_slice" : "metric");
  out.key("type_id").number(std::uint64_t{1}).key("description");
  slo % 2 == 0 ? out.null() : out.string("What we promise.");
  out.key("timeframe").string("30d").key("warning_threshold").real(99.95, 2);
  out.key("target_threshold").real(99.9, 1);
  if (!by_monitors) {
    out.key("query").begin_object().key("denominator").string("sum:checkout.total{*}.as_count()");
    out.key("numerator").string("sum:checkout.ok{*}.as_count()").end_object();
  }
  write_creator(out, of, 's', slo, false);
  out.key("created_at").number(created).key("modified_at").number(created + 60).end_object();
}

void write_dashboard(json::Writer& out, const Organisation& of, std::uint32_t dashboard) {
  const std::string id = short_id(of, 'd', dashboard);
  const std::int64_t created = made_at(of, 'd', dashboard);
  out.begin_object().key("id").string(id);
  out.key("title").string(fmt::format("Dashboard {}", dashboard)).key("description");
  dashboard % 3 == 0 ? out.null() : out.string("Numbers.");
  out.key("layout_type").string(dashboard % 4 == 1 ? "free" : "ordered");
  out.key("url").string(fmt::format("/dashboard/{}/dashboard-{}", id, dashboard));
  out.key("is_read_only").boolean(false);
  out.key("created_at").string(iso_time(created, dashboard));
  out.key("modified_at").string(iso_time(created + 60, dashboard));
  out.key("author_handle").string(of.creator('d', dashboard)).key("deleted_at").null();
  out.end_object();
}

void write_synthetic(json::Writer& out, const Organisation& of, std::uint32_t test) {
  const bool is_browser = test % 4 == 3;
  const std::string canary(kCanary);
  const std::int64_t created = made_at(of, 'y', test);
  out.begin_object().key("public_id").string(short_id(of, 'y', test));
  out.key("name").string(fmt::format("Test {} is up", test));
  out.key("status").string(test % 5 == 2 ? "paused" : "live");
  out.key("type").string(is_browser ? "browser" : "api");
  if (!is_browser) out.key("subtype").string(test % 2 == 0 ? "http" : "multi");
  out.key("tags");
  write_texts(out, usual_tags(of, 'y', test));
  out.key("created_at").string(iso_time(created, test));
  out.key("modified_at").string(iso_time(created + 60, test));
  out.key("config").begin_object().key("assertions").begin_array().end_array();
  out.key("configVariables").begin_array().begin_object().key("name").string("TOKEN");
  out.key("type").string("text").key("pattern").string(canary + "config-variable");
  out.end_object().end_array();
  out.key("request").begin_object().key("method").string("GET").key("timeout").number(
      std::uint64_t{60});
  // Some people write a password into the address.
  out.key("url").string(test % 6 == 4 ? "https://shop.haldenrobotics.example/?key=" + canary + "url"
                                      : "https://shop.haldenrobotics.example");
  out.key("basicAuth").begin_object();
  if (test % 3 == 0) {
    out.key("type").string("oauth-client").key("accessTokenUrl").string("https://login.example");
    out.key("clientId").string("probe").key("clientSecret").string(canary + "client-secret");
    out.key("tokenApiAuthentication").string("header");
  } else {
    out.key("type").string("web").key("username").string("probe");
    out.key("password").string(canary + "password");
  }
  out.end_object().key("certificate").begin_object().key("key").begin_object();
  out.key("content").string(canary + "certificate-key").end_object().end_object();
  out.key("headers").begin_object().key("Authorization").string("Bearer " + canary + "header");
  out.end_object().key("body").string(canary + "body").end_object().end_object();
  out.key("message").string("@slack-ops");
  out.key("options").begin_object().key("min_location_failed").number(std::uint64_t{1});
  out.key("tick_every").number(std::uint64_t{300}).end_object();
  out.key("locations").begin_array().string("aws:eu-central-1").string("aws:us-east-1").end_array();
  out.key("monitor_id").number(of.monitor_id(test % of.monitor_count()));
  write_creator(out, of, 'y', test, false);
  out.end_object();
}

}  // namespace muster::sandbox::datadog
