#include "net/lane.h"

#include <gtest/gtest.h>

#include <deque>

#include "net/budget.h"
#include "net/throttle.h"

namespace muster::net {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::ErrorKind;
using base::Instant;

// A source that answers from a script, takes its time, and notes when each request arrived. All on
// the simulated scheduler, so nothing here needs a lock.
class ScriptedSource final : public HttpClient {
 public:
  explicit ScriptedSource(base::Scheduler& scheduler) : scheduler_(scheduler) {}

  base::Result<Response> send(const Request&, const base::Stop& stop) override {
    ++under_way;
    most_under_way = std::max(most_under_way, under_way);
    sent.push_back(scheduler_.now());
    const Duration way = travel ? travel() : Duration(0);
    const bool arrived = base::sleep_for(scheduler_, way, stop);
    arrivals.push_back(scheduler_.now());
    const bool returned = arrived && base::sleep_for(scheduler_, latency, stop);
    --under_way;
    if (!returned) return base::Error{ErrorKind::kCancelled, "cancelled", "Stopped."};
    if (script.empty()) return usual;
    base::Result<Response> next = std::move(script.front());
    script.pop_front();
    return next;
  }

  std::deque<base::Result<Response>> script;  // then `usual` for ever
  Response usual{.status = 200};
  Duration latency{0};
  std::function<Duration()> travel;  // from sending to arrival
  std::vector<Instant> sent;
  std::vector<Instant> arrivals;
  int under_way = 0;
  int most_under_way = 0;

 private:
  base::Scheduler& scheduler_;
};

Response refused(std::string retry_after) {
  return {.status = 429, .headers = {{"Retry-After", std::move(retry_after)}}};
}

base::Error reset() { return {ErrorKind::kUnavailable, "source_unavailable", "reset"}; }

class LaneTest : public ::testing::Test {
 protected:
  Lane& lane(LaneSettings settings = {}) {
    settings.name = "test";
    lane_ = std::make_unique<Lane>(settings,
                                   LaneTools{*scheduler_, source_, *random_, *logger_, &pause_});
    return *lane_;
  }
  base::Result<Response> send(SendOptions options = {}) {
    return lane_->send(request_, options, stop_.get_token());
  }
  Duration elapsed() const { return scheduler_->now().since_start; }

  // Runs `body(index)` on so many threads and waits for all.
  void at_once(int threads, const std::function<void(int)>& body) {
    std::vector<std::unique_ptr<base::Scheduler::Thread>> started;
    for (int i = 0; i < threads; ++i) {
      started.push_back(scheduler_->start("caller", [&body, i] { body(i); }));
    }
    for (const auto& thread : started) thread->join();
  }

