// The importers of a site as the service knows them: each change is a version that stays.
//
//   Importer importer = TRY(importers.put({.importer = "entra", .definition = yaml}, "anna"));
//
// A definition is what an importer file says of one importer; this room does not look into it.
// Any thread. Errors: kConflict `version_conflict`, kMissing `no_such_importer`,
// `no_such_site`; kUnavailable `store_unavailable`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

struct ImporterVersion {
  std::int64_t version = 0;  // from 1 on
  std::string definition;
  base::WallTime changed{};
  std::string changed_by;
};

struct Importer {
  std::string site;
  std::string importer;  // its name; unique in the site
  ImporterVersion in_force;
  bool is_paused = false;
  // Of its schedule: what lies up to here was dealt with, or before it was made.
  base::WallTime last_tick{};
};

struct Change {
  std::string importer;
  std::string definition;
  // The version it was made from: another one is in force now is kConflict. Absent: whatever it is.
  std::optional<std::int64_t> from_version;
  bool has_new_schedule = true;  // it begins now: nothing before is caught up
};

class Importers {
 public:
  virtual ~Importers() = default;

  // A new version, or none when nothing changed.
  // `entry`, here and below: written with the change, or not at all.
  virtual base::Result<Importer> put(std::string_view site, const Change& change,
                                     std::string_view changed_by, base::WallTime at,
                                     const AuditEntry* entry = nullptr) = 0;
  virtual base::Result<std::vector<Importer>> list(std::string_view site) = 0;  // "": of all sites
  virtual base::Result<std::optional<Importer>> find(std::string_view site,
                                                     std::string_view importer) = 0;
  // Newest first.
  virtual base::Result<std::vector<ImporterVersion>> versions(std::string_view site,
                                                              std::string_view importer) = 0;
  virtual base::Status pause(std::string_view site, std::string_view importer, bool is_paused,
                             const AuditEntry* entry = nullptr) = 0;
  // Its versions stay: made anew, it goes on counting. kMissing `no_such_importer`.
  virtual base::Status remove(std::string_view site, std::string_view importer,
                              const AuditEntry& entry) = 0;
  // `tick` was ahead of the clock: it is taken back to here. That no tick becomes two jobs rests on
  // the queue.
  virtual base::Status take_back(std::string_view site, std::string_view importer,
                                 base::WallTime to) = 0;
  // A tick that becomes no job: it is older than a day, or lies in a blackout.
  virtual base::Status pass_over(std::string_view site, std::string_view importer,
                                 base::WallTime tick) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Importers>> open_importers(std::string_view url);

}  // namespace muster::store
