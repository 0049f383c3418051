// The end of an execution: the completing call, the wait, the judgement.
#include <fmt/format.h>

#include <algorithm>

#include "assets/execution.h"
#include "assets/execution_report.h"
#include "assets/explain.h"
#include "base/failpoint.h"
#include "base/text.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

constexpr std::string_view kCompleting = "completing the execution";
constexpr std::chrono::seconds kLookWithin{3};
// A stopped run ends within 10 s; small imports are processed by then.
constexpr std::chrono::seconds kVerdictAfterStop{6};
constexpr std::chrono::milliseconds kLookAgain{500};

bool is_transient(const Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kThrottled ||
         error.kind == ErrorKind::kMalformed;
}

void add_texts(std::string& message, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    message += (message.empty() ? "" : " ") + text + (text.ends_with('.') ? "" : ".");
  }
}

}  // namespace

Result<Outcome> Execution::complete(const Stop& stop) {
  TRY(wait_until_open(stop));
  TRY(MUSTER_FAILPOINT("assets.completing"));
  const Completed completed = TRY(send_completed(stop));
  {
    base::Monitor::Lock lock(monitor_);
    is_over_ = true;  // from here on Assets refuses to cancel
  }
  if (const Status passed = MUSTER_FAILPOINT("assets.completed"); !passed.ok()) {
    return unconfirmed(passed.error().message);
  }
  if (completed == Completed::kUnknown) {
    return unconfirmed(
        "The answer to completing the execution got lost, and Assets does not say whether the call "
        "arrived.");
  }
  return wait_for_verdict(stop);
}

// Its answer may get lost, and repeating it blindly could complete twice: so the execution is asked
// first whether the call arrived.
Result<Execution::Completed> Execution::send_completed(const Stop& stop) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    TRY(completing_());
    const Result<net::Response> answer = api_.send({.doing = kCompleting,
                                                    .method = "POST",
                                                    .url = links_.data,
                                                    .body = R"({"completed":true})",
                                                    .idempotent = false},
                                                   stop);
    if (answer.ok() && is_success(*answer) && !is_web_page((*answer).body)) return Completed::kYes;
    if (!answer.ok() && answer.error().kind == ErrorKind::kDenied) return answer.error();
    Error failure = !answer.ok()          ? answer.error()
                    : is_success(*answer) ? not_from_assets(kCompleting)
                                          : refused(kCompleting, *answer);
    switch (did_completing_arrive(stop)) {
      case Arrival::kArrived: return Completed::kYes;
      case Arrival::kUnknown: return cancel_unless_completed(std::move(failure));
      case Arrival::kCancelled:
        return Error{ErrorKind::kDenied, "destination_rejected",
                     "The execution was cancelled in Assets before it was completed."};
      case Arrival::kNotArrived: break;
    }
    const bool may_repeat =
        !answer.ok() || is_success(*answer) || (*answer).status == 429 || (*answer).status >= 500;
    if (!may_repeat) return failure;
    if (attempt < api_.settings().attempts &&
        base::sleep_for(api_.scheduler(), api_.lane().backoff(attempt), stop)) {
      continue;
    }
    if (stop.stop_requested()) return cancelled();
    return failure;
  }
}

// Assets takes a cancelling call only before the completing one: its answer tells which it was.
Result<Execution::Completed> Execution::cancel_unless_completed(Error error) {
  if (cancel(error.message) != Cancelling::kDone) return Completed::kUnknown;
  base::Monitor::Lock lock(monitor_);
  is_over_ = true;
  return error;
}

// A stopped run asks too, once and quickly: it has to know whether there is still something to
// undo.
Execution::Arrival Execution::did_completing_arrive(const Stop& stop) {
  const Result<json::Document> answer = look(stop);
  const std::string status = answer.ok() ? text_at((*answer).root(), "status") : std::string();
  if (status == "PROCESSING" || status == "DONE") return Arrival::kArrived;
  if (status == "INGESTING") return Arrival::kNotArrived;
  if (status == "CANCELLED") return Arrival::kCancelled;
  return Arrival::kUnknown;
}

