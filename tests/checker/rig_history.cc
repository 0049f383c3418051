#include "tests/checker/rig_history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace muster::checker {
namespace {

constexpr const char* kOrigin = "http://127.0.0.1:9090";  // of an ImportRig, for everything

std::string policy_of(Missing missing) {
  switch (missing) {
    case Missing::kIgnore: return "ignore";
    case Missing::kRemove: return "remove";
    case Missing::kUpdate: return "update";
  }
  return "";
}

}  // namespace

RigHistory::RigHistory(tests::ImportRig& rig, Missing missing)
    : rig_(rig), observer_(history_, rig.scheduler()) {
  Importer importer;
  importer.name = "entra";
  importer.source_id = rig.assets().source_id(0);
  importer.missing = missing;
  importer.missing_attribute = "Display Name";
  importer.missing_value = "(gone)";
  importer.source_urls = {fmt::format("{}/login/", kOrigin), fmt::format("{}/graph/", kOrigin)};
  importer.destination_urls = {fmt::format("{}/assets/", kOrigin)};
  importer.limits.max_blanked_percent = 100;  // in a small tenant one manager who leaves is a lot
  history_.importers.push_back(importer);
  rig.missing_objects = policy_of(missing);
  for (const DataSet& set : entra::select_defaults().data_sets) {
    control("/_sandbox/assets/policy",
            fmt::format(R"({{"type":"{}","missing":"{}","attribute":"{}","value":"{}"}})",
                        set.object_type, policy_of(missing), importer.missing_attribute,
                        importer.missing_value));
  }
  observer_.know_source_secret(rig.sandbox().connection(kOrigin).client_secret);
  observer_.know_destination_token(rig.assets().token(0));
  observer_.look_at_source(rig.sandbox());
  rig.client().watch(this);
}

RigHistory::~RigHistory() { rig_.client().watch(nullptr); }

void RigHistory::control(const std::string& path, const std::string& body) {
  net::ServerRequest request;
  request.method = "POST";
  request.target = path;
  request.headers = {{"Host", "127.0.0.1:9090"}, {"Content-Type", "application/json"}};
  request.body = body;
  const net::ServerResponse answer = rig_.sandbox().handle(std::move(request));
  EXPECT_EQ(answer.status, 200) << path << " " << body << ": " << answer.body;
}

void RigHistory::edit(const std::string& edits) {
  const auto added = rig_.sandbox().edits().add(edits);
  EXPECT_TRUE(added.ok()) << edits;
  observer_.look_at_source(rig_.sandbox());
}

run::Report RigHistory::run(const std::vector<std::string>& data_sets, run::Options options) {
  history_.importers[0].says_ignore = rig_.missing_objects == "ignore";
  observer_.look_at_assets(rig_.sandbox(), history_.importers[0]);
  Run run;
  run.label = label_ = std::to_string(history_.runs.size() + 1);
  run.importer = "entra";
  run.begun = observer_.mark();
  run.plan_only = options.plan_only;
  run.limit = options.limit;
  run.confirm_partial = options.confirm_partial;
  if (options.approval) run.approval_of = options.approval->run_id;
  std::vector<entra::Choice> choices;
  std::string yaml = "{ ";
  for (const std::string& name : data_sets) {
    choices.push_back({name, 0, {}, {}});
    yaml += name + ": { }, ";
  }
  for (const std::string& name : entra::default_data_sets()) {
    if (std::ranges::count(data_sets, name) == 0) yaml += name + ": off, ";
  }
  yaml.replace(yaml.size() - 2, 2, " }");
  run.selection = entra::select(choices);
  const std::string safety = fmt::format("safety: {{ max_blanked_percent: 100, parked: {} }}",
                                         history_.importers[0].accepts_parked ? "accept" : "hold");
  run::Report report = rig_.run(yaml, std::move(options), safety);
  run.report = report;
  run.texts.push_back(run::to_json(report));
  if (!run.plan_only) run.final_states.emplace_back(run::to_string(report.state));
  observer_.look_at_assets(rig_.sandbox(), history_.importers[0]);
  run.ended = history_.holdings.back().at;
  history_.runs.push_back(std::move(run));
  return report;
}

const History& RigHistory::history() {
  observer_.look_at_executions(rig_.sandbox());
  return history_;
}

std::size_t RigHistory::sent(const net::Request& request) {
  return observer_.sent(label_, request);
}

void RigHistory::answered(std::size_t call, const net::Request& request,
                          const base::Result<net::Response>& outcome,
                          const sandbox::JournalEntry* entry) {
  observer_.answered(call, request, outcome, entry);
}

}  // namespace muster::checker
