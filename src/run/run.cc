#include "run/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/id.h"
#include "base/text.h"
#include "mapping/plan.h"
#include "run/asking_alone.h"
#include "run/comparing.h"
#include "run/deadline.h"
#include "run/gate.h"
#include "run/identity_stage.h"
#include "run/joins.h"
#include "run/people.h"
#include "run/permissions.h"
#include "run/reading.h"
#include "run/report_parts.h"
#include "run/run_log.h"
#include "run/submitting.h"
#include "run/verdict.h"

namespace muster::run {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

namespace {

class Run {
 public:
  Run(const Importer& importer, source::ConnectionValues connection, const Options& options,
      Tools tools, Progress& progress, const Stop& stop)
      : importer_(importer),
        connection_(std::move(connection)),
        options_(options),
        log_(tools.logger, tools.scheduler, tools.on_line),
        tools_{tools.scheduler, tools.client,      tools.random, log_,
               tools.store,     tools.destination, tools.people, tools.throttles},
        progress_(progress),
        outer_stop_(stop, [this] { stop_source_.request_stop(); }) {}

  Report execute();

 private:
  Status steps();
  Status make_plan();
  Status open_source();
  Status read();
  Result<std::optional<Baseline>> remembered();
  Result<bool> is_strange_place(bool is_remembered);
  Status clean_up();
  Status may_read();
  Status compare();
  Status judge();
  Status deliver();
  void finish(Status outcome, bool deadline_passed);
  void note_end();
  bool is_completed() const;
  bool to_assets() const;
  bool absent_means_missing() const;
  void enter(Phase phase);
  void note_reading();
  void fill_in_people(Deadline& deadline);
  PeopleReport fill_in_people_now();
  Stop stop() const { return stop_source_.get_token(); }

  const Importer& importer_;
  source::ConnectionValues connection_;
  const Options& options_;
  RunLog log_;
  Tools tools_;  // with this log
  Progress& progress_;
  std::stop_source stop_source_;
  std::stop_callback<std::function<void()>> outer_stop_;

