// For the tests of this room: a source that exists only in this process.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "net/http.h"
#include "source/session.h"

namespace muster::source::test {

using base::Result;
using namespace std::chrono_literals;

inline json::Path path(std::string_view text) {
  auto parsed = json::Path::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return std::move(parsed).value();
}

inline net::Response answer(int status, std::string body,
                            std::vector<net::Header> headers = {
                                {"Content-Type", "application/json; charset=utf-8"}}) {
  net::Response response;
  response.status = status;
  response.headers = std::move(headers);
  response.wire_bytes = body.size();
  response.body = std::move(body);
  return response;
}

// {"error":{"code":...}} as OData services answer.
inline net::Response refusal(int status, std::string_view code) {
  return answer(status, fmt::format(R"({{"error":{{"code":"{}","message":"No."}}}})", code));
}

// Answers by a function, after a delay on the scheduler's clock; with a body_time the body begins
// to arrive that much before its end. Any thread.
class FakeClient final : public net::HttpClient {
 public:
  using Handler = std::function<Result<net::Response>(const net::Request& request)>;

  FakeClient(base::Scheduler& scheduler, Handler handler)
      : scheduler_(scheduler), handler_(std::move(handler)), monitor_(scheduler) {}

  Result<net::Response> send(const net::Request& request, const base::Stop& stop) override {
    if (latency.count() > 0 && !base::sleep_for(scheduler_, latency, stop)) {
      return base::Error{base::ErrorKind::kCancelled, "cancelled", "Stopped as asked."};
    }
    Result<net::Response> answer = handle(request);
    if (body_time.count() == 0 || !answer.ok()) return answer;
    const std::string_view body = answer->body;
    if (request.on_beginning && answer->status < 300) request.on_beginning(body.substr(0, 1000));
    if (!base::sleep_for(scheduler_, body_time, stop)) {
      return base::Error{base::ErrorKind::kCancelled, "cancelled", "Stopped as asked."};
    }
    return answer;
  }

  const std::vector<net::Request>& requests() const { return requests_; }
  const std::vector<base::Instant>& times() const { return times_; }
  std::vector<std::string> urls() const {
    std::vector<std::string> all;
    for (const net::Request& request : requests_) all.push_back(request.url);
    return all;
  }

  base::Duration latency{0};
  base::Duration body_time{0};
  bool remembers = true;

 private:
  Result<net::Response> handle(const net::Request& request) {
    base::Monitor::Lock lock(monitor_);
    if (remembers) {
      requests_.push_back(request);
      times_.push_back(scheduler_.now());
    }
    return handler_(request);
  }

  base::Scheduler& scheduler_;
  const Handler handler_;
  base::Monitor monitor_;  // guards what follows, and the handler's own state
  std::vector<net::Request> requests_;
  std::vector<base::Instant> times_;
};

// A source with a fixed token, one lane, and next links: the smallest that works.
inline catalogue::Source small_source() {
  catalogue::Source source;
  source.name = "small";
  source.connection = {{.name = "token", .type = catalogue::ConnectionField::Type::kSecret},
                       {.name = "api_url", .type = catalogue::ConnectionField::Type::kUrl}};
  source.addresses = {
      {.name = "api", .field = "api_url", .urls = {{"", "https://api.test"}}, .base_path = "/v1"}};
  source.sign_in.strategy = catalogue::SignIn::Strategy::kBearer;
  source.sign_in.token = "token";
  source.lanes = {{.name = "main", .initial_in_flight = 4, .max_in_flight = 4}};
  source.error_code = path("error.code");
  source.error_message = path("error.message");
  source.request_id_header = "request-id";
  return source;
}

inline catalogue::Request small_request(std::string where = "/users") {
  catalogue::Request request;
  request.path = std::move(where);
  request.lane = "main";
  request.records = path("value");
  request.paging.strategy = catalogue::Paging::Strategy::kNextLink;
  request.paging.next = path("\"@odata.nextLink\"");
  request.paging.size_parameter = "$top";
  request.paging.page_size = 999;
  request.fields_parameter = "$select";
  request.fields_always = {"id"};
  return request;
}

// Everything a session needs, with virtual time.
struct Rig {
  explicit Rig(FakeClient::Handler handler, std::uint64_t seed = 1,
               std::unique_ptr<base::Scheduler> own_scheduler = nullptr)
      : scheduler(own_scheduler ? std::move(own_scheduler) : base::make_simulated_scheduler(seed)),
        random(base::make_seeded_random(seed)),
        log_monitor(*scheduler),
        logger(base::make_sink_logger(base::LogLevel::kInfo, base::LogFormat::kText,
                                      [this](std::string_view line) {
                                        base::Monitor::Lock lock(log_monitor);
                                        log.append(line);
                                      })),
        client(*scheduler, std::move(handler)) {
    values.secrets.emplace("token", base::Secret("s3cret-token"));
    values.trust = std::make_shared<net::Trust>();
  }

  Result<std::unique_ptr<Session>> try_open() {
    return Session::open(shared_source, values, retry, {*scheduler, client, *random, *logger});
  }

  Session& open() {
    auto opened = try_open();
    if (!opened.ok()) ADD_FAILURE() << opened.error().text();
    session = std::move(opened).value();
    return *session;
  }

  std::shared_ptr<catalogue::Source> shared_source =
      std::make_shared<catalogue::Source>(small_source());
  catalogue::Source& source = *shared_source;  // change it before open()
  ConnectionValues values;
  RetrySettings retry;
  std::unique_ptr<base::Scheduler> scheduler;
  std::unique_ptr<base::Random> random;
  base::Monitor log_monitor;  // guards log
  std::string log;
  std::unique_ptr<base::Logger> logger;
  FakeClient client;
  std::unique_ptr<Session> session;
};

// The value of a query parameter as it stands in the URL; empty when absent.
inline std::string parameter(std::string_view url, std::string_view name) {
  const std::string needle = std::string(name) + "=";
  std::size_t at = url.find('?');
  while (at != std::string_view::npos) {
    std::string_view rest = url.substr(at + 1);
    if (rest.starts_with(needle)) {
      rest.remove_prefix(needle.size());
      return std::string(rest.substr(0, rest.find('&')));
    }
    at = url.find('&', at + 1);
  }
  return {};
}

inline const std::string& header(const net::Request& request, std::string_view name) {
  static const std::string kNone;
  const std::string* found = net::find_header(request.headers, name);
  return found == nullptr ? kNone : *found;
}

}  // namespace muster::source::test
