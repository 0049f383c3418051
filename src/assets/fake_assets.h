// For the tests of this room: an HttpClient behind which stands a small import source whose every
// answer a test can replace. The strict imitation lives in the sandbox; this one is for scripting
// what goes wrong.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assets/test_support.h"
#include "base/scheduler.h"
#include "json/value.h"
#include "net/http.h"

namespace muster::assets::test {

inline constexpr std::string_view kHost = "https://api.atlassian.com";
inline constexpr std::string_view kSource =
    "https://api.atlassian.com/jsm/assets/workspace/ws/v1/importsource/src";

class FakeAssets final : public net::HttpClient {
 public:
  using Reply = std::function<base::Result<net::Response>(const net::Request&)>;

  explicit FakeAssets(base::Scheduler& scheduler) : scheduler_(scheduler), monitor_(scheduler) {}

  base::Result<net::Response> send(const net::Request& request, const base::Stop& stop) override {
    base::Monitor::Lock lock(monitor_);
    if (stop.stop_requested())
      return base::Error{base::ErrorKind::kCancelled, "cancelled", "Stop."};
    const std::string call = request.method + " " + short_path(request.url);
    calls.push_back(call);
    times.push_back(scheduler_.now());
    bodies.push_back(request.body);
    EXPECT_EQ(request.bearer.reveal(), "token-1") << call;
    std::deque<Reply>& scripted = scripts_[call];
    if (scripted.empty()) return usual(request, call);
    const Reply reply = scripted.front();
    scripted.pop_front();
    return reply(request);
  }

  // The next unscripted call of this name is answered so; later ones as usual again.
  void next(const std::string& call, Reply reply) { scripts_[call].push_back(std::move(reply)); }
  void next(const std::string& call, net::Response reply) {
    next(call, [reply](const net::Request&) { return reply; });
  }
  // The call arrives, its answer does not.
  void lose_answer(const std::string& call) {
    next(call, [this, call](const net::Request& request) -> base::Result<net::Response> {
      const auto unseen = usual(request, call);
      static_cast<void>(unseen);
      return lost_answer();
    });
  }
  void lose_call(const std::string& call) {
    next(call, [](const net::Request&) -> base::Result<net::Response> { return lost_answer(); });
  }

  std::size_t count(const std::string& call) const {
    std::size_t found = 0;
    for (const std::string& made : calls) found += made == call ? 1 : 0;
    return found;
  }
  std::vector<std::string> bodies_of(const std::string& call) const {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (calls[i] == call) found.push_back(bodies[i]);
    }
    return found;
  }
  std::string history() const {
    std::string all;
    for (const std::string& call : calls) all += call + "\n";
    return all;
  }

  // What the import source is and holds.
  bool has_mapping = true;
  bool is_disabled = false;
  std::string execution;        // the most recent one; empty: none
  std::string execution_state;  // INGESTING, PROCESSING, DONE, CANCELLED
  int polls_until_ingesting = 0;
  int polls_until_done = 1;
  std::string report = R"({"result":"OK","objectTypeResultMap":{},"errorMessages":null})";
  std::map<std::string, std::string> accepted;  // clientGeneratedId -> body
  std::string schema_and_mapping = "{}";

  std::vector<std::string> calls;
  std::vector<base::Instant> times;
  std::vector<std::string> bodies;

 private:
  static std::string short_path(const std::string& url) {
    if (url.starts_with(kSource)) return url.substr(kSource.size());
    return url.substr(url.find("/jsm/") == std::string::npos ? 0 : url.find("/jsm/"));
  }

  bool is_running() const {
    return execution_state == "INGESTING" || execution_state == "PROCESSING";
  }

  net::Response usual(const net::Request& request, const std::string& call) {
    const std::string source(kSource);
    if (call == "GET /jsm/assets/v1/imports/info") {
      return answer(200, R"({"links":{"getStatus":")" + source + R"(/configstatus","start":")" +
                             source + R"(/executions","mapping":")" + source + R"(/mapping"}})");
    }
    if (call == "GET /configstatus") return answer(200, R"({"status":")" + status() + R"("})");
    if (call.starts_with("PUT /mapping") || call.starts_with("PATCH /mapping")) {
      has_mapping = true;
      return answer(204);
    }
    if (call == "GET /schema-and-mapping") return answer(200, schema_and_mapping);
    if (call == "GET /executions/status") {
      if (execution.empty()) return answer(404);
      return answer(
          200, R"({"executionId":")" + execution + R"(","status":")" + execution_state + R"("})");
    }
    if (call == "POST /executions") return started();
    if (call == "GET /executions/" + execution + "/status") return execution_status();
    if (call == "POST /executions/" + execution + "/data") return take(request.body);
    if (call == "PUT /executions/" + execution + "/progress") return answer(200);
    if (call == "POST /executions/" + execution + "/history/failed") return answer(204);
    if (call == "DELETE /executions/" + execution) {
      if (execution_state != "INGESTING") return answer(400);
      execution_state = "CANCELLED";
      return answer(200);
    }
    return answer(404, "<html>no such page</html>");
  }

  std::string status() const {
    if (is_disabled) return "DISABLED";
    if (is_running()) return "RUNNING";
    return has_mapping ? "IDLE" : "MISSING_MAPPING";
  }

  net::Response started() {
    const std::string code = is_disabled    ? "DISABLED"
                             : is_running() ? "IN_PROGRESS"
                             : !has_mapping ? "MISSING_MAPPING"
                                            : "";
    if (!code.empty()) return answer(409, R"({"result":"error","errorCode":")" + code + R"("})");
    execution = "e-" + std::to_string(++executions_);
    execution_state = "INGESTING";
    const std::string base = std::string(kSource) + "/executions/" + execution;
    return answer(200, R"({"links":{"submitProgress":")" + base +
                           R"(/progress","submitResults":")" + base +
                           R"(/data","getExecutionStatus":")" + base + R"(/status","cancel":")" +
                           base + R"("},"result":"success"})");
  }

  net::Response execution_status() {
    std::string state = execution_state;
    if (state == "INGESTING" && polls_until_ingesting > 0) {
      --polls_until_ingesting;
      state = "STARTING";
    }
    if (state == "PROCESSING" && --polls_until_done <= 0) state = execution_state = "DONE";
    std::string body = R"({"status":")" + state + R"(")";
    if (state == "DONE") body += R"(,"progressResult":)" + report;
    return answer(200, body + "}");
  }

  net::Response take(const std::string& body) {
    if (execution_state != "INGESTING") return answer(400, R"({"errorMessages":["wrong state"]})");
    const base::Result<json::Document> document = json::Document::parse(body);
    EXPECT_TRUE(document.ok()) << body;
    if (!document.ok()) return answer(400);
    if (const json::Value* id = (*document).root().find("clientGeneratedId")) {
      accepted[std::string(id->text())] = body;
    }
    const json::Value* completed = (*document).root().find("completed");
    if (completed && completed->boolean()) execution_state = "PROCESSING";
    return answer(200);
  }

  base::Scheduler& scheduler_;
  base::Monitor monitor_;  // guards everything
  std::map<std::string, std::deque<Reply>> scripts_;
  int executions_ = 0;
};

}  // namespace muster::assets::test