  Report report_;
  mapping::Plan plan_;
  std::string target_;  // assets::Readiness::target; empty: a plan does not ask for it
  bool is_strange_place_ = false;
  assets::Leftover leftover_;  // of an earlier run, there
  std::unique_ptr<source::Session> session_;
  crypto::HashKey hash_key_{};
  ReadResult read_;
  std::vector<std::unique_ptr<Joins>> joins_;
  std::optional<IdentityStage> identities_;
  Compared compared_;
  const Baseline* remembered_ = nullptr;  // what to tell the store at the end; nullptr: nothing
  std::optional<assets::Pass> pass_;
  Verdict verdict_;
};

void Run::enter(Phase phase) {
  progress_.phase = phase;
  log_.note(to_string(phase));
}

// In one line: the counts of each data set stand in the report anyway.
void Run::note_reading() {
  std::uint64_t records = 0;
  for (const DataSetReport& set : report_.data_sets) records += set.fetched;
  log_.note(fmt::format("{} of {} read", base::count_of(records, "record"),
                        base::count_of(report_.data_sets.size(), "data set")));
}

Status Run::make_plan() {
  mapping::Selection selection = importer_.selection;
  if (options_.limit != 0) {
    selection.record_limit = options_.limit;
  }
  const auto findings =
      mapping::make_plan(importer_.source, selection, importer_.name, importer_.file, plan_);
  for (const catalogue::Finding& finding : findings) {
    if (!finding.is_warning) {
      return Error{ErrorKind::kSettings, "settings", finding.message,
                   fmt::format("{}:{}:{}", finding.file, finding.mark.line, finding.mark.column)};
    }
  }
  plan_.schema.name = importer_.destination.schema_name.empty() ? importer_.source->title
                                                                : importer_.destination.schema_name;
  plan_.schema.description = importer_.destination.schema_description;
  report_.limited = plan_.limited;
  report_.notices = plan_.notices;
  return {};
}

Status Run::open_source() {
  session_ = TRY(source::Session::open(importer_.source, std::move(connection_), importer_.retry,
                                       {tools_.scheduler, tools_.client, tools_.random,
                                        tools_.logger, &progress_.source_pause, tools_.throttles},
                                       plan_.permissions()));
  progress_.source_title = importer_.source->title;
  enter(Phase::kSigningIn);
  // Before reading for minutes: is the token good and the import source free? Asked while signing
  // in.
  std::optional<Result<assets::Readiness>> destination;
  std::unique_ptr<base::Scheduler::Thread> asking;
  if (!options_.plan_only) {
    asking = tools_.scheduler.start("check destination",
                                    [&] { destination = tools_.destination.check(stop()); });
  }
  Status signed_in = session_->sign_in(stop());
  if (asking) asking->join();
  TRY(std::move(signed_in));
  if (!destination) return {};
  const assets::Readiness ready = TRY(std::move(*destination));
  if (!ready.ready && ready.status == "DISABLED") {
    return Error{ErrorKind::kConflict, "destination_rejected", ready.advice, ""};
  }
  target_ = ready.target;
  return clean_up();
}

// What an earlier run left open goes even if this one never comes to sending: it would block the
// import source for everybody. What cannot be done now is tried again before sending.
Status Run::clean_up() {
  leftover_ = TRY(tools_.store.leftover(importer_.name, target_));
  const Status released = tools_.destination.release(leftover_, stop());
  if (released.ok() || released.error().kind == ErrorKind::kCancelled) return released;
  tools_.logger.warn("an earlier run's execution: {}", released.error().text());
  return {};
}

Status Run::may_read() {
  Status allowed = check_fields(plan_, *session_, stop());
  if (!allowed.ok()) session_->sign_out(stop());
  return allowed;
}

Status Run::read() {
  choose_relations(plan_, *session_, stop());
  log_.note(to_string(Phase::kReading));
  Status outcome = read_everything(plan_, hash_key_, importer_.safety.reject_limit,
                                   {tools_.scheduler, *session_, progress_}, stop(), read_);
  report_.notices.insert(report_.notices.end(), read_.notices.begin(), read_.notices.end());
  return outcome;
}

bool Run::to_assets() const {
  return importer_.destination.type == DestinationSettings::Type::kJsmAssets;
}

bool Run::absent_means_missing() const {
  return to_assets() &&
         importer_.destination.missing_objects != DestinationSettings::Missing::kIgnore;
}

// What one import source holds says nothing about another, whatever the importer is called.
Result<std::optional<Baseline>> Run::remembered() {
  auto before = TRY(tools_.store.baseline(importer_.name, target_));
  if (before && target_.empty() && before->targets > 1) {
    report_.gate.notices.push_back(fmt::format(
        "Runs of importers with this name went to {} import sources or folders. This is compared "
        "with run {}, the newest one, which went to {}.",
        before->targets, before->run_id, base::printable(before->target, 200)));
  }
  if (before || target_.empty()) return before;
  const auto elsewhere = TRY(tools_.store.baseline(importer_.name, ""));
  if (elsewhere) {
    report_.gate.notices.push_back(fmt::format(
        "Nothing is remembered of {}, so there is nothing to compare with: run {} of an importer "
        "with this name went to {}. If that is not what you meant, check the importer's "
        "destination and token.",
        base::printable(target_, 200), elsewhere->run_id, base::printable(elsewhere->target, 200)));
  }
  return before;
}

Result<bool> Run::is_strange_place(bool is_remembered) {
  if (is_remembered || target_.empty()) return false;
  const std::vector<Begun> begun = TRY(tools_.store.begun(importer_.name, target_));
  return is_strange(tools_.destination.past(stop()), begun);
}

Status Run::compare() {
  enter(Phase::kJudging);
  auto before = TRY(remembered());
  const bool is_remembered = before.has_value();
  is_strange_place_ = TRY(is_strange_place(is_remembered));
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    joins_.push_back(std::make_unique<Joins>(plan_, i, read_.collections, read_.pairs, hash_key_));
  }
  identities_.emplace(plan_, tools_.scheduler, tools_.store, target_);
  TRY(identities_->decide(read_.collections, joins_, hash_key_, options_.plan_only, stop()));
  compared_ = compare_with_last_run(plan_, read_.collections, joins_, read_.data_sets, hash_key_,
                                    std::move(before), to_assets() && !absent_means_missing());
  compared_.baseline.run_id = report_.run_id;
  compared_.baseline.target = compared_.may_hold.target = compared_.restore.target = target_;
  if (!is_remembered) compared_.may_hold.run_id = report_.run_id;
  identities_->remember(read_.data_sets, compared_);
  Status outcome = check_reject_limit(read_.collections, importer_.safety.reject_limit);
  if (outcome.ok()) {
    outcome = ask_alone(plan_, read_.collections, *session_, stop(), compared_);
  }
  report_.gate.compared_with = compared_.compared_with;
  report_.gate.notices.insert(report_.gate.notices.end(), compared_.notices.begin(),
                              compared_.notices.end());
  return outcome;
}

Status Run::judge() {
  GateQuestion question;
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    const catalogue::ObjectType& type = plan_.type_of(i);
    Evidence evidence{type.data_set, type.name, read_.data_sets[i], compared_.data_sets[i], {}};
    for (const auto& attribute : type.attributes) {
      evidence.attribute_names.emplace_back(attribute.external_id, attribute.name);
    }
    identities_->add_evidence(i, evidence);
    question.data_sets.push_back(std::move(evidence));
  }
  for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
    question.relations.emplace_back(plan_.relations[i].relation->name, read_.relations[i]);
  }
  question.dropped = compared_.dropped;
  question.safety = importer_.safety;
  question.to_assets = to_assets();
  question.absent_means_missing = absent_means_missing();
  question.target = target_;
  question.confirm_partial = options_.confirm_partial;
  question.approval = options_.approval ? &*options_.approval : nullptr;
  question.compared_with = report_.gate.compared_with;
  question.is_strange_place = is_strange_place_;

  if (is_strange_place_ && question.to_assets && !question.absent_means_missing) {
    report_.gate.notices.push_back(
        "Assets has taken imports into this import source before, but nothing is remembered of "
        "them, so there is nothing to compare with. Is this the right database?");
  }
  if (question.absent_means_missing) {
    for (const DroppedDataSet& dropped : compared_.dropped) {
      compared_.baseline.forgotten.push_back(dropped.data_set);
    }
  }
  Judgement judgement = Gate::judge(question);
  report_.gate.findings = judgement.findings;
  report_.gate.approved_by = judgement.approved_by;
  report_.gate.notices.insert(report_.gate.notices.end(), judgement.notices.begin(),
                              judgement.notices.end());
  if (!judgement.incomplete.empty()) {
    return Error{ErrorKind::kMalformed, "source_incomplete",
                 fmt::format("Not everything was read to its end: {}.",
                             fmt::join(judgement.incomplete, ", ")),
                 ""};
  }
  report_.gate.verdict = judgement.pass ? "pass" : "held";
  pass_ = std::move(judgement.pass);
  return {};
}

