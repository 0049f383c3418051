#include "tests/simulation/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.h"
#include "service/credentials.h"
#include "service/run_store_adapter.h"
#include "tests/simulation/clock.h"
#include "tests/simulation/faulty_store.h"
#include "tests/simulation/network.h"

namespace muster::simulation {
namespace {

std::string data_sets_yaml(const std::vector<checker::entra::Choice>& choices) {
  std::string yaml = "{ ";
  for (const std::string& name : checker::entra::default_data_sets()) {
    if (yaml.size() > 2) yaml += ", ";
    const checker::entra::Choice* chosen = nullptr;
    for (const auto& choice : choices) {
      if (choice.data_set == name) chosen = &choice;
    }
    if (chosen == nullptr) {
      yaml += name + ": off";
      continue;
    }
    std::vector<std::string> parts;
    if (chosen->limit != 0) parts.push_back(fmt::format("limit: {}", chosen->limit));
    if (chosen->filter) {
      parts.push_back(fmt::format("filter: \"accountEnabled eq {}\"",
                                  chosen->filter->values.contains("Enabled")));
    }
    if (chosen->where) {
      parts.push_back(fmt::format("where: 'department == \"{}\"'", *chosen->where->values.begin()));
    }
    yaml += fmt::format("{}: {{ {} }}", name, fmt::join(parts, ", "));
  }
  return yaml + " }";
}

std::string limits_yaml(const checker::Limits& limits) {
  return fmt::format("max_missing_percent: {}, max_missing_objects: {}, max_blanked_percent: {}",
                     limits.max_missing_percent, limits.max_missing_objects,
                     limits.max_blanked_percent);
}

std::string safety_yaml(const checker::Importer& importer) {
  std::vector<std::string> own;
  for (const auto& [name, limits] : importer.own_limits) {
    own.push_back(fmt::format("{}: {{ {} }}", name, limits_yaml(limits)));
  }
  return fmt::format("{{ {}, reject_limit: {}, parked: {}, data_sets: {{ {} }} }}",
                     limits_yaml(importer.limits), importer.reject_limit,
                     importer.accepts_parked ? "accept" : "hold", fmt::join(own, ", "));
}

}  // namespace

Process::Process(World& world, const ImporterPlan& importer, const RunPlan& plan, std::string label)
    : world_(world),
      importer_(importer),
      plan_(plan),
      label_(std::move(label)),
      clock_(std::make_unique<Clock>(world, label_)) {}

Process::~Process() = default;

base::Scheduler& Process::scheduler() { return *clock_; }

bool Process::step() {
  if (dead_) return false;
  ++steps_;
  for (const Event& event : plan_.events) {
    if (event.step == steps_) happen(event);
  }
  return !dead_;
}

void Process::happen(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kCancel:
      world_.observer.note(label_, "Ctrl-C");
      if (!told_to_stop_) told_to_stop_ = world_.scheduler->now();
      stop_.request_stop();
      break;
    case Event::Kind::kKill:
      world_.observer.note(label_, "the process is killed");
      dead_ = true;
      stop_.request_stop();
      break;
    case Event::Kind::kEdit: world_.edit(event.text); break;
    case Event::Kind::kRevokeTokens:
      world_.observer.note(label_, "all access tokens of the source end");
      world_.sandbox->tokens().revoke_all();
      break;
    case Event::Kind::kTakeCredentials: world_.take_credentials(label_, event.text); break;
    case Event::Kind::kRenewToken: world_.renew_token(importer_.import_source); break;
    case Event::Kind::kClockJump:
      world_.clock_offset += event.jump;
      world_.observer.note(label_, fmt::format("the wall clock jumps by {} minutes",
                                               event.jump / std::chrono::minutes(1)));
      break;
    case Event::Kind::kCancelInAssets: world_.cancel_in_assets(importer_.import_source); break;
  }
}

void Process::wait_for_store(const std::string& what, base::Duration time) {
  world_.observer.note(
      label_, fmt::format("{} for {}: {}", kStoreHangs, base::format_duration(time), what));
  hangs_.push_back({world_.scheduler->now(), world_.scheduler->now() + time});
  base::sleep_for(*world_.scheduler, time, base::Stop());
}

// Of its own accord: nobody can leave a call to the store before it comes back.
base::Duration Process::went_on_after_stop() const {
  if (!told_to_stop_) return base::Duration(0);
  base::Instant seen = *told_to_stop_;
  base::Duration hung{0};
  for (const Hang& hang : hangs_) {
    const base::Instant begin = std::max(seen, hang.begin);
    if (hang.end <= begin) continue;
    hung += hang.end - begin;
    seen = hang.end;
  }
  return world_.scheduler->now() - *told_to_stop_ - hung;
}

