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

}  // namespace muster::cli
