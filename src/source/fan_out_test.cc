#include "source/fan_out.h"

#include "source/test_support.h"

namespace muster::source::test {
namespace {

using base::Error;
using base::ErrorKind;

Error cancelled() { return {ErrorKind::kCancelled, "cancelled", "Stopped as asked."}; }
Error broken() { return {ErrorKind::kMalformed, "source_protocol", "Broken."}; }

TEST(Crew, AnErrorWinsOverWhatOthersSayAboutBeingCancelled) {
  for (const bool error_first : {true, false}) {
    const auto scheduler = base::make_simulated_scheduler(1);
    Crew crew(*scheduler, {});
    crew.start("early", 1, [&](const base::Stop&) -> base::Status {
      return error_first ? broken() : cancelled();
    });
    crew.start("late", 1, [&](const base::Stop&) -> base::Status {
      base::sleep_for(*scheduler, 1s, {});
      return error_first ? cancelled() : broken();
    });
    const base::Status status = crew.wait();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().reason, "source_protocol") << error_first;
  }
}

TEST(Crew, TheFirstOfTwoErrorsIsTheAnswerAndStopsTheOthers) {
  const auto scheduler = base::make_simulated_scheduler(1);
  Crew crew(*scheduler, {});
  crew.start("early", 1, [&](const base::Stop&) -> base::Status { return broken(); });
  crew.start("late", 3, [&](const base::Stop& stop) -> base::Status {
    base::sleep_for(*scheduler, 1h, stop);
    return Error{ErrorKind::kDenied, "source_permission", "No."};
  });
  EXPECT_EQ(crew.wait().error().reason, "source_protocol");
  EXPECT_LT(scheduler->now().since_start, 1s);
}

TEST(Crew, AnOuterStopReachesEveryMember) {
  const auto scheduler = base::make_simulated_scheduler(1);
  std::stop_source outer;
  Crew crew(*scheduler, outer.get_token());
  crew.start("member", 3, [&](const base::Stop& stop) -> base::Status {
    base::sleep_for(*scheduler, 1h, stop);
    return {};
  });
  outer.request_stop();
  EXPECT_EQ(crew.wait().error().kind, ErrorKind::kCancelled);
  EXPECT_LT(scheduler->now().since_start, 1s);
}

}  // namespace
}  // namespace muster::source::test
