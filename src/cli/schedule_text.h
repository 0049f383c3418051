// When an importer would run by itself, for people.
#pragma once

#include <string>

#include "service/schedule_json.h"

namespace muster::cli {

using service::Preview;

std::string schedule_text(const Preview& preview);

}  // namespace muster::cli
