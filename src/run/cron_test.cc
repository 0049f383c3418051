#include "run/cron.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::run {
namespace {

using testing::ElementsAre;

CronFields fields(std::string_view text) {
  std::vector<std::string> mistakes;
  const auto parsed = parse_cron(text, mistakes);
  EXPECT_TRUE(parsed && mistakes.empty()) << text << ": " << testing::PrintToString(mistakes);
  return parsed.value_or(CronFields{});
}

std::vector<std::string> mistakes(std::string_view text) {
  std::vector<std::string> found;
  EXPECT_FALSE(parse_cron(text, found)) << text;
  return found;
}

template <std::size_t kSize>
std::vector<int> members(const std::bitset<kSize>& set) {
  std::vector<int> values;
  for (std::size_t i = 0; i < kSize; ++i) {
    if (set.test(i)) values.push_back(static_cast<int>(i));
  }
  return values;
}

TEST(Cron, ReadsListsRangesStepsAndNames) {
  const CronFields read = fields("5,10-12,50/4  */6\t1-31/10 jan,MAR-may,12 mon-wed,fri");
  EXPECT_THAT(members(read.minutes), ElementsAre(5, 10, 11, 12, 50, 54, 58));
  EXPECT_THAT(members(read.hours), ElementsAre(0, 6, 12, 18));
  EXPECT_THAT(members(read.days), ElementsAre(1, 11, 21, 31));
  EXPECT_THAT(members(read.months), ElementsAre(1, 3, 4, 5, 12));
  EXPECT_THAT(members(read.weekdays), ElementsAre(1, 2, 3, 5));
}

TEST(Cron, TakesZeroAndSevenForSunday) {
  for (const char* text : {"0", "7", "sun", "Sun", "0,7"}) {
    EXPECT_THAT(members(fields(std::string("0 0 * * ") + text).weekdays), ElementsAre(0)) << text;
  }
  EXPECT_THAT(members(fields("0 0 * * fri-sun").weekdays), ElementsAre(0, 5, 6));
  EXPECT_THAT(members(fields("0 0 * * 5-7").weekdays), ElementsAre(0, 5, 6));
  EXPECT_THAT(members(fields("0 0 * * sun-tue").weekdays), ElementsAre(0, 1, 2));
  EXPECT_TRUE(fields("0 0 * * *").weekdays.all());
}

TEST(Cron, TakesEitherDayFieldWhenBothAreRestrictedAndBothOtherwise) {
  const CronFields either = fields("0 0 13 * fri");
  EXPECT_TRUE(either.match(3, 13, 1));   // the 13th, a Monday
  EXPECT_TRUE(either.match(3, 14, 5));   // a Friday
  EXPECT_FALSE(either.match(3, 14, 6));  // neither
  const CronFields only_day = fields("0 0 13 * *");
  EXPECT_TRUE(only_day.match(3, 13, 1));
  EXPECT_FALSE(only_day.match(3, 14, 5));
  // As every cron since the first: a field that begins with '*' does not count as restricted.
  const CronFields both = fields("0 0 */2 * mon");
  EXPECT_TRUE(both.match(3, 1, 1));
  EXPECT_FALSE(both.match(3, 2, 1));
  EXPECT_FALSE(both.match(3, 3, 2));
}

TEST(Cron, SaysWhichFieldIsWrongAndWhatIsAllowed) {
  const std::pair<const char*, const char*> table[] = {
      {"60 0 * * *", "\"60\" is no minute (0 to 59; with * , - and /)"},
      {"-1 0 * * *", "\"-1\" is no minute (0 to 59; with * , - and /)"},
      {"0 24 * * *", "\"24\" is no hour (0 to 23; with * , - and /)"},
      {"0 0 0 * *", "\"0\" is no day of month (1 to 31; with * , - and /)"},
      {"0 0 L * *", "\"L\" is no day of month (1 to 31; with * , - and /)"},
      {"0 0 * 13 *", "\"13\" is no month (1 to 12 or jan to dec; with * , - and /)"},
      {"0 0 * mon *", "\"mon\" is no month (1 to 12 or jan to dec; with * , - and /)"},
      {"0 0 * * 8",
       "\"8\" is no day of week (0 to 7 or sun to sat; 0 and 7 are Sunday; with * , - and /)"},
      {"0 0 * * sat-mon",
       "\"sat-mon\" is no day of week (0 to 7 or sun to sat; 0 and 7 are Sunday; with * , - and "
       "/)"},
      {"*/0 0 * * *", "\"*/0\" is no minute (0 to 59; with * , - and /)"},
      {"*/60 0 * * *", "\"*/60\" is no minute (0 to 59; with * , - and /)"},
      {"1, 0 * * *", "\"\" is no minute (0 to 59; with * , - and /)"},
      {"5- 0 * * *", "\"5-\" is no minute (0 to 59; with * , - and /)"},
      {"9-5 0 * * *", "\"9-5\" is no minute (0 to 59; with * , - and /)"},
      {"*-5 0 * * *", "\"*-5\" is no minute (0 to 59; with * , - and /)"},
      {"1/2/3 0 * * *", "\"1/2/3\" is no minute (0 to 59; with * , - and /)"},
      {"", "five fields are needed (minute, hour, day of month, month, day of week), not 0"},
      {"@daily", "five fields are needed (minute, hour, day of month, month, day of week), not 1"},
      {"0 0 0 * * *",
       "five fields are needed (minute, hour, day of month, month, day of week), not 6"},
  };
  for (const auto& [text, mistake] : table) EXPECT_THAT(mistakes(text), ElementsAre(mistake));
  EXPECT_THAT(mistakes("a b 1 1 1"), ElementsAre("\"a\" is no minute (0 to 59; with * , - and /)",
                                                 "\"b\" is no hour (0 to 23; with * , - and /)"));
}

TEST(Cron, RefusesWhatNeverHappens) {
  for (const char* text : {"0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30,31 feb */2"}) {
    EXPECT_THAT(mistakes(text), ElementsAre("this never happens: no chosen month has such a day"));
  }
  fields("0 0 29 2 *");
  fields("0 0 30 1,2 *");
  fields("0 0 30 2 mon");  // Mondays in February
}

}  // namespace
}  // namespace muster::run