  std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(7);
  std::unique_ptr<base::Random> random_ = base::make_seeded_random(7);
  std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  ScriptedSource source_{*scheduler_};
  Request request_{.url = "https://graph.example/v1.0/users?$top=5"};
  std::stop_source stop_;
  Pause pause_;
  std::unique_ptr<Lane> lane_;
};

// Two importers of one account: what the service allows is allowed to both together.
TEST_F(LaneTest, SharesWhatTheServiceAllowsWithOtherLanesToIt) {
  const LaneSettings settings{
      .name = "one", .units = 10, .window = 10s, .initial_in_flight = 5, .max_in_flight = 5};
  const LaneTools tools{*scheduler_, source_, *random_, *logger_, &pause_};
  Throttles throttles(*scheduler_);
  Lane one(settings, tools, throttles.of("jamf", settings));
  Lane other(settings, tools, throttles.of("jamf", settings));
  source_.latency = 1s;
  at_once(20, [&](int caller) {
    ASSERT_TRUE((caller % 2 == 0 ? one : other).send(request_, {}, {}).ok());
  });
  EXPECT_EQ(source_.most_under_way, 5);
  EXPECT_GE(source_.sent[10] - source_.sent[0], 10s) << "ten in ten seconds";
  EXPECT_EQ(one.counters().requests, 10U) << "each counts its own";

  source_.script.push_back(refused("30"));
  const Instant begun = scheduler_->now();
  at_once(2, [&](int caller) {
    if (caller == 1) base::sleep_for(*scheduler_, 2s, {});
    ASSERT_TRUE((caller == 0 ? one : other).send(request_, {}, {}).ok());
  });
  EXPECT_GE(source_.sent.back() - begun, 30s) << "a pause is for both";
  EXPECT_NE(throttles.of("another account", settings), throttles.of("jamf", settings));
}

// Each decides by its own patience; who has enough waits it out.
TEST_F(LaneTest, LetsWhoeverWaitsLongEnoughWaitForASharedService) {
  const LaneSettings patient{.name = "patient", .max_wait = 1h};
  const LaneSettings hasty{.name = "hasty", .max_wait = 1min};
  const LaneTools tools{*scheduler_, source_, *random_, *logger_, &pause_};
  Throttles throttles(*scheduler_);
  Lane one(hasty, tools, throttles.of("jamf", hasty));
  Lane other(patient, tools, throttles.of("jamf", patient));
  source_.script.push_back(refused("1200"));
  EXPECT_EQ(one.send(request_, {}, {}).error().kind, ErrorKind::kThrottled);
  const Instant begun = scheduler_->now();
  EXPECT_TRUE(other.send(request_, {}, {}).ok());
  EXPECT_GE(scheduler_->now() - begun, 20min);
}

TEST_F(LaneTest, TellsEachRequestWithoutItsQueryToWhoeverLooksClosely) {
  std::vector<std::string> lines;
  const auto logger =
      base::make_sink_logger(base::LogLevel::kDebug, base::LogFormat::kText,
                             [&](std::string_view line) { lines.emplace_back(line); });
  Lane looked_at({.name = "directory"}, {*scheduler_, source_, *random_, *logger});
  source_.latency = 80ms;
  ASSERT_TRUE(looked_at.send(request_, {}, {}).ok());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("directory: GET https://graph.example/v1.0/users: 200"),
            std::string::npos)
      << lines[0];
  EXPECT_EQ(lines[0].find("$top"), std::string::npos);
}

// Five pages one after the other, beside more other requests than there are places.
TEST_F(LaneTest, AChainDoesNotWaitBehindTheRest) {
  lane({.initial_in_flight = 8, .max_in_flight = 8});
  source_.latency = 80ms;
  Duration chain_took{0};
  at_once(41, [&](int caller) {
    if (caller > 0) {
      if (caller > 20) base::sleep_for(*scheduler_, 100ms, {});
      ASSERT_TRUE(send().ok());
      return;
    }
    base::sleep_for(*scheduler_, 20ms, {});
    ASSERT_TRUE(send({.in_chain = true}).ok());  // waits for a place
    const Instant begun = scheduler_->now();
    for (int page = 0; page < 5; ++page) {
      base::sleep_for(*scheduler_, 10ms, {});
      ASSERT_TRUE(send({.in_chain = true}).ok());
    }
    chain_took = scheduler_->now() - begun;
  });
  EXPECT_EQ(chain_took, 5 * 90ms);
  EXPECT_EQ(source_.most_under_way, 8);
}

TEST_F(LaneTest, KeepsPlacesForAChainOnlyWhileThereIsOne) {
  lane({.initial_in_flight = 8, .max_in_flight = 8});
  source_.latency = 80ms;
  ASSERT_TRUE(send({.in_chain = true}).ok());
  const Instant begun = scheduler_->now();
  at_once(8, [&](int) { ASSERT_TRUE(send().ok()); });
  EXPECT_EQ(scheduler_->now() - begun, 50ms + 80ms) << "two came after the gap of a chain";
  at_once(8, [&](int) { ASSERT_TRUE(send().ok()); });
  EXPECT_EQ(scheduler_->now() - begun, 50ms + 2 * 80ms);
}

TEST_F(LaneTest, AChainIsHeldToTheLimitLikeAll) {
  lane({.initial_in_flight = 1, .max_in_flight = 1});
  source_.latency = 80ms;
  at_once(4, [&](int caller) { ASSERT_TRUE(send({.in_chain = caller % 2 == 0}).ok()); });
  EXPECT_EQ(source_.most_under_way, 1);
  EXPECT_EQ(elapsed(), 4 * 80ms);
}

