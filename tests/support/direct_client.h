// An HttpClient that calls a sandbox in the same process, in virtual time and without a network.
//
// The sandbox's faults come out as a real client would see them: a reset or a cut-off body is
// kUnavailable, a delay passes on the scheduler's clock.
#pragma once

#include <atomic>
#include <string>

#include "net/http.h"
#include "sandbox/sandbox.h"

namespace muster::tests {

// Looks at what goes over the network.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual std::size_t sent(const net::Request& request) = 0;  // a number for answered()
  // `entry`: what the sandbox noted; null when the request did not arrive.
  virtual void answered(std::size_t call, const net::Request& request,
                        const base::Result<net::Response>& outcome,
                        const sandbox::JournalEntry* entry) = 0;
};

class DirectClient : public net::HttpClient {
 public:
  DirectClient(base::Scheduler& scheduler, sandbox::Sandbox& sandbox, std::string origin)
      : scheduler_(scheduler), sandbox_(sandbox), origin_(std::move(origin)) {}

  base::Result<net::Response> send(const net::Request& request, const base::Stop& stop) override {
    const std::size_t call = watcher_ == nullptr ? 0 : watcher_->sent(request);
    sandbox::JournalEntry entry;
    base::Result<net::Response> outcome = exchange(request, stop, entry);
    if (watcher_ != nullptr) {
      watcher_->answered(call, request, outcome, entry.number == 0 ? nullptr : &entry);
    }
    return outcome;
  }

  std::uint64_t requests() const { return requests_; }
  // Null: nobody looks. Not while a request is under way.
  void watch(Watcher* watcher) { watcher_ = watcher; }

 private:
  base::Result<net::Response> exchange(const net::Request& request, const base::Stop& stop,
                                       sandbox::JournalEntry& entry) {
    using base::Error;
    using base::ErrorKind;
    if (request.url.substr(0, origin_.size()) != origin_) {
      return Error{ErrorKind::kUnavailable, "source_unavailable", "no such host in this test", ""};
    }
    net::ServerRequest incoming;
    incoming.method = request.method;
    incoming.target = request.url.substr(origin_.size());
    incoming.headers = request.headers;
    incoming.headers.push_back({"Host", origin_.substr(origin_.find("//") + 2)});
    for (const auto& [name, value] : request.secret_headers) {
      incoming.headers.push_back({name, std::string(value.reveal())});
    }
    if (!request.bearer.empty()) {
      incoming.headers.push_back(
          {"Authorization", "Bearer " + std::string(request.bearer.reveal())});
    }
    incoming.body = request.body;
    ++requests_;
    if (!base::sleep_for(scheduler_, std::chrono::microseconds(200), stop)) return cancelled();
    net::ServerResponse answer = sandbox_.handle(std::move(incoming), &entry);
    if (answer.delay.count() > 0 && !base::sleep_for(scheduler_, answer.delay, stop))
      return cancelled();
    if (answer.reset || answer.cut_after >= 0) {
      return Error{ErrorKind::kUnavailable, "source_unavailable", "The connection broke off.", ""};
    }
    net::Response response;
    response.status = answer.status;
    response.headers = std::move(answer.headers);
    response.body = answer.shared_body ? *answer.shared_body : std::move(answer.body);
    response.wire_bytes = response.body.size();
    return response;
  }

  static base::Error cancelled() {
    return base::Error{base::ErrorKind::kCancelled, "cancelled", "cancelled", ""};
  }

  base::Scheduler& scheduler_;
  sandbox::Sandbox& sandbox_;
  const std::string origin_;
  Watcher* watcher_ = nullptr;
  std::atomic<std::uint64_t> requests_{0};
};

}  // namespace muster::tests
