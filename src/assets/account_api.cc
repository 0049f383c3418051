#include "assets/account_api.h"

#include <fmt/format.h>

#include "assets/explain.h"
#include "assets/minute_lane.h"
#include "base/text.h"
#include "net/url.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

constexpr std::string_view kJira = "Jira";
constexpr std::string_view kAssets = "Assets";
constexpr std::size_t kInFlight = 4;

std::string capital(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

// The lane speaks of sources because that is what it was made for.
Error unreachable_for_people(std::string_view doing, Error error) {
  if (error.kind == ErrorKind::kCancelled) return error;
  if (error.reason.starts_with("source_")) error.reason = "people_unavailable";
  error.message = fmt::format("{} failed: {}", capital(doing), error.message);
  return error;
}

Error not_permitted(std::string_view who, std::string_view doing) {
  return {ErrorKind::kDenied, "people_permission",
          fmt::format("{} does not let the account of \"people\" go on ({}). In Jira it needs the "
                      "global permission \"Browse users and groups\", in Assets the role Object "
                      "Schema Developer, and Manager to add an attribute.",
                      who, doing)};
}

Result<json::Document> json_of(std::string_view who, std::string_view doing,
                               Result<net::Response> answer) {
  if (!answer.ok()) return std::move(answer).error();
  if (answer->status != 200) return not_done(who, doing, *answer);
  Result<json::Document> document = json::Document::parse(std::move(answer->body));
  if (document.ok()) return document;
  return Error{ErrorKind::kMalformed, "people_unavailable",
               fmt::format("The answer to {} did not come from {}: it is no JSON. Is there a proxy "
                           "or a sign-in page on the way?",
                           doing, who)};
}

}  // namespace

AccountApi::AccountApi(PeopleSettings settings, JsmTools tools)
    : settings_(std::move(settings)),
      tools_(tools),
      jira_base_(net::without_trailing_slashes(settings_.site_url)),
      jira_(minute_lane(settings_, "jira people", kInFlight),
            {tools.scheduler, tools.client, tools.random, tools.logger, tools.pause}),
      assets_(minute_lane(settings_, "assets people", kInFlight),
              {tools.scheduler, tools.client, tools.random, tools.logger, tools.pause}) {}

// https://support.atlassian.com/user-management/docs/manage-api-tokens-for-service-accounts/ names
// the addresses; tenant_info is what Atlassian's own programs ask.
Status AccountApi::locate(const Stop& stop) {
  if (!settings_.account.empty()) return {};
  constexpr std::string_view kDoing = "asking the site for its id";
  net::Request request;
  request.url = net::without_trailing_slashes(settings_.site_url) + "/_edge/tenant_info";
  request.headers.push_back({"Accept", "application/json"});
  request.trust = settings_.trust;
  Result<net::Response> answer = jira_.send(request, {}, stop);
  if (!answer.ok()) return unreachable_for_people(kDoing, std::move(answer).error());
  const json::Document info = TRY(json_of(kJira, kDoing, std::move(answer)));
  const std::string cloud_id = text_at(info.root(), "cloudId");
  if (cloud_id.empty() || cloud_id.find_first_of("/?#.%") != std::string::npos) {
    return Error{ErrorKind::kSettings, "people_settings",
                 "The address in site_url tells no id of a Jira site. Write it as in the browser: "
                 "https://your.atlassian.net."};
  }
  jira_base_ =
      fmt::format("{}/ex/jira/{}", net::without_trailing_slashes(settings_.api_url), cloud_id);
  return {};
}

void AccountApi::use_workspace(std::string_view workspace_id) {
  const std::string base =
      settings_.account.empty() ? jira_base_ : net::without_trailing_slashes(settings_.api_url);
  assets_base_ = fmt::format("{}/jsm/assets/workspace/{}/v1", base, workspace_id);
}

Error AccountApi::sign_in_refused() const {
  return {ErrorKind::kDenied, "people_sign_in",
          settings_.account.empty()
              ? "Jira does not accept the bearer_token of \"people\": it may have ended, or lack "
                "the scopes that docs/how-to/jira-people.md lists."
              : "Jira does not accept the account and api_token of \"people\". Check the e-mail "
                "address, and whether the token was revoked or has ended; a token with scopes is a "
                "bearer_token. New ones: id.atlassian.com > Security > API tokens."};
}

Result<net::Response> AccountApi::send(net::Lane& lane, const std::string& base, AccountCall call,
                                       const Stop& stop) {
  const std::string_view who = &lane == &jira_ ? kJira : kAssets;
  const std::string_view doing = call.doing;
  net::Request request;
  request.headers.push_back({"Accept", "application/json"});
  if (!call.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.method = std::move(call.method);
  request.url = base + call.path;
  request.body = std::move(call.body);
  request.trust = settings_.trust;
  if (settings_.account.empty()) {
    request.bearer = settings_.token;
  } else {
    request.secret_headers.emplace_back(
        "Authorization",
        base::Secret("Basic " + base::base64_encode(fmt::format("{}:{}", settings_.account,
                                                                settings_.token.reveal()))));
  }
  Result<net::Response> answer =
      lane.send(request, {.units = 1, .idempotent = call.idempotent}, stop);
  if (!answer.ok()) return unreachable_for_people(doing, std::move(answer).error());
  if (answer->status == 401) return sign_in_refused();
  if (answer->status == 403) return not_permitted(who, doing);
  return answer;
}

Result<net::Response> AccountApi::ask_jira(AccountCall call, const Stop& stop) {
  return send(jira_, jira_base_, std::move(call), stop);
}

Result<net::Response> AccountApi::ask_assets(AccountCall call, const Stop& stop) {
  return send(assets_, assets_base_, std::move(call), stop);
}

Result<json::Document> AccountApi::read_jira(AccountCall call, const Stop& stop) {
  const std::string_view doing = call.doing;
  return json_of(kJira, doing, ask_jira(std::move(call), stop));
}

Result<json::Document> AccountApi::read_assets(AccountCall call, const Stop& stop) {
  const std::string_view doing = call.doing;
  return json_of(kAssets, doing, ask_assets(std::move(call), stop));
}

PeopleTraffic AccountApi::traffic() const {
  PeopleTraffic all;
  for (const net::Lane* lane : {&jira_, &assets_}) {
    const net::LaneCounters& counters = lane->counters();
    all.requests += counters.requests;
    all.throttled += counters.throttled;
    all.waited_seconds += static_cast<double>(counters.waited_ns) / 1e9;
  }
  return all;
}

Error not_done(std::string_view who, std::string_view doing, const net::Response& response) {
  return {ErrorKind::kUnavailable, "people_unavailable",
          fmt::format("{} answered {} to {}.", who, response.status, doing)};
}

}  // namespace muster::assets