TEST_F(LaneTest, WaitsAsLongAsRetryAfterSaysAndAtMostAFifthLonger) {
  lane();
  source_.script = {refused("7"), refused("0.5"), Response{.status = 200, .body = "x"}};
  ASSERT_EQ(send().value().body, "x");
  ASSERT_EQ(source_.sent.size(), 3U);
  const Duration first = source_.sent[1] - source_.sent[0];
  EXPECT_GE(first, 7s);
  EXPECT_LE(first, 8.4s);
  const Duration second = source_.sent[2] - source_.sent[1];
  EXPECT_GE(second, 1s) << "less than a second is never enough";
  EXPECT_LE(second, 1.2s);
  EXPECT_EQ(lane_->counters().throttled, 2U);
  EXPECT_EQ(lane_->counters().requests, 3U);
  EXPECT_EQ(Duration(lane_->counters().waited_ns), elapsed());
}

// HTTP/2 has small letters alone, and proxies write what they like.
TEST_F(LaneTest, FindsHeadersInWhateverLettersTheyCome) {
  for (const char* name : {"retry-after", "RETRY-AFTER", "reTry-aFter"}) {
    lane();
    source_.script = {Response{.status = 429, .headers = {{name, "7"}}}};
    const Instant begun = scheduler_->now();
    ASSERT_TRUE(send().ok()) << name;
    EXPECT_GE(scheduler_->now() - begun, 7s) << name;
  }
}

TEST_F(LaneTest, WaitsUntilTheDateThatRetryAfterNames) {
  lane();
  Response dated = refused("Thu, 01 Jan 2026 00:00:30 GMT");  // virtual time begins at midnight
  source_.script = {dated};
  ASSERT_TRUE(send().ok());
  EXPECT_GE(elapsed(), 30s);
  EXPECT_LE(elapsed(), 36s);
  // A source whose clock is a day ahead says so in its Date header.
  Response ahead = refused("Fri, 02 Jan 2026 00:00:05 GMT");
  ahead.headers.push_back({"Date", "Fri, 02 Jan 2026 00:00:00 GMT"});
  source_.script = {ahead};
  const Duration before = elapsed();
  ASSERT_TRUE(send().ok());
  EXPECT_LE(elapsed() - before, 6s);
}

TEST_F(LaneTest, BacksOffByItselfWhenTheRefusalNamesNoTime) {
  lane();
  source_.script = {Response{.status = 429}, refused("soon"), Response{.status = 429}};
  ASSERT_TRUE(send().ok());
  EXPECT_GE(elapsed(), 3s);   // at least a second each
  EXPECT_LE(elapsed(), 14s);  // 2 + 4 + 8
}

TEST_F(LaneTest, DoublesATimeThatWasTooShortThreeTimes) {
  lane();
  source_.script = {refused("1"), refused("1"), refused("1"), refused("1"), refused("1")};
  ASSERT_TRUE(send().ok());
  const auto wait = [&](std::size_t n) { return source_.sent[n + 1] - source_.sent[n]; };
  for (const std::size_t n : {0U, 1U, 2U}) EXPECT_LE(wait(n), 1.2s);
  EXPECT_GE(wait(3), 2s);
  EXPECT_GE(wait(4), 4s);
}

TEST_F(LaneTest, TellsUntilWhenItWasAskedToPause) {
  lane();
  source_.script = {refused("30")};
  ASSERT_TRUE(send().ok());
  EXPECT_GE(Duration(pause_.asked_until_ns), 30s);
  EXPECT_LE(Duration(pause_.asked_until_ns), elapsed()) << "the pause is over";
  EXPECT_EQ(pause_.paced_until_ns, 0) << "nobody asked more of it than its budget";
}

TEST_F(LaneTest, TellsThatItWaitsForItsBudget) {
  lane({.units = 1, .window = 10s});
  ASSERT_TRUE(send().ok());
  Duration told{0};
  at_once(2, [&](int caller) {
    if (caller == 0) {
      ASSERT_TRUE(send().ok());
      return;
    }
    base::sleep_for(*scheduler_, 1s, {});
    told = Duration(pause_.paced_until_ns);
  });
  EXPECT_GE(told, 9s);
  EXPECT_EQ(pause_.paced_until_ns, 0);
  EXPECT_EQ(pause_.asked_until_ns, 0);
}

TEST_F(LaneTest, HoldsBackEverybodyWhenOneIsRefused) {
  lane();
  source_.script = {refused("30")};
  ASSERT_TRUE(base::sleep_for(*scheduler_, 1ms, {}));
  std::vector<Instant> ended(4);
  at_once(4, [&](int i) {
    base::sleep_for(*scheduler_, i * 1ms, {});
    EXPECT_TRUE(send().ok());
    ended[i] = scheduler_->now();
  });
  for (const Instant end : ended) EXPECT_GE(end.since_start, 30s);
  EXPECT_LE(Duration(lane_->counters().waited_ns), 37s) << "time of the lane, not of each caller";
}

