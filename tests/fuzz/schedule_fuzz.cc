// When something runs: cron texts, and `schedule` and `blackout` of an importer file. Any bytes end
// in mistakes that can be shown, or in ticks that go forward.
#include "run/importer_file_schedule.h"
#include "service/due.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;

void check_ticks(const run::ScheduleSettings& settings, base::WallTime now) {
  const auto made = service::Schedule::make(settings);
  if (!made.ok()) {
    fuzz::require_printable(made.error().message);
    return;
  }
  const service::Schedule& schedule = *made;
  require(schedule.is_none() == !next_tick(schedule, now).has_value());
  base::WallTime before = now;
  for (const service::PlannedTick& tick : ticks(schedule, now, 5)) {
    require(tick.tick > before && !schedule.blackouts().contain(tick.tick));
    require(!local_text(schedule, tick.tick).empty());
    before = tick.tick;
  }
  const service::ScheduleState state{.last_tick = now, .spread = longest_spread(schedule)};
  const base::WallTime later = now + std::chrono::hours(30);
  const service::Due due = service::due(schedule, state, later);
  require(due.last_tick >= now && due.last_tick <= later);
  if (due.run) require(due.run->nominal > now && due.run->start <= later);
  if (due.look_again) require(*due.look_again > later);
}

void try_cron(Input& input, base::WallTime now) {
  constexpr const char* kZones[] = {"UTC", "Europe/Berlin", "Australia/Lord_Howe",
                                    "America/Santiago"};
  const char* zone = kZones[input.choice(4)];
  const std::string text = input.rest();
  std::vector<std::string> mistakes;
  const auto fields = run::parse_cron(text, mistakes);
  require(fields.has_value() == mistakes.empty());
  for (const std::string& mistake : mistakes) fuzz::require_printable(mistake);
  if (fields) check_ticks({.form = run::Cron{*fields, text}, .time_zone = zone}, now);
}

void try_importer_file(Input& input, base::WallTime now) {
  const catalogue::YamlFile file = catalogue::parse_yaml(input.rest(), "fuzz.yaml");
  if (catalogue::has_errors(file.findings)) return;
  catalogue::Findings findings;
  catalogue::Checker check(file.name, findings);
  const run::ScheduleSettings settings =
      run::read_schedule(check, file.root.find("schedule"), file.root.find("blackout"));
  for (const catalogue::Finding& finding : findings) {
    require(finding.mark.line != 0);
    fuzz::require_printable(finding.message);
  }
  require(!in_words(settings).empty());
  if (findings.empty()) check_ticks(settings, now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const unsigned parser = input.choice(2);
  // 2025 to 2045, an odd second.
  const base::WallTime now(std::chrono::seconds(1'735'689'601 + input.byte() * 2'466'137LL));
  if (parser == 0) {
    try_cron(input, now);
  } else {
    try_importer_file(input, now);
  }
  return 0;
}
