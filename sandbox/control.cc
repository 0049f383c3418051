#include "sandbox/control.h"

#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "sandbox/graph/truth.h"

namespace muster::sandbox {
namespace {

// One answer stays well below the 64 MiB a client of ours accepts.
constexpr std::int64_t kMostRows = 20'000;
constexpr std::int64_t kDefaultRows = 1000;

constexpr std::string_view kTruth = "/truth/";
constexpr std::string_view kAssets = "/assets";

net::ServerResponse problem(int status, std::string_view message) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("error").string(message).end_object();
  return json_response(status, std::move(body));
}

std::uint64_t number(const Call& call, std::string_view name, std::int64_t otherwise,
                     std::int64_t most) {
  const auto text = call.parameter(name);
  const auto value = text ? base::parse_int(*text) : std::nullopt;
  return static_cast<std::uint64_t>(std::min(most, value && *value >= 0 ? *value : otherwise));
}

}  // namespace

net::ServerResponse Control::handle(const Call& call) {
  const bool read = call.method == "GET";
  if (call.path == "/journal" && read) {
    return json_response(200,
                         tools_.journal.to_json(number(call, "after", 0, INT64_MAX),
                                                number(call, "limit", kDefaultRows, kMostRows)));
  }
  if (call.path == "/truth" && read)
    return json_response(200, graph::truth_summary(tools_.world, *tools_.edits.current()));
  if (call.path.starts_with(kTruth) && read) {
    return truth(call, std::string_view(call.path).substr(kTruth.size()));
  }
  if (call.path == "/faults") return faults(call);
  if (call.path == "/edits") return edits(call);
  if (call.path == "/connection" && read) return json_response(200, tools_.connection(call.origin));
  if (call.path == "/reset" && call.method == "POST") {
    tools_.reset();
    return json_response(200, "{}");
  }
  if (call.path == "/objects" && read) return objects(call);
  if (call.path.starts_with("/assets/")) {
    Call inner = call;
    inner.path.erase(0, kAssets.size());
    inner.raw_path.erase(0, kAssets.size());
    return tools_.assets.control(inner);
  }
  return problem(404, "No such control call; see sandbox/README.md.");
}

net::ServerResponse Control::truth(const Call& call, std::string_view data_set) {
  if (data_set == "jira.accounts") {
    return json_response(200,
                         tools_.jira.truth_page(number(call, "offset", 0, INT64_MAX),
                                                number(call, "limit", kDefaultRows, kMostRows)));
  }
  const std::string_view source = data_set.substr(0, data_set.find('.'));
  for (const auto& imitation : tools_.imitations) {
    if (imitation->name() != source) continue;
    if (source == data_set) return json_response(200, imitation->truth_summary());
    const auto page = imitation->truth_page(data_set.substr(source.size() + 1),
                                            number(call, "offset", 0, INT64_MAX),
                                            number(call, "limit", kDefaultRows, kMostRows));
    if (!page) return problem(404, fmt::format("There is no data set '{}'.", data_set));
    return json_response(200, *page);
  }
  const auto page = graph::truth_page(tools_.world, *tools_.edits.current(), data_set,
                                      number(call, "offset", 0, INT64_MAX),
                                      number(call, "limit", kDefaultRows, kMostRows));
  if (!page) return problem(404, fmt::format("There is no data set '{}'.", data_set));
  return json_response(200, *page);
}

net::ServerResponse Control::objects(const Call& call) {
  const auto type = call.parameter("type");
  net::ServerResponse response = json_response(
      200, tools_.assets.objects_json(type.value_or(""), number(call, "start", 0, INT64_MAX),
                                      number(call, "limit", kDefaultRows, kMostRows)));
  if (type) response.headers = {{"Content-Type", "application/x-ndjson"}};
  return response;
}

net::ServerResponse Control::edits(const Call& call) {
  if (call.method == "DELETE") {
    tools_.edits.clear();
    return json_response(200, "{}");
  }
  if (call.method != "POST") return problem(405, "POST or DELETE");
  const base::Status added = tools_.edits.add(std::string(call.body));
  if (!added.ok()) return problem(400, added.error().text());
  return json_response(200, graph::truth_summary(tools_.world, *tools_.edits.current()));
}

net::ServerResponse Control::faults(const Call& call) {
  if (call.method == "GET") return json_response(200, tools_.faults.describe());
  if (call.method == "DELETE") {
    tools_.faults.clear();
    return json_response(200, "{}");
  }
  if (call.method != "POST") return problem(405, "GET, POST or DELETE");
  const base::Status added = tools_.faults.add(std::string(call.body));
  if (!added.ok()) return problem(400, added.error().text());
  return json_response(200, tools_.faults.describe());
}

}  // namespace muster::sandbox