Status Run::deliver() {
  enter(Phase::kStarting);
  const std::string approval =
      report_.gate.approved_by.empty() ? std::string() : options_.approval->run_id;
  const assets::DeliveryNotes notes{
      [&] { return tools_.store.still_held(); },
      [&](const std::optional<std::string>& most_recent) {
        return tools_.store.starting(report_.run_id, target_, most_recent, approval);
      },
      [&](const std::string& execution_id) {
        report_.destination.execution_id = execution_id;
        return tools_.store.execution_started(report_.run_id, execution_id);
      },
      [&]() -> Status {
        TRY(identities_->still_held());
        TRY(tools_.store.completing(report_.run_id, importer_.name, compared_.may_hold));
        remembered_ = &compared_.restore;
        return {};
      }};
  TRY(tools_.destination.prepare(plan_.schema, leftover_, notes, stop()));
  auto delivery = TRY(tools_.destination.start(std::move(*pass_), report_.run_id, notes, stop()));
  TRY(MUSTER_FAILPOINT("run.execution_known"));
  enter(Phase::kSubmitting);
  std::vector<std::uint64_t> submitted;
  Status sent = submit_everything(plan_, read_.collections, joins_,
                                  {tools_.scheduler, *delivery, progress_}, stop(), submitted);
  for (std::size_t i = 0; i < submitted.size(); ++i) report_.data_sets[i].submitted = submitted[i];
  if (sent.ok()) {
    for (std::size_t i = 0; i < submitted.size(); ++i) {
      if (submitted[i] != read_.collections[i]->counts().formatted) {
        sent =
            Error{ErrorKind::kBug, "internal", "Fewer objects were sent than were formatted.", ""};
      }
    }
  }
  if (!sent.ok()) {
    delivery->abort(sent.error().message);
    return sent;
  }
  TRY(MUSTER_FAILPOINT("run.submitted"));
  enter(Phase::kWaiting);
  auto outcome = delivery->complete(stop());
  if (!outcome.ok()) {
    delivery->abort(outcome.error().message);
    return std::move(outcome).error();
  }
  remembered_ = nullptr;  // what Assets may hold is noted
  verdict_.take(*outcome, report_);
  return {};
}

