#include "web/metrics.h"

#include "web/test_support.h"

namespace muster::web {
namespace {

using testing::HasSubstr;
using testing::Not;

class MetricsTest : public ApiTest {
 protected:
  net::ServerResponse get(const std::string& target = "/metrics",
                          const std::string& method = "GET") {
    net::ServerRequest request;
    request.method = method;
    request.target = target;
    return metrics_.answer(request);
  }

  service::RunCounts counts_{*scheduler_};
  Metrics metrics_{*scheduler_, counts_};
};

TEST_F(MetricsTest, SaysWhatWaitsAndWhenSomethingLastCompleted) {
  EXPECT_EQ(put_importer("acme", "entra").status, 200);
  EXPECT_EQ(put_importer("acme", "never-ran").status, 200);
  add_run("acme", "run-1", run::State::kCompleted);
  add_run("acme", "run-2", run::State::kCompletedWithRejects);
  add_run("acme", "run-3", run::State::kFailed);
  EXPECT_EQ(as("operator", "POST", "/api/v1/sites/acme/importers/entra/runs", "{}").status, 202);
  ASSERT_TRUE(metrics_.open(url_).ok());
  const net::ServerResponse response = get("/metrics?x=1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const std::string line :
       {"muster_store_up 1",
        R"(muster_last_completed_run_timestamp_seconds{site="acme",importer="entra"} 2)",
        R"(muster_jobs{site="acme",state="waiting"} 1)",
        R"(muster_jobs{site="acme",state="running"} 0)",
        R"(muster_jobs{site="globex",state="waiting"} 0)", "muster_importers_not_watched 0"}) {
    EXPECT_THAT(response.body, HasSubstr("\n" + line + "\n"));
  }
  EXPECT_THAT(response.body, Not(HasSubstr("never-ran")));
  for (const std::string person : {"olga", "anna"}) {
    EXPECT_THAT(response.body, Not(HasSubstr(person)));
  }
}

TEST_F(MetricsTest, LeavesOutARemovedSite) {
  EXPECT_EQ(put_importer("acme", "entra").status, 200);
  add_run("acme", "run-1", run::State::kCompleted);
  EXPECT_EQ(as("operator", "DELETE", "/api/v1/sites/acme").status / 100, 2);
  ASSERT_TRUE(metrics_.open(url_).ok());
  const std::string body = get().body;
  EXPECT_THAT(body, HasSubstr(R"(site="globex")"));
  EXPECT_THAT(body, Not(HasSubstr(R"(site="acme")")));
}

TEST_F(MetricsTest, AStoreThatDoesNotAnswerIsSaidAndNothingOfItGuessed) {
  const net::ServerResponse response = get();
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("\nmuster_store_up 0\n"));
  EXPECT_THAT(response.body, Not(HasSubstr("muster_jobs")));
}

TEST_F(MetricsTest, CountsAnswersByClass) {
  for (const int status : {200, 201, 302, 404, 503, 500, 429}) metrics_.answered(status);
  const std::string body = get().body;
  for (const std::string line : {R"({class="1xx"} 0)", R"({class="2xx"} 2)", R"({class="3xx"} 1)",
                                 R"({class="4xx"} 2)", R"({class="5xx"} 2)"}) {
    EXPECT_THAT(body, HasSubstr("muster_http_responses_total" + line + "\n"));
  }
}

TEST_F(MetricsTest, AnswersNothingElse) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/api/v1/me").status, 404);
  EXPECT_EQ(get("/metrics", "POST").status, 405);
  EXPECT_EQ(header(get("/metrics", "POST"), "Allow"), "GET, HEAD");
  EXPECT_EQ(get("/metrics", "HEAD").status, 200);
}

}  // namespace
}  // namespace muster::web
