#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <stdexcept>

#include "store/db.h"

namespace muster::simulation {

constexpr std::size_t kMostShown = 300;  // of a rule, which may bring a body

const catalogue::Library& library() {
  static const catalogue::Library kLibrary = catalogue::Library::bundled();
  return kLibrary;
}

World::World(const Scenario& of, std::string folder, checker::History& into)
    : scenario(of),
      history(into),
      scheduler(base::make_simulated_scheduler(of.seed)),
      sandbox(std::make_unique<sandbox::Sandbox>(of.sandbox, *scheduler)),
      observer(history, *scheduler),
      network_random(base::make_seeded_random(sandbox::world::mix(of.seed ^ 0x6e6574))),
      slow_network(of.slow_network),
      folder_(std::move(folder)) {
  observer.know_source_secret(sandbox->connection(kSourceOrigin).client_secret);
  for (const ImporterPlan& plan : scenario.importers) {
    checker::Importer importer = plan.importer;
    importer.source_id = sandbox->assets().source_id(plan.import_source);
    importer.source_urls = {fmt::format("{}/login/", kSourceOrigin),
                            fmt::format("{}/graph/", kSourceOrigin)};
    importer.destination_urls = {fmt::format("{}/assets/", kAssetsOrigin)};
    history.importers.push_back(std::move(importer));
  }
  tokens_.resize(scenario.sandbox.assets.import_sources);
  copy_tokens();
  const checker::Importer& first = history.importers.front();
  for (const checker::DataSet& set : checker::entra::select_defaults().data_sets) {
    const char* missing = first.missing == checker::Missing::kRemove   ? "remove"
                          : first.missing == checker::Missing::kUpdate ? "update"
                                                                       : "ignore";
    control("POST", "/_sandbox/assets/policy",
            fmt::format(R"({{"type":"{}","missing":"{}","attribute":"{}","value":"{}"}})",
                        set.object_type, missing, first.missing_attribute, first.missing_value));
  }
  observer.look_at_source(*sandbox);
}

World::~World() = default;

void World::control(const std::string& method, const std::string& path, const std::string& body) {
  net::ServerRequest request;
  request.method = method;
  request.target = path;
  request.headers = {{"Host", "127.0.0.1:9090"}, {"Content-Type", "application/json"}};
  request.body = body;
  const net::ServerResponse answer = sandbox->handle(std::move(request));
  if (answer.status != 200) {
    throw std::runtime_error(
        fmt::format("{} {} {}: {} {}", method, path, body, answer.status, answer.body));
  }
}

void World::copy_tokens() {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    tokens_[i] = sandbox->assets().token(i);
    observer.know_destination_token(tokens_[i]);
  }
}

void World::edit(const std::string& edits) {
  base::Monitor::Lock lock(changes_);
  const auto added = sandbox->edits().add(edits);
  if (!added.ok()) throw std::runtime_error(edits + ": " + added.error().text());
  observer.note("", "the source changes: " + edits);
  observer.look_at_source(*sandbox);
}

void World::clear_edits() {
  base::Monitor::Lock lock(changes_);
  sandbox->edits().clear();
  observer.note("", "the source is as it was at first");
  observer.look_at_source(*sandbox);
}

void World::damage_memory(const std::string& importer) {
  const auto db = store::open_sqlite(store_path());
  if (!db.ok()) return;  // nothing was stored yet
  constexpr std::string_view kWays[] = {
      "UPDATE baseline_blocks SET block = substr(block, 1, length(block) / 2) WHERE importer = $1",
      "DELETE FROM baseline_blocks WHERE importer = $1 AND data_set = (SELECT min(data_set) FROM "
      "baseline_blocks WHERE importer = $1)",
      "DELETE FROM baseline_blocks WHERE importer = $1",
      "UPDATE baselines SET parts = substr(parts, 1, length(parts) / 2) WHERE importer = $1"};
  const auto damaged = (*db)->run(kWays[history.damages.size() % std::size(kWays)], importer);
  history.damages.push_back({observer.mark(), importer});
  observer.note("", damaged.ok() ? "a part of what is remembered of " + importer + " gets lost"
                                 : "nothing is remembered yet");
}

void World::add_faults(const std::vector<std::string>& rules,
                       const std::vector<std::string>& assets) {
  for (const std::string& rule : rules) {
    const auto added = sandbox->faults().add("[" + rule + "]");
    if (!added.ok()) throw std::runtime_error(rule + ": " + added.error().text());
    observer.note("", "fault: " + rule.substr(0, kMostShown));
  }
  for (const std::string& fault : assets) {
    control("POST", "/_sandbox/assets/faults", fault);
    observer.note("", "fault in Assets: " + fault);
  }
}

void World::clear_faults() {
  sandbox->faults().clear();
  control("DELETE", "/_sandbox/assets/faults", "");
}

void World::unstick() { control("POST", "/_sandbox/assets/unstick", "{}"); }

void World::renew_token(std::size_t import_source) {
  control("POST", "/_sandbox/assets/token", fmt::format(R"({{"source":{}}})", import_source));
  observer.know_destination_token(sandbox->assets().token(import_source));
  observer.note("", "somebody makes a new container token");
}

void World::take_credentials(const std::string& run, const std::string& rule) {
  observer.note(run, kCredentialsEnd);
  add_faults({rule}, {});
  sandbox->tokens().revoke_all();
}

void World::cancel_in_assets(std::size_t import_source) {
  for (const auto& execution : sandbox->assets().executions()) {
    if (execution.import_source != import_source || execution.state != "INGESTING") continue;
    net::ServerRequest request;
    request.method = "DELETE";
    request.target = fmt::format("/assets/jsm/assets/workspace/{}/v1/importsource/{}/executions/{}",
                                 sandbox->assets().workspace_id(),
                                 sandbox->assets().source_id(import_source), execution.id);
    request.headers = {{"Host", "127.0.0.1:9091"},
                       {"Authorization", "Bearer " + sandbox->assets().token(import_source)}};
    sandbox->handle(std::move(request));
    observer.note("", "somebody cancels execution " + execution.id + " in Assets");
  }
}

}  // namespace muster::simulation
