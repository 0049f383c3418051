#include "net/token.h"

#include <gtest/gtest.h>

namespace muster::net {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using base::Secret;

class TokenTest : public ::testing::Test {
 protected:
  TokenCache& cache(base::Duration lifetime = 1h) {
    cache_ = std::make_unique<TokenCache>(
        *scheduler_, [this, lifetime](const base::Stop& stop) -> base::Result<Token> {
          ++fetches_;
          const int number = fetches_;
          if (!base::sleep_for(*scheduler_, fetch_time_, stop)) {
            return base::Error{ErrorKind::kCancelled, "cancelled", "Stopped."};
          }
          if (fails_) return base::Error{ErrorKind::kDenied, "source_sign_in", "No."};
          return Token{Secret("token-" + std::to_string(number)), lifetime};
        });
    return *cache_;
  }
  std::string get(const base::Stop& stop = {}) {
    const auto token = cache_->get(stop);
    return token.ok() ? std::string(token->reveal()) : token.error().reason;
  }
  void at_once(int threads, const std::function<void(int)>& body) {
    std::vector<std::unique_ptr<base::Scheduler::Thread>> started;
    for (int i = 0; i < threads; ++i) {
      started.push_back(scheduler_->start("caller", [&body, i] { body(i); }));
    }
    for (const auto& thread : started) thread->join();
  }
  void pass(base::Duration time) { ASSERT_TRUE(base::sleep_for(*scheduler_, time, {})); }

  std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(3);
  std::unique_ptr<TokenCache> cache_;
  base::Duration fetch_time_ = 200ms;
  int fetches_ = 0;
  bool fails_ = false;
};

TEST_F(TokenTest, IsFetchedOnceForAllWhoAskAtTheSameTime) {
  cache();
  at_once(8, [&](int) { EXPECT_EQ(get(), "token-1"); });
  EXPECT_EQ(get(), "token-1");
  EXPECT_EQ(fetches_, 1);
}

TEST_F(TokenTest, IsRenewedBeforeItEnds) {
  cache(1h);
  get();
  pass(55min - 1s);
  EXPECT_EQ(get(), "token-1");
  pass(1s);
  EXPECT_EQ(get(), "token-2");

  cache(10min);  // a tenth is less than five minutes
  fetches_ = 0;
  get();
  pass(9min - 1s);
  EXPECT_EQ(get(), "token-1");
  pass(1s);
  EXPECT_EQ(get(), "token-2");
}

TEST_F(TokenTest, WithoutALifetimeStaysGood) {
  cache(0s);
  get();
  pass(24h * 365);
  EXPECT_EQ(get(), "token-1");
}

TEST_F(TokenTest, FailureReachesAllWhoWaitedAndIsForgotten) {
  cache();
  fails_ = true;
  at_once(8, [&](int) { EXPECT_EQ(get(), "source_sign_in"); });
  EXPECT_EQ(fetches_, 1);
  fails_ = false;
  EXPECT_EQ(get(), "token-2");
}

TEST_F(TokenTest, IsFetchedAgainOnceAfterARefusal) {
  cache();
  const Secret first = cache_->get({}).value();
  at_once(8, [&](int) {
    cache_->refuse(first);  // all eight saw the 401
    EXPECT_EQ(get(), "token-2");
  });
  cache_->refuse(first);  // a late 401 to the old one
  EXPECT_EQ(get(), "token-2");
  EXPECT_EQ(fetches_, 2);
}

TEST_F(TokenTest, WaitEndsWhenTheCallerIsStopped) {
  cache();
  fetch_time_ = 10s;
  std::stop_source stop;
  at_once(3, [&](int i) {
    if (i == 0) {
      EXPECT_EQ(get(), "token-1");
    }
    if (i == 1) {
      pass(1ms);
      EXPECT_EQ(get(stop.get_token()), "cancelled");
      EXPECT_LT(scheduler_->now().since_start, 1s);
    }
    if (i == 2) {
      pass(500ms);
      stop.request_stop();
    }
  });
}

TEST_F(TokenTest, StoppingTheOneWhoFetchesDoesNotStopTheOthers) {
  cache();
  std::stop_source stop;
  at_once(3, [&](int i) {
    if (i == 0) {
      EXPECT_EQ(get(stop.get_token()), "cancelled");
    }
    if (i == 1) {
      pass(1ms);
      EXPECT_EQ(get(), "token-2");
    }
    if (i == 2) {
      pass(50ms);
      stop.request_stop();
    }
  });
}

// Accepts only one token, and that may change.
class Guard final : public HttpClient {
 public:
  base::Result<Response> send(const Request& request, const base::Stop&) override {
    ++requests;
    last_url = request.url;
    return Response{.status = request.bearer.reveal() == accepted ? 200 : 401};
  }
  std::string accepted = "token-1";
  std::string last_url;
  int requests = 0;
};

TEST_F(TokenTest, RenewsOnceOn401AndGivesBackASecondOne) {
  cache();
  Guard guard;
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  Lane lane({.name = "l"}, {*scheduler_, guard, *random, *logger});
  const auto send = [&] {
    return send_authorised(lane, *cache_, {.url = "https://a.example/x"}, {}, {}).value().status;
  };
  EXPECT_EQ(send(), 200);
  EXPECT_EQ(guard.requests, 1);
  guard.accepted = "token-2";
  EXPECT_EQ(send(), 200);
  EXPECT_EQ(guard.requests, 3);
  guard.accepted = "none";
  EXPECT_EQ(send(), 401);
  EXPECT_EQ(guard.requests, 5);
  EXPECT_EQ(fetches_, 3);
}

// Every answer takes long, as the first ones do in a lane that waits.
class SlowGuard final : public HttpClient {
 public:
  explicit SlowGuard(base::Scheduler& scheduler) : scheduler_(scheduler) {}
  base::Result<Response> send(const Request&, const base::Stop& stop) override {
    const bool slow = ++requests < fast_from;
    if (slow) base::sleep_for(scheduler_, 2s, stop);
    return Response{.status = slow ? 401 : 200};
  }
  int requests = 0;
  int fast_from = 4;

 private:
  base::Scheduler& scheduler_;
};

TEST_F(TokenTest, DoesNotTakeItsEndWhileTheRequestWaitedForARefusal) {
  cache(1s);
  SlowGuard guard(*scheduler_);
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  Lane lane({.name = "l"}, {*scheduler_, guard, *random, *logger});
  const auto send = [&] {
    return send_authorised(lane, *cache_, {.url = "https://a.example/x"}, {}, {}).value().status;
  };
  EXPECT_EQ(send(), 200);
  EXPECT_EQ(fetches_, 4);
  guard.fast_from = 1'000;
  EXPECT_EQ(send(), 401) << "not for ever";
}

}  // namespace
}  // namespace muster::net
