// How long backups on schedule are kept. Which kind one is, and so the day on which it expires, is
// decided when it is made and written into its label: the first of a month is kept so many months,
// the first of a week so many weeks, every other one so many days. Pure.
//
//   const BackupKind kind = next_kind(mine, retention, zone, now);
//   const base::WallTime expires = expiry_of(kind, retention, zone, now);
//   for (const Backup* backup : expired(mine, now)) TRY(place.remove(*backup));
#pragma once

#include <cctz/time_zone.h>

#include <string_view>
#include <vector>

#include "service/backup_place.h"

namespace muster::service {

struct Retention {
  unsigned daily = 7;     // days
  unsigned weekly = 4;    // weeks; 0: none is kept for longer because a week began
  unsigned monthly = 12;  // months; 0: likewise
};

// Those on schedule of one database, by time. Others are nobody's business here.
std::vector<Backup> scheduled_of(std::vector<Backup> all, std::string_view installation,
                                 std::string_view region);

// Weeks begin on Monday.
BackupKind next_kind(const std::vector<Backup>& mine, const Retention& retention,
                     const cctz::time_zone& zone, base::WallTime now);
// The same time of day, so many days, weeks or months later.
base::WallTime expiry_of(BackupKind kind, const Retention& retention, const cctz::time_zone& zone,
                         base::WallTime made);

// The newest one that is whole; null: none.
const Backup* last_good(const std::vector<Backup>& mine);
// Whose day has come; never the last good one, and none at all where there is no good one.
std::vector<const Backup*> expired(const std::vector<Backup>& mine, base::WallTime now);

}  // namespace muster::service
