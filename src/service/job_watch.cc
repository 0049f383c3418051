#include "service/job_watch.h"

#include "json/writer.h"

namespace muster::service {
namespace {

constexpr base::Duration kLookEvery = std::chrono::seconds(1);

void write_data_set(json::Writer& out, const run::DataSetProgress& set) {
  out.begin_object().key("name").string(set.name);
  out.key("pages").number(set.pages.load()).key("fetched").number(set.fetched.load());
  out.key("filtered").number(set.filtered.load()).key("rejected").number(set.rejected.load());
  out.key("formatted").number(set.formatted.load());
  out.key("submitted").number(set.submitted.load());
  out.key("total").number(set.total.load()).key("done").boolean(set.done.load());
  out.end_object();
}

}  // namespace

std::string progress_json(const run::Progress& progress, base::Instant now) {
  const run::Phase phase = progress.phase;
  std::string text;
  json::Writer out(text);
  out.begin_object().key("phase").string(run::to_string(phase));
  out.key("data_sets").begin_array();
  // Before that they are still being filled.
  if (phase >= run::Phase::kReading) {
    for (const run::DataSetProgress& set : progress.data_sets) write_data_set(out, set);
  }
  out.end_array().key("relations").begin_array();
  if (phase >= run::Phase::kReading) {
    for (const run::RelationProgress& relation : progress.relations) {
      out.begin_object().key("name").string(relation.name);
      out.key("parents").number(relation.parents.load());
      out.key("done").boolean(relation.done.load()).end_object();
    }
  }
  out.end_array();
  out.key("objects_submitted").number(progress.objects_submitted.load());
  out.key("objects_total").number(progress.objects_total.load());
  out.key("people_done").number(progress.people_done.load());
  out.key("people_total").number(progress.people_total.load());
  const auto waiting = std::chrono::ceil<std::chrono::seconds>(run::waiting(progress, now));
  out.key("waiting_seconds").number(std::int64_t{waiting.count()});
  out.key("waiting").string(run::waiting_text(progress, now));
  out.key("throttled").number(progress.throttled.load()).end_object();
  return text;
}

JobWatch::JobWatch(base::Scheduler& scheduler, store::Jobs& jobs, const store::Lease& lease,
                   const run::Progress& progress)
    : scheduler_(scheduler), jobs_(jobs), lease_(lease), progress_(progress) {
  thread_ = scheduler_.start("watch job", [this] { watch(); });
}

JobWatch::~JobWatch() {
  over_.request_stop();
  thread_->join();
}

std::string JobWatch::next_lines() {
  std::string text;
  for (const run::LogLine& line : told_.take()) {
    if (++lines_ > kMostLiveLines) continue;
    if (!text.empty() || !unwritten_.empty()) text += ',';
    json::Writer out(text);
    if (lines_ < kMostLiveLines) {
      run::write_line(out, line);
    } else {
      run::write_line(out, {line.at, "info", "The next lines are told when the run has ended."});
    }
  }
  return text;
}

void JobWatch::watch() {
  do {
    unwritten_ += next_lines();
    const base::Result<bool> is_cancelled =
        jobs_.note(lease_, progress_json(progress_, scheduler_.now()), unwritten_);
    if (is_cancelled.ok()) unwritten_.clear();
    if (is_cancelled.ok() && *is_cancelled) cancelled_.request_stop();
  } while (base::sleep_for(scheduler_, kLookEvery, over_.get_token()));
}

}  // namespace muster::service