TEST_F(LaneTest, SaysUntilWhenItIsHeld) {
  lane();
  lane_->throttled(12s, scheduler_->now(), 1);
  const Instant until{Duration(lane_->counters().waiting_until_ns)};
  EXPECT_GE(until.since_start, 12s);
  EXPECT_LE(until.since_start, 14.4s);
  ASSERT_TRUE(send().ok());
  EXPECT_GE(elapsed(), 12s);
  EXPECT_EQ(lane_->counters().waiting_until_ns, 0);
}

TEST_F(LaneTest, GivesUpAtOnceWhenTheSourceAsksForTooLong) {
  lane({.max_wait = 15min});
  source_.script = {refused("901")};
  const auto outcome = send();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::kThrottled);
  EXPECT_EQ(outcome.error().reason, "source_throttled");
  EXPECT_EQ(outcome.error().retry_after, 901s);
  EXPECT_EQ(elapsed(), 0s);
  EXPECT_FALSE(send().ok()) << "nobody else may ask before that time either";
  EXPECT_EQ(source_.sent.size(), 1U);
  ASSERT_TRUE(base::sleep_for(*scheduler_, 901s, {}));
  EXPECT_TRUE(send().ok());
}

TEST_F(LaneTest, TakesARefusalInsideABatchForTheWholeLane) {
  lane({.initial_in_flight = 8, .max_in_flight = 8});
  lane_->throttled(20min, scheduler_->now(), 1);
  EXPECT_EQ(send().error().kind, ErrorKind::kThrottled);
  EXPECT_EQ(lane_->counters().throttled, 1U);
}

TEST_F(LaneTest, CutsOnceForAllTheBatchesThatWereUnderWayTogether) {
  lane({.initial_in_flight = 8, .max_in_flight = 8});
  const Instant sent = scheduler_->now();
  for (int batch = 0; batch < 8; ++batch) {
    base::sleep_for(*scheduler_, 10ms, {});
    lane_->throttled(1s, sent, 20);
  }
  EXPECT_EQ(lane_->counters().throttled, 160U) << "every refused item counts";
  at_once(8, [&](int) { ASSERT_TRUE(send({.in_chain = true}).ok()); });
  EXPECT_EQ(source_.most_under_way, 4);
}

TEST_F(LaneTest, RepeatsPassingFailuresWithGrowingPauses) {
  lane();
  for (const int status : {500, 502, 503, 504})
    source_.script.push_back(Response{.status = status});
  source_.script.push_back(reset());
  ASSERT_TRUE(send().ok());
  EXPECT_EQ(source_.sent.size(), 6U);
  EXPECT_LE(elapsed(), 62s);  // 2 + 4 + 8 + 16 + 32
  EXPECT_EQ(lane_->counters().throttled, 0U);
  EXPECT_EQ(lane_->counters().waited_ns, 0);
}

Response told(int remaining, int limit, std::string reset, int status = 200) {
  return {.status = status,
          .headers = {{"X-Left", std::to_string(remaining)},
                      {"X-Limit", std::to_string(limit)},
                      {"X-Reset", std::move(reset)},
                      {"Date", "Thu, 01 Jan 2026 00:00:00 GMT"}}};
}

ToldQuota told_quota() {
  return {.remaining_header = "X-Left", .limit_header = "X-Limit", .reset_header = "X-Reset"};
}

TEST_F(LaneTest, GivesUpEarlierWhenItIsAskedTo) {
  lane({.attempts = 5});
  source_.script = {refused("1"), Response{.status = 504}, reset()};
  const auto answer = send({.most_failures = 2});
  EXPECT_EQ(answer.error().reason, "source_unavailable");
  EXPECT_EQ(source_.sent.size(), 3U) << "a refusal is no failure";
}

TEST_F(LaneTest, WaitsForTheResetWhenNothingIsLeft) {
  lane({.told = told_quota()});
  source_.script = {told(1, 100, "40"), told(0, 100, "30"), told(99, 100, "60")};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send().ok());
  EXPECT_EQ(source_.sent.at(1).since_start, 0s);
  EXPECT_EQ(source_.sent.at(2).since_start, 30s);
}

