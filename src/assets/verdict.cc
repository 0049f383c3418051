// The end of an execution: the completing call, the wait, the judgement.
#include <fmt/format.h>

#include "assets/execution.h"
#include "assets/execution_report.h"
#include "assets/explain.h"
#include "base/text.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

constexpr std::string_view kCompleting = "completing the execution";
constexpr std::chrono::seconds kLookWithin{10};

bool is_transient(const Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kThrottled ||
         error.kind == ErrorKind::kMalformed;
}

void add_texts(std::string& message, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) message += " " + text + (text.ends_with('.') ? "" : ".");
}

}  // namespace

Result<Outcome> Execution::complete(const Stop& stop) {
  TRY(wait_until_open(stop));
  TRY(send_completed(stop));
  {
    base::Monitor::Lock lock(monitor_);
    is_over_ = true;  // from here on Assets refuses to cancel
  }
  return wait_for_verdict(stop);
}

// Its answer may get lost, and repeating it blindly could complete twice: so the execution is asked
// first whether the call arrived.
Status Execution::send_completed(const Stop& stop) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    const Result<net::Response> answer = api_.send({.doing = kCompleting,
                                                    .method = "POST",
                                                    .url = links_.data,
                                                    .body = R"({"completed":true})",
                                                    .idempotent = false},
                                                   stop);
    if (answer.ok() && is_success(*answer) && !is_web_page((*answer).body)) return {};
    if (!answer.ok() && answer.error().kind == ErrorKind::kDenied) return answer.error();
    if (TRY(did_completing_arrive(stop))) return {};
    if (answer.ok() && !is_success(*answer)) return refused(kCompleting, *answer);
    if (attempt < api_.settings().attempts &&
        base::sleep_for(api_.scheduler(), api_.lane().backoff(attempt), stop)) {
      continue;
    }
    if (stop.stop_requested()) return cancelled();
    return answer.ok() ? not_from_assets(kCompleting) : answer.error();
  }
}

// A stopped run asks too, once and quickly: it has to know whether there is still something to
// undo.
Result<bool> Execution::did_completing_arrive(const Stop& stop) {
  Result<net::Response> answer =
      stop.stop_requested()
          ? api_.send_once({.doing = kCompleting, .url = links_.status}, kLookWithin)
          : api_.send({.doing = kCompleting, .url = links_.status}, stop);
  if (!answer.ok() && answer.error().kind == ErrorKind::kDenied) return std::move(answer).error();
  std::string status;
  if (answer.ok() && (*answer).status == 200) {
    const Result<json::Document> document = json::Document::parse((*answer).body);
    if (document.ok()) status = text_at((*document).root(), "status");
  }
  if (status == "PROCESSING" || status == "DONE") return true;
  if (status == "INGESTING") return false;
  if (status == "CANCELLED") {
    return Error{ErrorKind::kDenied, "destination_rejected",
                 "The execution was cancelled in Assets before it was completed."};
  }
  return Error{
      ErrorKind::kUnavailable, "destination_unavailable",
      "The answer to completing the execution got lost, and Assets does not say whether the "
      "call arrived. Look at the import's history in Assets."};
}

Result<Outcome> Execution::wait_for_verdict(const Stop& stop) {
  const base::Duration within = api_.settings().done_within;
  const base::Instant deadline = api_.scheduler().now() + within;
  Pauses pauses(kFirstPause, std::chrono::seconds(30));
  while (api_.scheduler().now() < deadline) {
    if (!base::sleep_for(api_.scheduler(), pauses.next(), stop)) break;
    const Result<json::Document> answer =
        api_.read("waiting for the execution to end", links_.status, stop);
    if (!answer.ok()) {
      if (is_transient(answer.error())) continue;  // hours may pass; one bad hour is no verdict
      if (answer.error().kind == ErrorKind::kCancelled) break;
      return answer.error();
    }
    const std::string status = text_at((*answer).root(), "status");
    if (status == "DONE") return judge((*answer).root());
    if (status == "CANCELLED") {
      return Error{ErrorKind::kDenied, "destination_rejected",
                   "The execution was cancelled in Assets while it was being processed."};
    }
  }
  if (stop.stop_requested()) {
    return Error{ErrorKind::kCancelled, "cancelled",
                 "The run was cancelled after all data had been handed over. Assets goes on "
                 "processing it and cannot be stopped any more."};
  }
  return Error{ErrorKind::kUnavailable, "destination_unavailable",
               fmt::format("Assets has not finished processing within {}. The execution goes on "
                           "there; look at the import's history.",
                           base::format_duration(within))};
}

// DONE alone is no success.
// https://developer.atlassian.com/cloud/assets/rest/api-group-importsource/
Result<Outcome> Execution::judge(const json::Value& answer) const {
  Outcome outcome = read_execution_report(answer);
  outcome.execution_id = links_.id;
  outcome.chunks = chunks_;
  outcome.bytes = bytes_;
  bool is_good = outcome.errors.empty() && (outcome.result.empty() || outcome.result == "OK");
  for (const auto& [name, type] : outcome.types) is_good = is_good && type.errors.empty();
  if (is_good) return outcome;
  std::string message = outcome.result == "OK"
                            ? "Assets processed the data but reports errors."
                            : fmt::format("Assets processed the data but reports '{}'.",
                                          base::printable(outcome.result, 40));
  add_texts(message, outcome.errors);
  for (const auto& [name, type] : outcome.types) add_texts(message, type.errors);
  return Error{ErrorKind::kDenied, "destination_rejected", std::move(message)};
}

}  // namespace muster::assets