Status Run::steps() {
  TRY(MUSTER_FAILPOINT("run.started"));
  hash_key_ = TRY(tools_.store.hash_key());
  TRY(open_source());
  TRY(may_read());
  TRY(MUSTER_FAILPOINT("run.signed_in"));
  Status outcome = read();
  if (outcome.ok()) outcome = MUSTER_FAILPOINT("run.read");
  if (outcome.ok()) outcome = compare();
  session_->sign_out(stop());
  report_reading(plan_, read_, compared_, identities_ ? &*identities_ : nullptr, progress_,
                 report_);
  note_reading();
  for (const DataSetReport& set : report_.data_sets) progress_.objects_total += set.formatted;
  read_.pairs.clear();  // the joins hold what is needed of them
  TRY(std::move(outcome));
  TRY(judge());
  TRY(MUSTER_FAILPOINT("run.judged"));
  if (!pass_ || options_.plan_only) return {};
  return deliver();
}

void Run::finish(Status outcome, bool deadline_passed) {
  report_.ended = tools_.scheduler.wall_now();
  if (session_) {
    const source::Traffic traffic = session_->traffic();
    report_.source = {traffic.requests, traffic.bytes, traffic.throttled, traffic.resource_units,
                      traffic.waited_seconds};
  }
  if (!outcome.ok()) {
    report_failure(outcome.error(),
                   deadline_passed ? base::format_duration(importer_.deadline) : "", report_);
  } else if (report_.gate.verdict == "held") {
    report_.state = State::kHeld;
    report_.reason = report_.gate.findings.front().reason;
    report_.message = report_.gate.findings.front().text;
  } else {
    verdict_.conclude(report_, options_.plan_only);
    if (report_.state == State::kFailed) remembered_ = &compared_.restore;
  }
  log_.note(fmt::format("{} ({})", to_string(report_.state), report_.reason));
  report_.log = log_.lines();
}