TEST_F(LaneTest, LeavesToOthersTheShareThatIsTheirs) {
  ToldQuota quota = told_quota();
  quota.share = 0.5;
  lane({.told = quota});
  source_.script = {told(51, 100, "30"), told(50, 100, "30")};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send().ok());
  EXPECT_EQ(source_.sent.at(1).since_start, 0s);
  EXPECT_EQ(source_.sent.at(2).since_start, 30s);
}

// 2026-01-01T00:00:45Z against the answer's own clock, whatever ours says.
TEST_F(LaneTest, ReadsAResetThatIsATimeAgainstTheSourcesClock) {
  ToldQuota quota = told_quota();
  quota.reset_is_unix_time = true;
  lane({.told = quota});
  source_.script = {told(0, 100, "1767225645")};
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(send().ok());
  EXPECT_EQ(source_.sent.at(1).since_start, 46s);
}

TEST_F(LaneTest, ARefusalWithoutRetryAfterWaitsForTheReset) {
  lane({.told = told_quota()});
  source_.script = {told(0, 100, "50", 429)};
  ASSERT_TRUE(send().ok());
  EXPECT_GE(source_.sent.at(1).since_start, 50s);
  EXPECT_LE(source_.sent.at(1).since_start, 60s);
}

TEST_F(LaneTest, ARefusalWithLimitZeroMeansTooManyAtOnceAndWaitsShortly) {
  ToldQuota quota = told_quota();
  quota.zero_limit_is_concurrency = true;
  lane({.told = quota});
  source_.script = {told(0, 0, "50", 429)};
  ASSERT_TRUE(send().ok());
  EXPECT_LE(source_.sent.at(1).since_start, 4s);
}

TEST_F(LaneTest, ReturnsEveryOtherAnswerToTheCaller) {
  lane();
  for (const int status : {200, 204, 302, 400, 401, 403, 404, 410, 501, 505}) {
    source_.script = {Response{.status = status}};
    EXPECT_EQ(send().value().status, status);
  }
  source_.script = {base::Error{ErrorKind::kLimit, "source_protocol", "too large"}};
  EXPECT_EQ(send().error().kind, ErrorKind::kLimit);
  EXPECT_EQ(source_.sent.size(), 11U);
}

TEST_F(LaneTest, EndsAfterItsAttempts) {
  lane({.attempts = 3});
  source_.usual = {.status = 502};
  base::Error error = send().error();
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error.message, "graph.example answered 502; gave up after 3 attempts.");
  EXPECT_EQ(error.where, "https://graph.example/v1.0/users");
  source_.usual = refused("1");
  error = send().error();
  EXPECT_EQ(error.kind, ErrorKind::kThrottled);
  EXPECT_EQ(source_.sent.size(), 6U);
}

