#include "assets/assets_api.h"

#include <algorithm>

#include "assets/explain.h"
#include "assets/minute_lane.h"
#include "net/url.h"

namespace muster::assets {
namespace {

// "https://api.atlassian.com" of "https://api.atlassian.com/jsm/...": as written, up to the path.
std::string_view origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return url;
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

}  // namespace

AssetsApi::AssetsApi(JsmSettings settings, JsmTools tools)
    : settings_(std::move(settings)),
      tools_(tools),
      lane_(minute_lane(settings_, "assets", kChunksInFlight),
            {tools.scheduler, tools.client, tools.random, tools.logger, tools.pause}) {
  redactor_.add(settings_.token);
}

// Their texts go into errors and reports at many places, so all are cleaned before anybody reads.
void AssetsApi::clean(net::Response& answer) const { answer.body = redactor_.cleaned(answer.body); }

net::Request AssetsApi::request(Call call) const {
  net::Request request;
  // A DELETE carries nothing else: so it was seen to work in production.
  if (call.method != "DELETE") request.headers.push_back({"Accept", "application/json"});
  if (!call.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.method = std::move(call.method);
  request.url = std::move(call.url);
  request.body = std::move(call.body);
  request.bearer = settings_.token;
  request.trust = settings_.trust;
  return request;
}

base::Result<net::Response> AssetsApi::send(Call call, const base::Stop& stop) {
  const std::string_view doing = call.doing;
  const net::SendOptions options{.units = 1, .idempotent = call.idempotent};
  base::Result<net::Response> answer = lane_.send(request(std::move(call)), options, stop);
  if (!answer.ok()) return unreachable(doing, std::move(answer).error());
  if (answer->status == 401) return token_refused();
  clean(*answer);
  return answer;
}

base::Result<net::Response> AssetsApi::send_once(Call call, base::Duration timeout,
                                                 const base::Stop& stop) {
  const std::string_view doing = call.doing;
  net::Request once = request(std::move(call));
  once.timeout = time_left(timeout);
  if (once.timeout <= base::Duration(0)) return cancelled();
  base::Result<net::Response> answer = tools_.client.send(once, stop);
  if (!answer.ok()) return unreachable(doing, std::move(answer).error());
  clean(*answer);
  return answer;
}

base::Result<json::Document> AssetsApi::read(std::string_view doing, std::string_view url,
                                             const base::Stop& stop) {
  net::Response answer = TRY(send({.doing = doing, .url = std::string(url)}, stop));
  if (answer.status != 200) return refused(doing, answer);
  base::Result<json::Document> document = json::Document::parse(std::move(answer.body));
  if (!document.ok()) return not_from_assets(doing);
  return document;
}

void AssetsApi::watch(const base::Stop& stop) {
  watching_.emplace(stop, [this] {
    std::int64_t expected = kNotStopped;
    stopped_at_ns_.compare_exchange_strong(expected, tools_.scheduler.now().since_start.count());
  });
}

base::Duration AssetsApi::time_left(base::Duration wanted) const {
  const std::int64_t stopped_at = stopped_at_ns_;
  if (stopped_at == kNotStopped) return wanted;
  const base::Duration gone =
      tools_.scheduler.now().since_start - std::chrono::nanoseconds(stopped_at);
  return std::min(wanted, kAfterStop - gone);
}

base::Status AssetsApi::wait(Pauses& pauses, const base::Stop& stop) const {
  if (!base::sleep_for(tools_.scheduler, pauses.next(), stop)) return cancelled();
  return {};
}

base::Result<std::string> AssetsApi::trusted_link(std::string_view link) const {
  const std::string_view origin = origin_of(settings_.api_url);
  std::string whole(link);
  if (link.starts_with('/') && !link.starts_with("//")) whole.insert(0, origin);
  if (base::Status allowed = net::check_same_origin(origin, whole, "Assets"); !allowed.ok()) {
    base::Error error = std::move(allowed).error();
    error.reason = "destination_link";
    error.message += " Check api_url of the destination, and whether a proxy changes answers.";
    return error;
  }
  return whole;
}

std::string AssetsApi::info_url() const {
  return net::without_trailing_slashes(settings_.api_url) + "/jsm/assets/v1/imports/info";
}

base::Duration Pauses::next() {
  const base::Duration now = next_;
  next_ = std::min(longest_, next_ + next_ / 2);
  return now;
}

bool is_success(const net::Response& response) {
  return response.status >= 200 && response.status < 300;
}

}  // namespace muster::assets
