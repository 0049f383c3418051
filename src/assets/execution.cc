#include "assets/execution.h"

#include <fmt/format.h>

#include <algorithm>

#include "assets/execution_report.h"
#include "assets/explain.h"
#include "base/failpoint.h"
#include "base/text.h"
#include "json/writer.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

constexpr std::chrono::seconds kProgressEvery{2};
constexpr std::chrono::seconds kProgressWithin{5};
constexpr std::chrono::seconds kAbortWithin{6};
constexpr std::chrono::seconds kHistoryWithin{2};  // the rest is for cancelling, which matters more
constexpr std::chrono::milliseconds kAbortPause{500};
// https://developer.atlassian.com/platform/forge/queue-events-with-async-events-api-to-import-assets/
constexpr std::size_t kMaxFailureReason = 1024;
constexpr std::string_view kSeparator = ",\n";

std::string data_body(const Chunk& part, std::string_view id) {
  std::string body;
  body.reserve(part.objects.size() + part.selector.size() + id.size() + 64);
  body += R"({"data":{)";
  json::append_quoted(body, part.selector);
  body += ":[";
  body += part.objects;
  body += R"(]},"clientGeneratedId":)";
  json::append_quoted(body, id);
  body += '}';
  return body;
}

// Where the object with this index begins.
std::size_t begin_of_object(std::string_view objects, std::uint32_t index) {
  std::size_t at = 0;
  for (; index > 0; --index) at = objects.find(kSeparator, at) + kSeparator.size();
  return at;
}

// Names keys and sizes, never values.
Error too_large(const Chunk& part) {
  std::string message = fmt::format("One object of '{}' is larger than Assets takes: {}",
                                    part.selector, base::format_bytes(part.objects.size()));
  const Result<json::Document> object = json::Document::parse(part.objects);
  if (object.ok()) {
    const std::span<const json::Member> members = (*object).root().members();
    message += fmt::format(" in {}", base::count_of(members.size(), "key"));
    const auto most_values = [](const json::Member& a, const json::Member& b) {
      return a.value.items().size() < b.value.items().size();
    };
    const auto largest = std::ranges::max_element(members, most_values);
    if (largest != members.end() && largest->value.items().size() > 1) {
      message += fmt::format(", most of them in '{}' ({} values)", largest->key,
                             base::with_thousands(largest->value.items().size()));
    }
  }
  message += ". Exclude large attributes or references of this data set.";
  return {ErrorKind::kLimit, "destination_rejected", std::move(message)};
}

// Halves have other ids, so that Assets would not know what it has already.
Error perhaps_taken(const Chunk& part) {
  return {ErrorKind::kUnavailable, "destination_unavailable",
          fmt::format("Assets calls {} of '{}' too many for one request, but may have taken them "
                      "when an earlier attempt failed; sent in smaller parts they could arrive "
                      "twice. Nothing is completed. Run again.",
                      base::count_of(part.count, "object"), part.selector)};
}

std::string failure_body(std::string_view reason) {
  if (reason.size() > kMaxFailureReason) {
    std::size_t end = kMaxFailureReason;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80) --end;
    reason = reason.substr(0, end);
  }
  std::string body;
  json::Writer(body).begin_object().key("failureReason").string(reason).end_object();
  return body;
}

}  // namespace

Execution::Execution(AssetsApi& api, ExecutionLinks links, std::string_view run_id,
                     std::function<Status()> completing)
    : api_(api),
      links_(std::move(links)),
      run_id_(run_id),
      completing_(std::move(completing)),
      monitor_(api.scheduler()) {}

Execution::~Execution() { abort("The run ended before all data was sent."); }

// Data that is sent before Assets says INGESTING was seen to leave the execution stuck. Asked on
// the first chunk and not when starting, so that the caller has written down the execution's id by
// then.
Status Execution::wait_until_open(const Stop& stop) {
  {
    base::StopWakes wakes(stop, monitor_);
    base::Monitor::Lock lock(monitor_);
    lock.wait([&] { return opening_ != Opening::kAsking || stop.stop_requested(); });
    if (opening_ == Opening::kAnswered) return opened_;
    if (opening_ == Opening::kAsking) return cancelled();
    opening_ = Opening::kAsking;
  }
  Status opened = ask_until_open(stop);
  base::Monitor::Lock lock(monitor_);
  opening_ = Opening::kAnswered;
  opened_ = opened;
  monitor_.notify_all();
  return opened;
}

Status Execution::ask_until_open(const Stop& stop) {
  const base::Duration within = api_.settings().ingesting_within;
  const base::Instant deadline = api_.scheduler().now() + within;
  Pauses pauses(kFirstPause, std::chrono::seconds(2));
  for (std::uint32_t asked = 1;; ++asked) {
    const std::string status = TRY(ask_status(stop));
    if (status == "INGESTING") return {};
    if (status == "CANCELLED") {
      return Error{ErrorKind::kDenied, "destination_rejected",
                   "The execution was cancelled in Assets."};
    }
    if (api_.scheduler().now() >= deadline && asked >= kFewestPolls) {
      return Error{
          ErrorKind::kUnavailable, "destination_unavailable",
          fmt::format("Assets did not open the execution for data within {}; it says '{}'.",
                      base::format_duration(within), base::printable(status, 40))};
    }
    TRY(api_.wait(pauses, stop));
  }
}

