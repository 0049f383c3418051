#include "service/backup_retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/backup_files.h"
#include "service/test_support.h"

namespace muster::service {
namespace {

using base::WallTime;
using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

const cctz::time_zone kUtc = cctz::utc_time_zone();

Backup made_at(WallTime made, BackupKind kind, WallTime expires) {
  Backup backup{.name = backup_name(made, kind), .path = {}, .files = {{"", "", 5}}, .label = {}};
  backup.label = BackupLabel{.kind = kind,
                             .made = made,
                             .tick = {},
                             .expires = expires,
                             .installation = "i",
                             .region = {},
                             .muster = {},
                             .key = {},
                             .files = {{file_of(""), 5}}};
  return backup;
}

// One each night, tidied right afterwards, as the service does it.
std::vector<Backup> after_nights(WallTime first, int nights, const Retention& retention,
                                 const cctz::time_zone& zone = kUtc) {
  std::vector<Backup> kept;
  for (int night = 0; night < nights; ++night) {
    const WallTime now = first + days(night);
    const BackupKind kind = next_kind(kept, retention, zone, now);
    kept.push_back(made_at(now, kind, expiry_of(kind, retention, zone, now)));
    std::vector<std::string> gone;
    for (const Backup* backup : expired(kept, now)) gone.push_back(backup->name);
    std::erase_if(kept, [&](const Backup& backup) {
      return std::ranges::find(gone, backup.name) != gone.end();
    });
  }
  return kept;
}

std::size_t count(const std::vector<Backup>& all, BackupKind kind) {
  return static_cast<std::size_t>(
      std::ranges::count(all, kind, [](const Backup& backup) { return backup.label->kind; }));
}

TEST(BackupRetentionTest, KeepsAsManyOfEachKindAsItSays) {
  // 2027-01-01 is a Friday.
  const auto kept = after_nights(at("2027-01-01 02:30"), 800, {7, 4, 12});
  EXPECT_EQ(count(kept, BackupKind::kMonthly), 12U);
  EXPECT_EQ(count(kept, BackupKind::kWeekly), 4U);
  // Of the last seven days, those on which neither a week nor a month began.
  EXPECT_GE(count(kept, BackupKind::kDaily), 5U);
  EXPECT_LE(count(kept, BackupKind::kDaily), 7U);
  for (int night = 799; night > 792; --night) {
    const WallTime of = at("2027-01-01 02:30") + days(night);
    EXPECT_TRUE(std::ranges::any_of(kept, [&](const auto& b) { return b.label->made == of; }))
        << night;
  }
}

TEST(BackupRetentionTest, TheFirstOfAMonthIsMonthlyAndTheFirstOfAWeekWeekly) {
  std::vector<std::string> kinds;
  for (const Backup& backup : after_nights(at("2027-01-30 02:30"), 6, {30, 4, 12})) {
    kinds.push_back(backup.name.substr(0, 8) + " " + std::string(to_string(backup.label->kind)));
  }
  // Monday is the first day of a month as well: no second one is kept for its week.
  EXPECT_THAT(kinds, ElementsAre("20270130 monthly", "20270131 daily", "20270201 monthly",
                                 "20270202 daily", "20270203 daily", "20270204 daily"));
  EXPECT_EQ(next_kind({}, {7, 4, 0}, kUtc, at("2027-01-30 02:30")), BackupKind::kWeekly);
  EXPECT_EQ(next_kind({}, {7, 0, 0}, kUtc, at("2027-01-30 02:30")), BackupKind::kDaily);
}

TEST(BackupRetentionTest, DaysAndMonthsAreThoseOfTheScheduleZone) {
  cctz::time_zone tokyo;
  ASSERT_TRUE(cctz::load_time_zone("Asia/Tokyo", &tokyo));
  const WallTime late = at("2027-01-31 20:00");  // 5:00 on 1 February there
  const std::vector<Backup> january = {
      made_at(at("2027-01-25 02:00"), BackupKind::kMonthly, WallTime::max())};
  EXPECT_EQ(next_kind(january, {}, tokyo, late), BackupKind::kMonthly);
  EXPECT_EQ(next_kind(january, {}, kUtc, late), BackupKind::kDaily);
}

TEST(BackupRetentionTest, SaysTheDayAtOnce) {
  const Retention retention{7, 4, 1};
  const WallTime made = at("2027-01-31 02:30");
  EXPECT_EQ(shown(expiry_of(BackupKind::kDaily, retention, kUtc, made)), "2027-02-07 02:30");
  EXPECT_EQ(shown(expiry_of(BackupKind::kWeekly, retention, kUtc, made)), "2027-02-28 02:30");
  EXPECT_EQ(shown(expiry_of(BackupKind::kMonthly, retention, kUtc, made)), "2027-02-28 02:30")
      << "there is no 31 February";
}

TEST(BackupRetentionTest, NeverRemovesTheLastGoodOne) {
  std::vector<Backup> all = {
      made_at(at("2027-01-01 00:00"), BackupKind::kDaily, at("2027-01-02 00:00")),
      made_at(at("2027-01-02 00:00"), BackupKind::kDaily, at("2027-01-03 00:00")),
      made_at(at("2027-01-03 00:00"), BackupKind::kDaily, at("2027-01-04 00:00"))};
  const WallTime now = at("2028-01-01 00:00");
  EXPECT_THAT(expired(all, now), ElementsAre(&all[0], &all[1]));
  all[2].files[0].bytes = 4;  // cut off: the one before is the last good one
  EXPECT_THAT(expired(all, now), ElementsAre(&all[0], &all[2]));
  for (Backup& backup : all) backup.files.clear();
  EXPECT_THAT(expired(all, now), IsEmpty()) << "nothing is known to be good";
}

TEST(BackupRetentionTest, OnlyThoseOnScheduleOfTheSameDatabaseAreItsBusiness) {
  const WallTime made = at("2027-01-01 00:00");
  Backup by_hand = made_at(made, BackupKind::kManual, made);
  Backup other = made_at(made, BackupKind::kDaily, made);
  other.label->installation = "another";
  Backup elsewhere = made_at(made, BackupKind::kDaily, made);
  elsewhere.label->region = "eu";
  Backup renamed = made_at(made, BackupKind::kDaily, made);
  renamed.name = backup_name(made, BackupKind::kManual);
  Backup unlabelled = made_at(made, BackupKind::kDaily, made);
  unlabelled.label.reset();
  Backup promoted = made_at(made, BackupKind::kDaily, made);
  promoted.name = backup_name(made, BackupKind::kMonthly);
  const std::vector<Backup> all = {by_hand, other, elsewhere, renamed, unlabelled, promoted};
  EXPECT_THAT(scheduled_of(all, "i", ""), IsEmpty());
  EXPECT_EQ(scheduled_of(all, "i", "eu").size(), 1U);
}

TEST(BackupRetentionTest, NamesSayWhenAndWhich) {
  const WallTime made = at("2026-11-27 02:15") + hours(0);
  EXPECT_EQ(backup_name(made, BackupKind::kManual).substr(0, 15), "20261127T021500");
  EXPECT_TRUE(backup_name(made, BackupKind::kWeekly).ends_with("Z-weekly"));
  for (const BackupKind kind : {BackupKind::kManual, BackupKind::kDaily, BackupKind::kMonthly}) {
    EXPECT_TRUE(is_backup_name(backup_name(made, kind)));
    EXPECT_EQ(kind_in_name(backup_name(made, kind)), kind);
  }
  for (const std::string_view name :
       {"", ".20261127T021500000Z", "20261127T021500000Z-yearly", "20261127T021500000Z-manual",
        "20261127T021500000Z-daily.remove", "notes-daily", "20261127T02/500Z",
        "20261127T021500000Z-"}) {
    EXPECT_FALSE(is_backup_name(name)) << name;
  }
}

TEST(BackupLabelTest, ReadsWhatItWrote) {
  BackupLabel label =
      *made_at(at("2027-01-01 00:00"), BackupKind::kDaily, at("2027-01-08 00:00")).label;
  label.tick = at("2026-12-31 23:59");
  label.region = "eu";
  const auto read = parse_label(to_json(label));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->kind, label.kind);
  EXPECT_EQ(read->made, label.made);
  EXPECT_EQ(read->tick, label.tick);
  EXPECT_EQ(read->expires, label.expires);
  EXPECT_EQ(read->installation, "i");
  EXPECT_EQ(read->region, "eu");
  EXPECT_EQ(read->files.at(0).bytes, 5U);
}

TEST(BackupLabelTest, RefusesWhatIsNone) {
  for (
      const char* text :
      {"", "[]", "{}", R"({"backup":2,"kind":"daily","made":"2027-01-01T00:00:00Z","files":[]})",
       R"({"backup":1,"kind":"yearly","made":"2027-01-01T00:00:00Z","files":[]})",
       R"({"backup":1,"kind":"daily","made":"soon","files":[]})",
       R"({"backup":1,"kind":"daily","made":"2027-01-01T00:00:00Z","files":[{"file":"a","bytes":-1}]})"}) {
    EXPECT_FALSE(parse_label(text).ok()) << text;
  }
}

}  // namespace
}  // namespace muster::service
