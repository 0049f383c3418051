#include "cli/progress_view.h"

#include "base/text.h"
#include "cli/tables.h"

namespace muster::cli {
namespace {

constexpr auto kRateWindow = std::chrono::seconds(5);
constexpr std::size_t kBarWidth = 24;
constexpr int kCancelSeconds = 10;  // as long as assets/execution.cc tries to cancel

std::string known_bar(std::uint64_t count, std::uint64_t total) {
  const double share = std::min(1.0, static_cast<double>(count) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kBarWidth);
  std::string bar(filled, '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  return bar;
}

// A mark that walks to and fro.
std::string unknown_bar(std::uint64_t tick) {
  constexpr std::string_view kMark = "<=>";
  constexpr std::size_t kRoom = kBarWidth - kMark.size();
  const std::size_t step = tick % (2 * kRoom);
  std::string bar(kBarWidth, ' ');
  bar.replace(step < kRoom ? step : 2 * kRoom - step, kMark.size(), kMark);
  return bar;
}

std::string bar_of(const BarView& bar, std::uint64_t tick) {
  if (bar.done) return std::string(kBarWidth, '=');
  if (bar.total > 0) return known_bar(bar.count, bar.total);
  return bar.count == 0 ? std::string(kBarWidth, ' ') : unknown_bar(tick);
}

std::string count_text(const BarView& bar) {
  const bool shows_total = bar.total > 0 && !bar.done;
  std::string text = base::with_thousands(bar.count);
  if (shows_total) text += " of " + base::with_thousands(bar.total);
  const bool is_one = (shows_total ? bar.total : bar.count) == 1;
  return fmt::format("{} {}{}", text, bar.unit, is_one ? "" : "s");
}

std::string rate_text(const BarView& bar) {
  if (bar.done || bar.rate < 1) return "";
  return base::with_thousands(static_cast<std::uint64_t>(bar.rate)) + "/s";
}

std::string cut(std::string line, std::size_t width) {
  // Names and units are ASCII, so bytes are columns.
  if (line.size() > width) line.resize(width);
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

BarView data_set_bar(const run::DataSetProgress& set, RateMeter& meter, base::Instant now) {
  BarView bar{.name = set.name, .count = set.fetched, .total = set.total, .unit = "record"};
  bar.rate = meter.rate("set " + set.name, bar.count, now);
  bar.detail = base::count_of(set.pages, "page");
  if (set.rejected > 0)
    bar.detail += fmt::format(", {} rejected", base::with_thousands(set.rejected));
  bar.done = set.done;
  return bar;
}

BarView relation_bar(const run::RelationProgress& relation, RateMeter& meter, base::Instant now) {
  BarView bar{.name = relation.name,
              .count = relation.counters.parents_done,
              .total = relation.parents,
              .unit = "parent"};
  bar.rate = meter.rate("relation " + relation.name, bar.count, now);
  bar.detail = base::count_of(relation.counters.pairs, "link");
  bar.done = relation.done;
  return bar;
}

}  // namespace

double RateMeter::rate(const std::string& name, std::uint64_t count, base::Instant now) {
  std::deque<Sample>& samples = samples_[name];
  // A listing that begins again counts from zero again.
  if (!samples.empty() && count < samples.back().count) samples.clear();
  samples.push_back({now, count});
  while (samples.size() > 2 && now - samples.front().at > kRateWindow) samples.pop_front();
  const base::Duration span = now - samples.front().at;
  if (span <= base::Duration::zero()) return 0;
  return static_cast<double>(count - samples.front().count) /
         std::chrono::duration<double>(span).count();
}

ProgressView look_at(const run::Progress& progress, RateMeter& meter, base::Instant now) {
  ProgressView view;
  const run::Phase phase = progress.phase;
  view.phase = run::to_string(phase);
  view.waiting = run::waiting_text(progress, now);
  // Before that the lists are still being filled (progress.h).
  if (phase < run::Phase::kReading) return view;
  for (const run::DataSetProgress& set : progress.data_sets) {
    view.bars.push_back(data_set_bar(set, meter, now));
  }
  for (const run::RelationProgress& relation : progress.relations) {
    view.bars.push_back(relation_bar(relation, meter, now));
  }
  const auto add_objects = [&](const char* name, std::uint64_t count, std::uint64_t total) {
    if (total == 0) return;
    BarView bar{.name = name, .count = count, .total = total, .unit = "object"};
    bar.rate = meter.rate(name, count, now);
    bar.done = count >= total;
    view.bars.push_back(std::move(bar));
  };
  add_objects("sending", progress.objects_submitted, progress.objects_total);
  add_objects("accounts", progress.people_done, progress.people_total);
  return view;
}

std::vector<std::string> bar_lines(const ProgressView& view, TerminalSize size,
                                   std::uint64_t tick) {
  std::size_t name_width = 0;
  std::size_t count_width = 0;
  for (const BarView& bar : view.bars) {
    name_width = std::max(name_width, bar.name.size());
    count_width = std::max(count_width, count_text(bar).size());
  }
  // The last line is the phase; one more stays free for the cursor.
  const std::size_t room = size.rows > 2 ? size.rows - 2 : 1;
  std::size_t too_many = view.bars.size() > room ? view.bars.size() - room : 0;
  std::vector<std::string> lines;
  for (const BarView& bar : view.bars) {
    if (bar.done && too_many > 0) {
      --too_many;
      continue;
    }
    lines.push_back(
        cut(fmt::format("{:<{}} [{}] {:<{}}  {:>9}  {}", bar.name, name_width, bar_of(bar, tick),
                        count_text(bar), count_width, rate_text(bar), bar.detail),
            size.columns));
  }
  if (lines.size() > room) lines.resize(room);
  lines.push_back(cut(view.waiting.empty() ? view.phase : view.waiting, size.columns));
  return lines;
}

std::string status_line(const ProgressView& view) {
  std::string line = view.phase;
  const char* separator = ": ";
  for (const BarView& bar : view.bars) {
    line += fmt::format("{}{} {}", separator, bar.name, count_text(bar));
    if (const std::string rate = rate_text(bar); !rate.empty()) line += fmt::format(" ({})", rate);
    separator = ", ";
  }
  if (!view.waiting.empty()) line += "; " + view.waiting;
  return line;
}

std::string stopping_text(run::Phase phase, bool to_assets) {
  constexpr const char* kAgain = "press Ctrl-C again to leave at once";
  switch (phase) {
    case run::Phase::kPreparing:
    case run::Phase::kSigningIn:
    case run::Phase::kReading:
    case run::Phase::kJudging:
    case run::Phase::kDone: break;
    case run::Phase::kStarting:
    case run::Phase::kSubmitting:
      if (!to_assets) return fmt::format("muster: removing unfinished files; {}.", kAgain);
      return fmt::format("muster: cancelling the execution in Assets, up to {} s; {}.",
                         kCancelSeconds, kAgain);
    case run::Phase::kWaiting:
      if (!to_assets) break;
      return fmt::format("muster: stopping; what Assets has begun to process goes on there; {}.",
                         kAgain);
    case run::Phase::kPeople:
      return fmt::format("muster: stopping; the import is completed and stays so; {}.", kAgain);
  }
  return fmt::format("muster: stopping; {}.", kAgain);
}

}  // namespace muster::cli
