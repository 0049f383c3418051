#include "service/backup_retention.h"

#include <algorithm>
#include <ranges>

namespace muster::service {
namespace {

using base::WallTime;

cctz::civil_second civil(WallTime at, const cctz::time_zone& zone) {
  return cctz::convert(std::chrono::floor<cctz::seconds>(at), zone);
}

cctz::civil_day week_of(cctz::civil_day day) {
  return cctz::prev_weekday(day + 1, cctz::weekday::monday);
}

}  // namespace

std::vector<Backup> scheduled_of(std::vector<Backup> all, std::string_view installation,
                                 std::string_view region) {
  std::erase_if(all, [&](const Backup& backup) {
    return !backup.is_scheduled() || backup.label->installation != installation ||
           backup.label->region != region;
  });
  std::ranges::sort(all, {}, &Backup::name);
  return all;
}

BackupKind next_kind(const std::vector<Backup>& mine, const Retention& retention,
                     const cctz::time_zone& zone, WallTime now) {
  const cctz::civil_second at = civil(now, zone);
  bool has_month = retention.monthly == 0;
  bool has_week = retention.weekly == 0;
  for (const Backup& backup : mine) {
    if (!backup.is_whole()) continue;
    const cctz::civil_second made = civil(backup.label->made, zone);
    const BackupKind kind = backup.label->kind;
    const bool is_monthly = kind == BackupKind::kMonthly;
    if (is_monthly && cctz::civil_month(made) == cctz::civil_month(at)) has_month = true;
    if ((is_monthly || kind == BackupKind::kWeekly) &&
        week_of(cctz::civil_day(made)) == week_of(cctz::civil_day(at))) {
      has_week = true;
    }
  }
  if (!has_month) return BackupKind::kMonthly;
  return has_week ? BackupKind::kDaily : BackupKind::kWeekly;
}

WallTime expiry_of(BackupKind kind, const Retention& retention, const cctz::time_zone& zone,
                   WallTime made) {
  cctz::civil_second at = civil(made, zone);
  if (kind == BackupKind::kMonthly) {
    // The 31st of a month that has none is the last day before the next.
    const cctz::civil_month month = cctz::civil_month(at) + static_cast<int>(retention.monthly);
    const cctz::civil_day last = cctz::civil_day(month + 1) - 1;
    const cctz::civil_day day(month.year(), month.month(), std::min(at.day(), last.day()));
    at =
        cctz::civil_second(day.year(), day.month(), day.day(), at.hour(), at.minute(), at.second());
  } else {
    const unsigned days = kind == BackupKind::kWeekly ? 7 * retention.weekly : retention.daily;
    const cctz::civil_day day = cctz::civil_day(at) + static_cast<int>(days);
    at =
        cctz::civil_second(day.year(), day.month(), day.day(), at.hour(), at.minute(), at.second());
  }
  return WallTime(cctz::convert(at, zone).time_since_epoch());
}

const Backup* last_good(const std::vector<Backup>& mine) {
  for (const Backup& backup : std::views::reverse(mine)) {
    if (backup.is_whole()) return &backup;
  }
  return nullptr;
}

std::vector<const Backup*> expired(const std::vector<Backup>& mine, WallTime now) {
  const Backup* const kept = last_good(mine);
  std::vector<const Backup*> gone;
  if (kept == nullptr) return gone;
  for (const Backup& backup : mine) {
    if (&backup == kept || !backup.label->expires || *backup.label->expires > now) continue;
    gone.push_back(&backup);
  }
  return gone;
}

}  // namespace muster::service
