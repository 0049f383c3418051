#include <fmt/format.h>

#include "assets/execution.h"
#include "assets/explain.h"
#include "base/failpoint.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

constexpr std::string_view kStarting = "starting the execution";

// The id is no field of the answer: it stands in the path before "/data".
// https://developer.atlassian.com/platform/forge/queue-events-with-async-events-api-to-import-assets/
std::string segment_before(std::string_view link, std::string_view last) {
  link = link.substr(0, link.find('?'));
  if (!link.ends_with(last)) return "";
  link.remove_suffix(last.size());
  return std::string(link.substr(link.rfind('/') + 1));
}

Error broken_answer() {
  return {ErrorKind::kMalformed, "destination_unavailable",
          "Assets started the execution but did not name its links."};
}

Result<ExecutionLinks> read_links(const AssetsApi& api, const net::Response& response) {
  const Result<json::Document> document = json::Document::parse(response.body);
  if (!document.ok()) return not_from_assets(kStarting);
  const json::Value& answer = (*document).root();
  const json::Value* named = answer.find("links");
  if (!named) return broken_answer();
  ExecutionLinks links;
  links.data = text_at(*named, "submitResults");
  links.status = text_at(*named, "getExecutionStatus");
  links.cancel = text_at(*named, "cancel");
  links.progress = text_at(*named, "submitProgress");
  for (const std::string* link : {&links.data, &links.status, &links.cancel}) {
    if (link->empty()) return broken_answer();
  }
  for (std::string* link : {&links.data, &links.status, &links.cancel, &links.progress}) {
    if (!link->empty()) *link = TRY(api.trusted_link(*link));
  }
  links.id = segment_before(links.data, "/data");
  if (links.id.empty()) links.id = execution_id_at(answer, "id");
  if (links.id.empty()) return broken_answer();
  return links;
}

Error refused_start(const net::Response& answer) {
  const Result<json::Document> document = json::Document::parse(answer.body);
  const std::string code = document.ok() ? text_at((*document).root(), "errorCode") : "";
  if (code == "IN_PROGRESS") return busy(advice_for("RUNNING"));
  if (code == "DISABLED") return disabled();
  if (code == "MISSING_MAPPING") {
    return {ErrorKind::kConflict, "destination_rejected",
            "Assets lost the import's mapping between two calls. Run again."};
  }
  if (code == "INVALID_IMPORT_MODULE_KEY") {
    return {ErrorKind::kDenied, "destination_rejected",
            fmt::format("The token belongs to an import of another kind. Create an external import "
                        "in {} and use its token.",
                        kWhereImportsAre)};
  }
  return with_words(refused(kStarting, answer));
}

Result<net::Response> post_start(AssetsApi& api, const ImportSource& source, const Stop& stop) {
  return api.send(
      {.doing = kStarting, .method = "POST", .url = source.start_link(), .idempotent = false},
      stop);
}

bool may_have_started(const Result<net::Response>& answer) {
  if (!answer.ok()) {
    const ErrorKind kind = answer.error().kind;
    return kind == ErrorKind::kUnavailable || kind == ErrorKind::kCancelled;
  }
  return (*answer).status >= 500 || (*answer).status == 429;
}

void cancel_quietly(AssetsApi& api, const ImportSource& source, const std::string& id) {
  if (id.empty()) return;
  const Result<net::Response> ignored = api.send_once(
      {.doing = "cancelling the execution", .method = "DELETE", .url = source.execution_link(id)},
      std::chrono::seconds(10));
  if (!ignored.ok()) api.logger().warn("{}", ignored.error().text());
}

// Whether the starting call can be made again: it did not arrive, or what it started is cancelled.
// An execution that appeared meanwhile is never adopted: if it were somebody else's after all,
// cancelling changes nothing in Assets, adding our data would.
Result<bool> undo_lost_start(AssetsApi& api, ImportSource& source, const LatestExecution& before,
                             const DeliveryNotes& notes, const Stop& stop) {
  const LatestExecution now = source.latest_execution(stop);
  if (!before.known || !now.known) return false;
  // That there never was one, after there was one, is no answer to build on.
  if (now.id.empty() && !before.id.empty()) return false;
  if (now.id == before.id) return true;
  api.logger().warn("the answer to starting execution {} got lost; cancelling it", now.id);
  const Status noted = notes.started(now.id);
  if (stop.stop_requested() || !noted.ok()) {
    cancel_quietly(api, source, now.id);
    return noted.ok() ? cancelled() : noted.error();
  }
  TRY(source.cancel(now.id, stop));
  return true;
}

}  // namespace

Result<std::unique_ptr<Delivery>> start_execution(AssetsApi& api, ImportSource& source,
                                                  std::string_view run_id,
                                                  const DeliveryNotes& notes, const Stop& stop) {
  const LatestExecution before = source.execution_before(stop);
  if (!before.answered) {
    if (stop.stop_requested()) return cancelled();
    // Should the answer to the start get lost too, nobody could tell what it started.
    return Error{
        ErrorKind::kUnavailable, "destination_unavailable",
        "Assets did not say which execution was the most recent one, so none was started."};
  }
  TRY(notes.starting(before.known ? std::optional(before.id) : std::nullopt));
  TRY(MUSTER_FAILPOINT("assets.starting"));
  Result<net::Response> answer = post_start(api, source, stop);
  for (std::uint32_t attempt = 1; may_have_started(answer); ++attempt) {
    // The last one is undone too: left open it would block the import.
    if (!TRY(undo_lost_start(api, source, before, notes, stop))) break;
    if (attempt >= api.settings().attempts) break;
    Pauses pauses(api.lane().backoff(attempt), std::chrono::minutes(2));
    TRY(api.wait(pauses, stop));
    answer = post_start(api, source, stop);
  }
  const net::Response response = TRY(std::move(answer));
  if (!is_success(response)) return refused_start(response);
  Result<ExecutionLinks> links = read_links(api, response);
  if (links.ok()) {
    Status noted = MUSTER_FAILPOINT("assets.started");
    if (noted.ok()) noted = notes.started(links->id);
    if (!noted.ok()) links = std::move(noted).error();
  }
  if (!links.ok()) {
    // It is open all the same, and would block the import.
    const LatestExecution started = source.latest_execution(stop);
    if (started.id != before.id) cancel_quietly(api, source, started.id);
    return std::move(links).error();
  }
  api.logger().info("started execution {} in Assets", links->id);
  return std::unique_ptr<Delivery>(
      std::make_unique<Execution>(api, std::move(links).value(), run_id, notes.completing));
}

}  // namespace muster::assets
