#include "service/job_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::service {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

base::Instant at(base::Duration since_start) { return base::Instant{since_start}; }

TEST(ProgressJson, SaysForHowLongAndByWhomARunIsHeldBack) {
  run::Progress progress;
  progress.source_title = "Microsoft Entra ID";
  progress.source_pause.asked_until_ns = base::Duration(seconds(12)).count();
  EXPECT_THAT(progress_json(progress, at(seconds(0))), HasSubstr(R"("waiting":"")"))
      << "before signing in nobody has a name";
  progress.phase = run::Phase::kReading;
  const std::string held = progress_json(progress, at(seconds(2)));
  EXPECT_THAT(held, HasSubstr(R"("waiting_seconds":10)"));
  EXPECT_THAT(held, HasSubstr(R"("waiting":"waiting 10 s: Microsoft Entra ID asked for a pause")"));
  EXPECT_THAT(progress_json(progress, at(seconds(12))), HasSubstr(R"("waiting_seconds":0,)"));
}

}  // namespace
}  // namespace muster::service