Report Run::execute() {
  report_.run_id = base::make_time_id(tools_.scheduler.wall_now(), tools_.random);
  report_.importer = importer_.name;
  report_.trigger = options_.trigger;
  report_.site = options_.site;
  report_.started = tools_.scheduler.wall_now();
  Status planned = make_plan();
  if (!options_.plan_only) {
    const bool to_files = importer_.destination.type == DestinationSettings::Type::kFiles;
    report_.destination.type = to_files ? "files" : "jsm_assets";
    if (to_files) report_.destination.directory = importer_.destination.directory;
    if (Status noted = tools_.store.started(report_); !noted.ok()) {
      finish(std::move(noted), false);
      return std::move(report_);
    }
  }
  Deadline deadline(tools_.scheduler, importer_.deadline, stop_source_);
  Status outcome = planned.ok() ? steps() : std::move(planned);
  finish(std::move(outcome), deadline.passed());
  if (!options_.plan_only) {
    note_end();
    fill_in_people(deadline);
  }
  progress_.phase = Phase::kDone;
  return std::move(report_);
}

bool Run::is_completed() const {
  return report_.state == State::kCompleted || report_.state == State::kCompletedWithRejects;
}

void Run::note_end() {
  // Only what Assets took as a whole is remembered exactly; before, it is noted what it may hold.
  if (is_completed() && report_.reason != "destination_rejected" &&
      report_.reason != "not_confirmed") {
    remembered_ = &compared_.baseline;
  }
  Status passed = MUSTER_FAILPOINT("run.ending");
  static_cast<void>(passed);  // the run has ended already
  const bool wants_people = is_completed() && importer_.destination.people && to_assets();
  if (wants_people) report_.people = unfinished_people(*importer_.destination.people);
  Status noted = tools_.store.ended(report_, remembered_);
  if (!noted.ok()) {
    report_.people.reset();
    // What Assets took cannot be called failed because nobody could write it down.
    const bool is_taken = is_completed();
    report_.state = is_taken ? State::kCompletedWithRejects : State::kFailed;
    const bool says_more =
        report_.reason == "not_confirmed" || report_.reason == "destination_rejected";
    if (!is_taken || !says_more) report_.reason = "store_unavailable";
    report_.message = fmt::format("{} The run itself: {}", noted.error().text(), report_.message);
  }
}

// The run has ended and is written down, so that nothing that happens here changes it.
void Run::fill_in_people(Deadline& deadline) {
  if (!report_.people) return;
  enter(Phase::kPeople);
  report_.people = fill_in_people_now();
  if (report_.people->state == "cancelled" && deadline.passed()) {
    report_.people->state = "failed";
    report_.people->reason = "deadline";
    report_.people->message.insert(0, "The deadline of the run has passed. ");
  }
  report_.log = log_.lines();
  const Status noted = tools_.store.amended(report_);
  if (noted.ok()) return;
  report_.notices.push_back("What became of the Jira accounts is not in the history: " +
                            noted.error().text());
}

PeopleReport Run::fill_in_people_now() {
  const PeopleSettings& settings = *importer_.destination.people;
  PeopleReport skipped = unfinished_people(settings);
  skipped.state = "skipped";
  if (!verdict_.unconfirmed().empty()) {
    skipped.reason = "not_confirmed";
    skipped.message =
        "Assets did not say that the import is done, so Jira accounts are left to the next run.";
    return skipped;
  }
  const auto data_set = people_data_set(plan_, settings.data_set);
  if (!data_set || tools_.people == nullptr) {
    skipped.reason = "internal";
    skipped.message = "Jira accounts cannot be filled in here.";
    return skipped;
  }
  return fill_in_accounts(*tools_.people,
                          {.settings = settings,
                           .plan = plan_,
                           .data_set = *data_set,
                           .collection = *read_.collections[*data_set],
                           .target = target_,
                           .type_id = verdict_.type_id(plan_.type_of(*data_set).name)},
                          progress_, stop());
}

}  // namespace

Report execute(const Importer& importer, source::ConnectionValues connection,
               const Options& options, Tools tools, Progress& progress, const Stop& stop) {
  return Run(importer, std::move(connection), options, tools, progress, stop).execute();
}

}  // namespace muster::run