TEST_F(LaneTest, DoesNotRepeatALostAnswerToWhatMustNotHappenTwice) {
  lane();
  const SendOptions once{.idempotent = false};
  source_.script = {reset()};
  EXPECT_EQ(send(once).error().kind, ErrorKind::kUnavailable);
  source_.script = {Response{.status = 504}};
  EXPECT_EQ(send(once).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(source_.sent.size(), 2U);
  source_.script = {refused("1")};  // refused is not lost
  EXPECT_TRUE(send(once).ok());
}

TEST_F(LaneTest, EndsAtOnceWhenStoppedInAnyWait) {
  for (const std::string_view wait : {"hold", "back-off", "budget", "place", "answer"}) {
    SCOPED_TRACE(wait);
    lane({.units = 1, .window = 1h, .initial_in_flight = 1, .attempts = 100});
    stop_ = {};
    source_.script.clear();
    source_.usual = {.status = 200};
    source_.latency = 0s;
    if (wait == "hold") source_.usual = refused("600");
    if (wait == "back-off") source_.usual = {.status = 500};
    if (wait == "budget") {
      ASSERT_TRUE(send().ok());
    }
    if (wait == "place" || wait == "answer") source_.latency = 1h;
    const Duration before = elapsed();
    const int callers = wait == "place" ? 2 : 1;
    at_once(callers + 1, [&](int i) {
      if (i < callers) {
        EXPECT_EQ(send({.units = wait == "budget" ? 1.0 : 0.0}).error().kind,
                  ErrorKind::kCancelled);
      } else {
        base::sleep_for(*scheduler_, 300ms, {});
        stop_.request_stop();
      }
    });
    EXPECT_EQ(elapsed() - before, 300ms);
  }
}

TEST_F(LaneTest, ServesCallersInTheOrderTheyCame) {
  lane({.units = 1, .window = 10s});
  std::vector<int> order;
  at_once(6, [&](int i) {
    base::sleep_for(*scheduler_, i * 1ms, {});
    ASSERT_TRUE(send().ok());
    order.push_back(i);
  });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST_F(LaneTest, StartsWithFewAndGrowsInAQuietSpell) {
  lane({.initial_in_flight = 2, .max_in_flight = 4, .grow_after = 30s});
  source_.latency = 1s;
  const auto busy_for = [&](int requests) {
    source_.most_under_way = 0;
    at_once(6, [&](int) {
      for (int i = 0; i < requests; ++i) ASSERT_TRUE(send().ok());
    });
    return source_.most_under_way;
  };
  EXPECT_EQ(busy_for(3), 2);   // 9 s
  EXPECT_EQ(busy_for(12), 3);  // past the first 30 s
  EXPECT_EQ(busy_for(30), 4);
  EXPECT_EQ(busy_for(60), 4);
}

TEST_F(LaneTest, HalvesOnceForAllRefusalsOfOneMoment) {
  lane({.initial_in_flight = 8, .max_in_flight = 8});
  source_.latency = 100ms;
  for (int i = 0; i < 8; ++i) source_.script.push_back(refused("5"));
  at_once(8, [&](int) { ASSERT_TRUE(send().ok()); });
  source_.most_under_way = 0;
  at_once(8, [&](int) { ASSERT_TRUE(send().ok()); });
  EXPECT_EQ(source_.most_under_way, 4);
}

TEST_F(LaneTest, HalvesWhenTheSourceWarns) {
  lane({.initial_in_flight = 8, .max_in_flight = 8, .pressure_header = "x-percentage"});
  source_.script = {Response{.status = 200, .headers = {{"X-Percentage", "0.85"}}}};
  ASSERT_TRUE(send().ok());
  source_.latency = 10ms;
  at_once(8, [&](int) { ASSERT_TRUE(send().ok()); });
  EXPECT_EQ(source_.most_under_way, 8);
  source_.usual.headers = {{"X-Percentage", "0.9"}};
  ASSERT_TRUE(send().ok());
  source_.most_under_way = 0;
  at_once(8, [&](int) { ASSERT_TRUE(send().ok()); });
  EXPECT_EQ(source_.most_under_way, 4) << "one cut per window, however often it warns";
}

TEST_F(LaneTest, ChargesWhatTheSourceSaysTheRequestCost) {
  lane({.units = 10, .window = 10s, .cost_header = "x-unit"});
  source_.usual.headers = {{"X-Unit", "5"}};
  ASSERT_TRUE(send({.units = 1}).ok());
  ASSERT_TRUE(send({.units = 1}).ok());
  EXPECT_EQ(elapsed(), 0s);
  ASSERT_TRUE(send({.units = 1}).ok());
  EXPECT_GE(elapsed(), 10s);
  EXPECT_EQ(lane_->counters().resource_units, 15U);
}

TEST_F(LaneTest, LetsARequestThroughThatCostsMoreThanTheWholeBudget) {
  lane({.units = 10, .window = 10s});
  ASSERT_TRUE(send({.units = 50}).ok());
  ASSERT_TRUE(send({.units = 1}).ok());
  EXPECT_GE(elapsed(), 10s);
}

// The promise: whatever the travel times, a source that counts arrivals never counts more than the
// budget in any window, wherever it begins.
TEST(LaneBudget, IsNeverExceededInAnyWindowOfTheSource) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(seed);
    const auto scheduler = base::make_simulated_scheduler(seed);
    const auto random = base::make_seeded_random(seed);
    const auto logger = base::make_null_logger();
    ScriptedSource source(*scheduler);
    source.travel = [&] { return Duration(random->below(700'000'000)); };
    source.latency = Duration(random->below(200'000'000));
    constexpr std::size_t kUnits = 20;
    constexpr Duration kWindow = 1s;
    Lane lane({.name = "l", .units = kUnits, .window = kWindow, .initial_in_flight = 8},
              {*scheduler, source, *random, *logger});
    std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
    for (int i = 0; i < 8; ++i) {
      threads.push_back(scheduler->start("caller", [&] {
        for (int n = 0; n < 25; ++n) {
          if (random->below(10) == 0) base::sleep_for(*scheduler, 900ms, {});
          ASSERT_TRUE(lane.send({.url = "https://a.example/"}, {.units = 1}, {}).ok());
        }
      }));
    }
    for (const auto& thread : threads) thread->join();
    std::sort(source.arrivals.begin(), source.arrivals.end());
    ASSERT_EQ(source.arrivals.size(), 200U);
    for (std::size_t i = 0; i + kUnits < source.arrivals.size(); ++i) {
      ASSERT_GT(source.arrivals[i + kUnits] - source.arrivals[i], kWindow);
    }
  }
}

