// `muster schedule FILE [IMPORTER]`: when importers would run by themselves. Starts nothing.
#include "base/scheduler.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/schedule_text.h"

namespace muster::cli {

int schedule_command(const ScheduleArguments& arguments, Console& console) {
  const std::vector<run::Importer> importers =
      choose_importers(arguments.which, std::nullopt, console);
  if (importers.empty()) return kUsage;
  const base::WallTime now = base::make_real_scheduler()->wall_now();
  std::string text;
  json::Writer json(text);
  if (arguments.json) json.begin_array();
  for (const run::Importer& importer : importers) {
    const auto schedule = service::Schedule::make(importer.schedule);
    if (!schedule.ok()) return console.error(schedule.error()), exit_code(schedule.error());
    const Preview preview{importer, *schedule, service::ticks(*schedule, now, arguments.count)};
    if (arguments.json) {
      write_schedule(json, preview);
    } else {
      text += (text.empty() ? "" : "\n") + schedule_text(preview);
    }
  }
  if (arguments.json) json.end_array();
  console.out(arguments.json ? text + "\n" : text);
  return kOk;
}

}  // namespace muster::cli
