#include "cli/schedule_text.h"

#include "base/text.h"
#include "cli/tables.h"

namespace muster::cli {
namespace {

using service::PlannedTick;

std::string note_on(const PlannedTick& tick) {
  std::string note;
  if (tick.moved) note = "moved: the clock jumps over the time named";
  if (tick.skipped > 0) {
    if (!note.empty()) note += "; ";
    note += base::count_of(tick.skipped, "time") + " before it in a blackout";
  }
  return note;
}

std::string utc_text(base::WallTime at) {
  std::string text = base::format_utc(at).substr(0, 16);
  text[10] = ' ';
  return text + "Z";
}

std::string table_of(const Preview& preview) {
  const std::string& zone = preview.importer.schedule.time_zone;
  const bool is_utc = zone == "UTC";
  std::vector<Column> columns = {{zone}, {"UTC"}, {"note"}};
  if (is_utc) columns.erase(columns.begin());
  Table table(std::move(columns));
  for (const PlannedTick& tick : preview.ticks) {
    std::vector<std::string> cells = {service::local_text(preview.schedule, tick.tick),
                                      utc_text(tick.tick), note_on(tick)};
    if (is_utc) cells.erase(cells.begin());
    table.add(std::move(cells));
  }
  return table.text();
}

}  // namespace

std::string schedule_text(const Preview& preview) {
  const run::Importer& importer = preview.importer;
  std::string text = importer.name + ": " + base::printable(in_words(importer.schedule), 500);
  if (preview.schedule.is_none()) return text + "; it never runs by itself.\n";
  text += "\n";
  if (preview.ticks.empty()) {
    return text + "It never runs: every one of its times lies in a blackout.\n";
  }
  const auto spread = service::longest_spread(preview.schedule);
  return text + table_of(preview) +
         fmt::format("Each run starts up to {} later, always equally late for one importer.\n",
                     base::format_duration(spread));
}

void write_schedule(json::Writer& out, const Preview& preview) {
  const run::Importer& importer = preview.importer;
  out.begin_object();
  out.key("importer").string(importer.name);
  out.key("schedule").string(in_words(importer.schedule));
  out.key("time_zone").string(importer.schedule.time_zone);
  out.key("starts_within_seconds")
      .number(static_cast<std::int64_t>(service::longest_spread(preview.schedule).count()));
  out.key("ticks").begin_array();
  for (const PlannedTick& tick : preview.ticks) {
    out.begin_object();
    out.key("utc").string(base::format_utc(tick.tick));
    out.key("local").string(service::local_rfc3339(preview.schedule, tick.tick));
    out.key("moved").boolean(tick.moved);
    out.key("skipped_in_blackout").number(tick.skipped);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace muster::cli
