// One importer as a value: connection, selection, destination, limits, safety. Secrets are still
// names of places here; resolve_connection() reads them just before a run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assets/destination.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "catalogue/loader.h"
#include "mapping/plan.h"
#include "mapping/selection.h"
#include "run/schedule.h"
#include "source/session.h"

namespace muster::run {

// Where a secret is: exactly one is set.
struct SecretPlace {
  std::string env;
  std::string file;
  std::string secret;  // a stored one, by name
  catalogue::Mark mark;
};

struct TrustSettings {
  std::string ca_file;  // relative ones start at the importer file's folder
  catalogue::Mark ca_file_mark;
  bool allow_private_address = false;
};

struct DestinationSettings {
  enum class Type { kJsmAssets, kFiles };
  enum class Missing { kRemove, kUpdate, kIgnore, kUnknown };
  Type type = Type::kJsmAssets;
  SecretPlace token;
  std::string api_url = "https://api.atlassian.com";
  TrustSettings trust;
  std::string schema_name;
  std::string schema_description;
  Missing missing_objects = Missing::kUnknown;
  std::string directory;  // kFiles
};

// What the gate lets pass.
struct Thresholds {
  double max_missing_percent = 20;
  std::uint64_t max_missing_objects = 100;
  double max_blanked_percent = 20;
};

struct Safety {
  Thresholds thresholds;
  std::map<std::string, Thresholds, std::less<>> data_sets;  // where they differ
  std::uint64_t reject_limit = 100;
  // Objects whose records are parked may be treated as missing in Assets without asking.
  bool accept_parked = false;

  const Thresholds& of(std::string_view data_set) const {
    const auto own = data_sets.find(data_set);
    return own == data_sets.end() ? thresholds : own->second;
  }
};

struct Importer {
  std::string name;
  std::string file;  // where it was read from, for messages
  catalogue::Mark mark;
  std::shared_ptr<const catalogue::Source> source;
  std::map<std::string, std::string> values;  // connection
  std::map<std::string, SecretPlace> secrets;
  TrustSettings trust;
  mapping::Selection selection;
  DestinationSettings destination;
  source::RetrySettings retry;
  base::Duration deadline = std::chrono::hours(6);
  ScheduleSettings schedule;
  Safety safety;
};

struct ImporterFile {
  std::vector<Importer> importers;
  catalogue::Findings findings;  // importers are usable only without errors
};

// All findings at once: unknown keys with suggestions, wrong types, clear-text secrets, impossible
// limits, and everything make_plan() finds. Reads no secret and sends nothing.
ImporterFile load_importers(const std::string& path, const catalogue::Library& library);
ImporterFile load_importers_text(std::string_view text, const std::string& name,
                                 const catalogue::Library& library);

// What a run would miss: unset variables, unreadable files. All of them, to be shown beside the
// file's own findings. A plan sends nothing and so needs the source's places only.
enum class Places { kSource, kSourceAndDestination };
catalogue::Findings check_places(const Importer& importer, Places places);

// Gives a stored secret by its name; empty: there are none here.
using StoredSecrets = std::function<base::Result<base::Secret>(const std::string& name)>;

// Reads environment variables, files and stored secrets. kSettings naming file:line:column, never
// the value.
base::Result<source::ConnectionValues> resolve_connection(const Importer& importer,
                                                          const StoredSecrets& stored = {});
base::Result<base::Secret> resolve_secret(const SecretPlace& place, const std::string& file,
                                          std::string_view what, const StoredSecrets& stored = {});
// Overwrites and unsets the environment variables that secrets of this importer came from, so that
// /proc/PID/environ does not show them for as long as the run lasts. No other thread may use the
// environment meanwhile.
void wipe_variables(const Importer& importer);

}  // namespace muster::run
