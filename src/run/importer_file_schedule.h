// `schedule` of an importer file: checked here, so that a slip shows when the file is written and
// not when a night passed without a run. The service reads the text that comes back.
#pragma once

#include <string>

#include "catalogue/checker.h"

namespace muster::run {

// "none", "hourly", or one line of flow YAML such as `{ daily: "02:30", time_zone: "UTC" }`.
std::string read_schedule(catalogue::Checker& check, const catalogue::YamlNode* node);

}  // namespace muster::run
