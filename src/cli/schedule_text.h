// When an importer would run by itself, for people and as JSON.
#pragma once

#include <string>

#include "json/writer.h"
#include "run/importer.h"
#include "service/schedule.h"

namespace muster::cli {

struct Preview {
  const run::Importer& importer;
  const service::Schedule& schedule;
  std::vector<service::PlannedTick> ticks;
};

std::string schedule_text(const Preview& preview);
void write_schedule(json::Writer& out, const Preview& preview);

}  // namespace muster::cli
