// When an importer would run by itself, as JSON.
#pragma once

#include <vector>

#include "json/writer.h"
#include "run/importer.h"
#include "service/schedule.h"

namespace muster::service {

struct Preview {
  const run::Importer& importer;
  const Schedule& schedule;
  std::vector<PlannedTick> ticks;
};

void write_schedule(json::Writer& out, const Preview& preview);

}  // namespace muster::service
