// A sandbox with the configuration of a site: to try a change without touching what is in use.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::service {

struct CloneSettings {
  std::string database;  // a URL; up to date already
  std::string from;
  std::string to;
  std::string name;  // for people
  base::WallTime trial_from{};
  store::AuditEntry entry;  // who does it and when; written into the log of the new site
};
// How many importers it has. Of them the newest versions, with their schedules paused and nothing
// of secrets: each is to be stored anew under the name that the importer gives it. Runs, jobs,
// people and notices are not copied. All of it or nothing.
// kMissing `no_such_site`; kConflict `site_exists`; kUnavailable `store_unavailable`.
base::Result<std::uint64_t> clone_site(const CloneSettings& settings);

// The definition of an importer for another site: secrets from files and variables of the machine
// become stored ones that have to be set, and files go to a folder of the site.
base::Result<std::string> definition_for_clone(const std::string& definition,
                                               const std::string& importer,
                                               const std::string& site);

}  // namespace muster::service
