#include "service/schedule_json.h"

#include "base/text.h"

namespace muster::service {

void write_schedule(json::Writer& out, const Preview& preview) {
  const run::Importer& importer = preview.importer;
  out.begin_object();
  out.key("importer").string(importer.name);
  out.key("schedule").string(in_words(importer.schedule));
  out.key("time_zone").string(importer.schedule.time_zone);
  out.key("starts_within_seconds")
      .number(static_cast<std::int64_t>(longest_spread(preview.schedule).count()));
  out.key("ticks").begin_array();
  for (const PlannedTick& tick : preview.ticks) {
    out.begin_object();
    out.key("utc").string(base::format_utc(tick.tick));
    out.key("local").string(local_rfc3339(preview.schedule, tick.tick));
    out.key("moved").boolean(tick.moved);
    out.key("skipped_in_blackout").number(tick.skipped);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace muster::service
