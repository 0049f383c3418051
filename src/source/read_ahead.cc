#include "source/read_ahead.h"

#include <fmt/format.h>

#include "json/value.h"

namespace muster::source {
namespace {

using base::Result;

bool is_one_key(const json::Path& path) {
  const std::string_view key = path.first_key();
  return !key.empty() && (path.text() == key || path.text() == fmt::format("\"{}\"", key));
}

}  // namespace

std::string find_early_link(std::string_view beginning, std::string_view next_key,
                            std::string_view records_key) {
  // Within a string the quotes would be escaped, so this can only be a member.
  const std::size_t end = beginning.find(fmt::format(",\"{}\":[", records_key));
  if (end == std::string_view::npos) return {};
  const auto envelope = json::Document::parse(std::string(beginning.substr(0, end)) + '}');
  if (!envelope.ok()) return {};
  const json::Value* link = envelope->root().find(next_key);
  return link != nullptr && link->is_string() ? std::string(link->text()) : std::string();
}

// One GET on a thread of its own.
class ReadAhead::Exchange {
 public:
  Exchange(ReadAhead& owner, std::string url, PageOptions options, const base::Stop& stop)
      : url_(std::move(url)),
        options_(std::move(options)),
        forward_(stop, [this] { stop_.request_stop(); }),
        monitor_(owner.session_.scheduler()),
        thread_(owner.session_.scheduler().start("read a page", [this, &owner] { run(owner); })) {}

  ~Exchange() {
    stop_.request_stop();
    thread_->join();
  }

  const std::string& url() const { return url_; }

  // Until the answer is there or the next link is known, which is told once.
  std::optional<std::string> wait_for_link() {
    base::Monitor::Lock lock(monitor_);
    lock.wait([&] { return answer_ || link_; });
    return answer_ ? std::nullopt : std::exchange(link_, std::nullopt);
  }

  Result<net::Response> take() { return std::move(*answer_); }

 private:
  void run(ReadAhead& owner) {
    const auto look = [&](std::string_view beginning) { return look_at(beginning, owner); };
    PageOptions options = options_;
    options.on_beginning = look;
    auto answer = owner.session_.get(owner.request_, url_, stop_.get_token(), std::move(options));
    base::Monitor::Lock lock(monitor_);
    answer_ = std::move(answer);
    monitor_.notify_all();
  }

  bool look_at(std::string_view beginning, const ReadAhead& owner) {
    std::string link = owner.find_link(beginning);
    if (link.empty()) return false;
    base::Monitor::Lock lock(monitor_);
    link_ = std::move(link);
    monitor_.notify_all();
    return true;
  }

  const std::string url_;
  const PageOptions options_;
  std::stop_source stop_;
  const std::stop_callback<std::function<void()>> forward_;
  base::Monitor monitor_;  // guards answer_, link_
  std::optional<Result<net::Response>> answer_;
  std::optional<std::string> link_;
  const std::unique_ptr<base::Scheduler::Thread> thread_;
};

std::unique_ptr<ReadAhead> ReadAhead::make(Session& session, const catalogue::Request& request,
                                           Allow allow) {
  // Where something else than the missing link is the end, a link may lead beyond it.
  const bool has_link = request.paging.strategy == catalogue::Paging::Strategy::kNextLink &&
                        request.paging.end == catalogue::Paging::End::kUsual;
  if (!has_link || !is_one_key(request.paging.next) || !is_one_key(request.records)) return nullptr;
  return std::unique_ptr<ReadAhead>(new ReadAhead(session, request, std::move(allow)));
}

ReadAhead::ReadAhead(Session& session, const catalogue::Request& request, Allow allow)
    : session_(session),
      request_(request),
      next_key_(request.paging.next.first_key()),
      records_key_(request.records.first_key()),
      allow_(std::move(allow)) {}

ReadAhead::~ReadAhead() = default;

std::string ReadAhead::find_link(std::string_view beginning) const {
  return find_early_link(beginning, next_key_, records_key_);
}

Result<net::Response> ReadAhead::get(const std::string& url, PageOptions options,
                                     const base::Stop& stop) {
  if (!is_announcing_) {
    const auto look = [this](std::string_view beginning) {
      return is_announcing_ = !find_link(beginning).empty();
    };
    options.on_beginning = look;
    return session_.get(request_, url, stop, std::move(options));
  }
  const bool is_under_way = ahead_ && ahead_->url() == url;
  std::unique_ptr<Exchange> present = std::move(ahead_);
  if (!is_under_way) present = std::make_unique<Exchange>(*this, url, options, stop);
  options.is_first = false;
  while (std::optional<std::string> link = present->wait_for_link()) {
    if (ahead_) continue;
    if (auto next = allow_(std::move(*link))) {
      ahead_ = std::make_unique<Exchange>(*this, std::move(*next), options, stop);
    }
  }
  return present->take();
}

}  // namespace muster::source
