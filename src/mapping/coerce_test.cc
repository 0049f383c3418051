#include "mapping/coerce.h"

#include <gtest/gtest.h>

namespace muster::mapping {
namespace {

using catalogue::AttributeType;

std::string time_of(std::string_view text) {
  std::string out;
  return append_coerced(out, text, AttributeType::kDateTime) == Coerced::kWritten ? out : "bad";
}

TEST(Coerce, ReadsOffsetsWithAndWithoutAColon) {
  EXPECT_EQ(time_of("2026-11-23T03:04:05+01:00"), R"("2026-11-23T02:04:05Z")");
  EXPECT_EQ(time_of("2026-11-23T03:04:05+0100"), R"("2026-11-23T02:04:05Z")");
  EXPECT_EQ(time_of("2026-11-23T03:04:05.250-0530"), R"("2026-11-23T08:34:05Z")");
  for (const char* bad : {"2026-11-23T03:04:05+100", "2026-11-23T03:04:05+2460", "2026-11-23-0100",
                          "2026-11-23T03:04:05 0100", "2026-11-23T03:04:05+01000"}) {
    EXPECT_EQ(time_of(bad), "bad") << bad;
  }
}

}  // namespace
}  // namespace muster::mapping