Result<json::Document> Execution::look(const Stop& stop) {
  constexpr std::string_view kLooking = "reading the execution's status";
  if (!stop.stop_requested()) {
    Result<json::Document> answer = api_.read(kLooking, links_.status, stop);
    if (answer.ok() || answer.error().kind != ErrorKind::kCancelled) return answer;
  }
  const net::Response answer =
      TRY(api_.send_once({.doing = kLooking, .url = links_.status}, kLookWithin));
  if (answer.status != 200) return refused(kLooking, answer);
  return json::Document::parse(answer.body);
}

Result<Outcome> Execution::wait_for_verdict(const Stop& stop) {
  base::Scheduler& scheduler = api_.scheduler();
  base::Instant deadline = scheduler.now() + api_.settings().done_within;
  Pauses pauses(kFirstPause, std::chrono::seconds(30));
  bool is_stopping = false;
  while (scheduler.now() < deadline) {
    if (!is_stopping && !base::sleep_for(scheduler, pauses.next(), stop)) {
      is_stopping = true;
      deadline = std::min(deadline, scheduler.now() + api_.time_left(kVerdictAfterStop));
    } else if (is_stopping) {
      base::sleep_for(scheduler, kLookAgain, Stop());
    }
    const Result<json::Document> answer = look(stop);
    if (!answer.ok()) {
      if (is_transient(answer.error())) continue;  // hours may pass; one bad hour is no verdict
      Outcome outcome = unconfirmed(answer.error().text());
      outcome.heard = answer.error().heard;
      return outcome;
    }
    const std::string status = text_at((*answer).root(), "status");
    if (status == "DONE") return judge((*answer).root());
    if (status == "CANCELLED") {
      return Error{ErrorKind::kDenied, "destination_rejected",
                   "The execution was cancelled in Assets while it was being processed."};
    }
  }
  if (is_stopping) {
    return unconfirmed(
        "The run was stopped after all data had been handed over; Assets goes on processing it and "
        "cannot be stopped any more.");
  }
  return unconfirmed(fmt::format("Assets has not finished processing within {} and goes on.",
                                 base::format_duration(api_.settings().done_within)));
}

Outcome Execution::unconfirmed(std::string why) const {
  Outcome outcome;
  outcome.execution_id = links_.id;
  outcome.chunks = chunks_;
  outcome.bytes = bytes_;
  outcome.unconfirmed =
      std::move(why) + fmt::format(" Look at the import's history in {}.", kWhereImportsAre);
  return outcome;
}

// DONE alone is no success.
// https://developer.atlassian.com/cloud/assets/rest/api-group-importsource/
Outcome Execution::judge(const json::Value& answer) const {
  Outcome outcome = read_execution_report(answer);
  outcome.execution_id = links_.id;
  outcome.chunks = chunks_;
  outcome.bytes = bytes_;
  bool is_good = outcome.errors.empty() && (outcome.result.empty() || outcome.result == "OK");
  for (const auto& [name, type] : outcome.types) is_good = is_good && type.errors.empty();
  if (is_good) return outcome;
  outcome.refusal = outcome.result == "OK"
                        ? "Assets processed the data but reports errors."
                        : fmt::format("Assets processed the data but reports '{}'.",
                                      base::printable(outcome.result, 40));
  add_texts(outcome.heard, outcome.errors);
  std::vector<std::string> troubled;
  for (const auto& [name, type] : outcome.types) {
    if (!type.errors.empty()) troubled.push_back(base::printable(name));
    add_texts(outcome.heard, type.errors);
  }
  if (!troubled.empty()) {
    outcome.refusal += fmt::format(" It has errors in {}.", fmt::join(troubled, ", "));
  }
  outcome.refusal += fmt::format(" Its words are in the import's history in {}.", kWhereImportsAre);
  return outcome;
}

}  // namespace muster::assets