std::optional<run::Importer> Process::read_importer() {
  const sandbox::Connection source = world_.sandbox->connection(kSourceOrigin);
  const std::string yaml = fmt::format(
      R"(version: 1
importers:
  - name: {}
    source: entra
    connection: {{ cloud: custom, login_url: "{}", api_url: "{}", tenant_id: "{}", client_id: "{}",
                  client_secret: {{ env: UNUSED }}, allow_private_address: true }}
    data_sets: {}
    destination: {{ type: jsm_assets, token: {{ env: UNUSED }}, api_url: "{}/assets",
                   allow_private_address: true, schema: {{ name: Test, description: Test }},
                   missing_objects: {} }}
    retry: {{ attempts: {}, max_wait: {} }}
    deadline: {}
    safety: {}
)",
      importer_.importer.name, source.login_url, source.api_url, source.tenant_id, source.client_id,
      data_sets_yaml(plan_.choices), kAssetsOrigin, importer_.declared_missing, importer_.attempts,
      importer_.max_wait, importer_.deadline, safety_yaml(importer_.importer));
  run::ImporterFile file = run::load_importers_text(yaml, "importers.yaml", library());
  for (const auto& finding : file.findings) {
    if (!finding.is_warning) throw std::runtime_error(finding.text() + "\n" + yaml);
  }
  return std::move(file.importers.front());
}

// What `muster run` does between taking the lock and running.
base::Status Process::prepare(store::Store& store, run::Options& options) {
  const std::string& name = importer_.importer.name;
  TRY(service::close_dead_runs(store, name, clock_->wall_now()));
  options.limit = plan_.limit;
  options.confirm_partial = plan_.confirm_partial;
  options.plan_only = plan_.plan_only;
  if (plan_.plan_only) return {};
  const auto held = world_.held.find(name);
  if (!plan_.approve || held == world_.held.end()) return {};
  auto approval = service::approve(store, name, held->second, "ada", clock_->wall_now());
  if (approval.ok()) options.approval = std::move(*approval);
  return {};
}

void Process::live() {
  checker::Observer::name_thread(label_);
  auto opened = store::open_store(world_.store_url());
  if (!opened.ok()) throw std::runtime_error(opened.error().text());
  FaultyStore store(*this, std::move(*opened));
  const std::optional<run::Importer> importer = read_importer();
  const auto lock = store.lock_importer(importer_.importer.name);
  if (!lock.ok()) {
    world_.observer.note(label_, "does not start: " + lock.error().message);
    return;
  }
  world_.observer.look_at_assets(*world_.sandbox, importer_.importer);
  checker::Run fresh;
  fresh.label = label_;
  fresh.importer = importer_.importer.name;
  fresh.begun = world_.observer.mark();
  fresh.plan_only = plan_.plan_only;
  fresh.limit = plan_.limit;
  fresh.confirm_partial = plan_.confirm_partial;
  fresh.selection = checker::entra::select(plan_.choices);
  run_index_ = world_.history.runs.size();
  world_.history.runs.push_back(std::move(fresh));
  world_.observer.note(label_, fmt::format("begins{}: {}", plan_.plan_only ? " (plan)" : "",
                                           data_sets_yaml(plan_.choices)));
  run::Options options;
  const base::Status prepared = prepare(store, options);
  if (options.approval) own_run().approval_of = options.approval->run_id;
  if (prepared.ok() && !dead_) {
    execute(*importer, options, store);
  } else {
    world_.observer.note(label_, "ends before it began a run");
    own_run().died = true;
  }
  world_.observer.look_at_assets(*world_.sandbox, importer_.importer);
  own_run().ended = world_.history.holdings.back().at;
}

void Process::execute(const run::Importer& importer, const run::Options& options,
                      store::Store& store) {
  source::ConnectionValues values;
  values.values = importer.values;
  values.secrets["client_secret"] =
      base::Secret(world_.sandbox->connection(kSourceOrigin).client_secret);
  auto trust = std::make_shared<net::Trust>();
  trust->allow_private_address = true;
  values.trust = trust;

  std::vector<std::string> texts;
  const auto logger =
      base::make_sink_logger(base::LogLevel::kDebug, base::LogFormat::kText,
                             [&](std::string_view line) { texts.emplace_back(line); });
  const auto random =
      base::make_seeded_random(world_.scenario.seed ^ std::hash<std::string>()(label_));
  Network network(*this);
  run::Report report;
  {
    const auto destination =
        service::make_destination(importer, base::Secret(world_.token(importer_.import_source)),
                                  {*clock_, network, *random, *logger});
    service::RunStoreAdapter adapter(store, true);
    run::Progress progress;
    report = run::execute(importer, std::move(values), options,
                          {*clock_, network, *random, *logger, adapter, *destination}, progress,
                          stop_.get_token());
  }
  checker::Run& own = own_run();
  own.threads_left = clock_->threads();
  own.died = dead_;
  own.after_stop = went_on_after_stop();
  own.texts = std::move(texts);
  if (dead_) return;
  own.texts.push_back(run::to_json(report));
  world_.observer.note(label_, fmt::format("ends: {} ({}): {}", run::to_string(report.state),
                                           report.reason, report.message));
  for (const run::Finding& finding : report.gate.findings) {
    world_.observer.note(
        label_, fmt::format("finding: {} {} {}: {} of {}", finding.data_set, finding.reason,
                            finding.attribute, finding.affected, finding.of));
  }
  if (report.state == run::State::kHeld && !plan_.plan_only) {
    world_.held[report.importer] = report.run_id;
  }
  own.report = std::move(report);
}

}  // namespace muster::simulation
