// The shared I/O thread: it alone touches the multi handle, sleeps in curl_multi_poll() and is
// woken by curl_multi_wakeup(). Measured against other shapes (an Asio reactor around libcurl, a
// thread per call) this is both the fastest and the simplest.
#include <curl/curl.h>

#include <mutex>
#include <unordered_set>

#include "net/curl_error.h"
#include "net/curl_exchange.h"
#include "net/http.h"

namespace muster::net {
namespace {

// Lanes say how much a service gets; this only bounds mistakes. Many sites share one Graph host.
constexpr long kMostConnectionsPerHost = 64;
constexpr long kMostKeptConnections = 256;
constexpr int kLongestPollMs = 60'000;

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(base::Scheduler& scheduler) : scheduler_(scheduler) {
    MUSTER_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl starts");
    multi_ = curl_multi_init();
    MUSTER_CHECK(multi_ != nullptr, "libcurl has memory for a handle");
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kMostConnectionsPerHost);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMostKeptConnections);
    thread_ = scheduler_.start("http", [this] { run(); });
  }

  ~CurlClient() override {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_->join();
    idle_.clear();  // before the multi handle, whose connections they may still name
    curl_multi_cleanup(multi_);
    curl_global_cleanup();
  }

  base::Result<Response> send(const Request& request, const base::Stop& stop) override {
    if (stop.stop_requested()) return cancelled();
    const base::Instant begun = scheduler_.now();
    std::unique_ptr<CurlExchange> exchange = borrow();
    base::Result<Response> outcome = perform(*exchange, request, stop);
    give_back(std::move(exchange));
    if (outcome.ok()) outcome->duration = scheduler_.now() - begun;
    return outcome;
  }

 private:
  base::Result<Response> perform(CurlExchange& exchange, const Request& request,
                                 const base::Stop& stop) {
    TRY(exchange.prepare(request));
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(&exchange);
    }
    curl_multi_wakeup(multi_);
    // Waits even when stopped: until the I/O thread lets go, the request must stay alive.
    const std::stop_callback on_stop(stop, [&] {
      exchange.stop_wanted = true;
      some_stop_wanted_ = true;
      curl_multi_wakeup(multi_);
    });
    exchange.wait();
    return exchange.take();
  }

  std::unique_ptr<CurlExchange> borrow() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<CurlExchange> exchange = std::move(idle_.back());
        idle_.pop_back();
        return exchange;
      }
    }
    return std::make_unique<CurlExchange>(scheduler_);
  }

  void give_back(std::unique_ptr<CurlExchange> exchange) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(exchange));
  }

  void run() {
    while (begin_queued()) {
      if (some_stop_wanted_.exchange(false)) drop_stopped();
      int running = 0;
      curl_multi_perform(multi_, &running);
      end_finished();
      curl_multi_poll(multi_, nullptr, 0, kLongestPollMs, nullptr);
    }
    for (CurlExchange* exchange : active_) drop(*exchange);
  }

  // False when the client ends.
  bool begin_queued() {
    std::vector<CurlExchange*> begun;
    {
      std::lock_guard lock(mutex_);
      if (ending_) return false;
      begun.swap(queue_);
    }
    for (CurlExchange* exchange : begun) {
      if (curl_multi_add_handle(multi_, exchange->easy()) == CURLM_OK) {
        active_.insert(exchange);
      } else {
        exchange->finish(CURLE_FAILED_INIT);
      }
    }
    // A stop that was wanted while they were queued has been looked for without seeing them.
    if (!begun.empty()) some_stop_wanted_ = true;
    return true;
  }

  void end_finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message dies with the next call
      char* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      auto* exchange = reinterpret_cast<CurlExchange*>(owner);
      curl_multi_remove_handle(multi_, exchange->easy());
      active_.erase(exchange);
      exchange->finish(code);
    }
  }

  void drop_stopped() {
    for (auto next = active_.begin(); next != active_.end();) {
      CurlExchange* exchange = *next;
      if (!exchange->stop_wanted) {
        ++next;
        continue;
      }
      next = active_.erase(next);
      drop(*exchange);
    }
  }

  void drop(CurlExchange& exchange) {
    curl_multi_remove_handle(multi_, exchange.easy());
    exchange.finish_cancelled();
  }

  base::Scheduler& scheduler_;
  CURLM* multi_;
  std::unordered_set<CurlExchange*> active_;  // the I/O thread's
  std::atomic<bool> some_stop_wanted_ = false;

  std::mutex mutex_;  // guards the rest; a plain one, because libcurl cannot wait on a Monitor
  std::vector<CurlExchange*> queue_;
  std::vector<std::unique_ptr<CurlExchange>> idle_;
  bool ending_ = false;

  std::unique_ptr<base::Scheduler::Thread> thread_;
};

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(base::Scheduler& scheduler) {
  return std::make_unique<CurlClient>(scheduler);
}

}  // namespace muster::net