TEST(LaneBudget, CostsHardlyMoreThanTheQuotaItself) {
  const auto scheduler = base::make_simulated_scheduler(1);
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  ScriptedSource source(*scheduler);
  source.latency = 80ms;
  Lane lane({.name = "l", .units = 8'000, .window = 10s, .initial_in_flight = 8},
            {*scheduler, source, *random, *logger});
  std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
  for (int i = 0; i < 8; ++i) {
    threads.push_back(scheduler->start("caller", [&] {
      for (int n = 0; n < 100; ++n) {
        ASSERT_TRUE(lane.send({.url = "https://a.example/"}, {.units = 40}, {}).ok());
      }
    }));
  }
  for (const auto& thread : threads) thread->join();
  // 32,000 units: three windows must pass, then the last 8,000 need 2 s at eight in flight.
  EXPECT_LE(scheduler->now().since_start, 32s * 1.05);
}

TEST(Budget, FreesInTheOrderOfTheAnswers) {
  Budget budget(10, 1'000ms);
  budget.reserve(6);
  EXPECT_EQ(budget.ready_at(4, {0s}), Instant{0s});
  EXPECT_EQ(budget.ready_at(5, {0s}), Instant::never()) << "depends on an answer under way";
  budget.reserve(4);
  budget.settle(4, 4, {2s});
  budget.settle(6, 6, {3s});
  EXPECT_EQ(budget.ready_at(4, {3s}), Instant{3'001ms});
  EXPECT_EQ(budget.ready_at(5, {3s}), Instant{4'001ms});
  EXPECT_EQ(budget.ready_at(10, {5s}), Instant{5s});
}

TEST(RetryAfter, IsReadInEveryForm) {
  const base::WallTime now = std::chrono::sys_days{std::chrono::January / 1 / 2026};
  const auto read = [&](std::string_view text) { return parse_retry_after(text, now); };
  EXPECT_EQ(read("120"), 120s);
  EXPECT_EQ(read(" 3 "), 3s);
  EXPECT_EQ(read("0.4571"), 458ms) << "rounded up";
  EXPECT_EQ(read("1.5"), 1'500ms);
  EXPECT_EQ(read("0"), 0s);
  EXPECT_EQ(read("-5"), 0s);
  EXPECT_EQ(read("86401"), 24h);
  EXPECT_EQ(read("99999999999999999999999999"), 24h);
  EXPECT_EQ(read("0.00000000000000000001"), 0s);
  EXPECT_EQ(read("Thu, 01 Jan 2026 00:01:00 GMT"), 60s);
  EXPECT_EQ(read("Thursday, 01-Jan-26 00:01:00 GMT"), 60s);
  EXPECT_EQ(read("Thu Jan  1 00:01:00 2026"), 60s);
  EXPECT_EQ(read("Wed, 31 Dec 2025 23:00:00 GMT"), 0s);
  EXPECT_EQ(read("Thu, 01 Jan 2099 00:00:00 GMT"), 24h);
  for (const int year : {2400, 2600, 3000, 9000, 9999}) {
    EXPECT_EQ(read(fmt::format("Fri, 31 Dec {} 23:59:59 GMT", year)), 24h);
  }
  EXPECT_EQ(read("Sat, 01 Jan 0000 00:00:00 GMT"), 0s);
  for (const std::string_view bad :
       {"", "soon", "1e3", "inf", "nan", "0x10", "1.2.3", ".", "-", "12 s",
        "Thu, 32 Jan 2026 00:01:00 GMT", "Thu, 01 Jan 2026 25:01:00 GMT", "01 Jan 2026"}) {
    EXPECT_EQ(read(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace muster::net