Result<std::string> Execution::ask_status(const Stop& stop) {
  const json::Document answer =
      TRY(api_.read("reading the execution's status", links_.status, stop));
  return text_at(answer.root(), "status");
}

Status Execution::submit(const Chunk& chunk, const Stop& stop) {
  TRY(wait_until_open(stop));
  return submit_part(chunk, fmt::format("{}/{}", run_id_, chunk.sequence), stop);
}

Status Execution::submit_part(const Chunk& part, const std::string& id, const Stop& stop) {
  constexpr std::string_view kDoing = "sending objects";
  Call call{.doing = kDoing, .method = "POST", .url = links_.data, .body = data_body(part, id)};
  const std::size_t size = call.body.size();
  const net::Response answer = TRY(api_.send(std::move(call), stop));
  if (answer.status == 413) {
    if (answer.may_be_a_repeat) return perhaps_taken(part);
    return submit_halves(part, id, stop);
  }
  if (!is_success(answer)) return explain_refused_part(refused(kDoing, answer), stop);
  if (is_web_page(answer.body)) return not_from_assets(kDoing);
  chunks_ += 1;
  bytes_ += size;
  return MUSTER_FAILPOINT("assets.chunk");
}

// The halves' ids follow from the whole's, so that a chunk sent again is cut and named the same
// way.
Status Execution::submit_halves(const Chunk& part, const std::string& id, const Stop& stop) {
  if (part.count <= 1) return too_large(part);
  const std::uint32_t half = part.count / 2;
  const std::size_t middle = begin_of_object(part.objects, half);
  const Chunk first{part.sequence, part.selector, half,
                    part.objects.substr(0, middle - kSeparator.size())};
  TRY(submit_part(first, id + ".1", stop));
  const Chunk second{part.sequence, part.selector, part.count - half, part.objects.substr(middle)};
  return submit_part(second, id + ".2", stop);
}

Error Execution::explain_refused_part(Error refusal, const Stop& stop) {
  const Result<std::string> status = ask_status(stop);
  if (status.ok() && *status == "CANCELLED") {
    refusal.message = "The execution was cancelled in Assets while objects were being sent.";
  } else if (status.ok() && *status != "INGESTING") {
    refusal.message += fmt::format(" The execution is {}.", base::printable(*status, 40));
  }
  return refusal;
}

void Execution::progress(std::uint64_t processed, std::uint64_t total, const Stop& stop) {
  const base::Instant now = api_.scheduler().now();
  {
    base::Monitor::Lock lock(monitor_);
    if (is_over_ || links_.progress.empty()) return;
    if (last_progress_ && now - *last_progress_ < kProgressEvery) return;
    last_progress_ = now;
  }
  // Told to wait: what is cosmetic waits longest.
  if (api_.lane().counters().waiting_until_ns > now.since_start.count()) return;
  std::string body;
  json::Writer(body)
      .begin_object()
      .key("objects")
      .begin_object()
      .key("total")
      .number(total)
      .key("processed")
      .number(processed)
      .end_object()
      .end_object();
  const Result<net::Response> ignored = api_.send_once({.doing = "reporting progress",
                                                        .method = "PUT",
                                                        .url = links_.progress,
                                                        .body = std::move(body)},
                                                       kProgressWithin, stop);
  if (!ignored.ok()) api_.logger().debug("{}", ignored.error().text());
}

void Execution::abort(std::string_view reason) {
  {
    base::Monitor::Lock lock(monitor_);
    if (is_over_) return;
    is_over_ = true;
  }
  if (cancel(reason) == Cancelling::kDone) return;
  api_.logger().warn("execution {} could not be cancelled; the next run will do it", links_.id);
}

// Past the lane and deaf to stop requests: this is what a stopped run has to do before it goes.
Execution::Cancelling Execution::cancel(std::string_view reason) {
  base::Scheduler& scheduler = api_.scheduler();
  const base::Instant deadline = scheduler.now() + api_.time_left(kAbortWithin);
  const Result<net::Response> noted = api_.send_once({.doing = "leaving the reason of the failure",
                                                      .method = "POST",
                                                      .url = links_.cancel + "/history/failed",
                                                      .body = failure_body(reason)},
                                                     kHistoryWithin);
  if (!noted.ok()) api_.logger().debug("{}", noted.error().text());
  const Call cancelling{
      .doing = "cancelling the execution", .method = "DELETE", .url = links_.cancel};
  while (scheduler.now() < deadline) {
    const Result<net::Response> answer = api_.send_once(cancelling, deadline - scheduler.now());
    if (answer.ok() && is_success(*answer)) return Cancelling::kDone;
    if (answer.ok() && (*answer).status < 500 && (*answer).status != 429) {
      return Cancelling::kRefused;
    }
    base::sleep_for(scheduler, kAbortPause, Stop());
  }
  return Cancelling::kUnreachable;
}

}  // namespace muster::assets
