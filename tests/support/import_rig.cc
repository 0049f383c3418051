#include "tests/support/import_rig.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace muster::tests {

namespace {

constexpr const char* kOrigin = "http://127.0.0.1:9090";

}  // namespace

sandbox::SandboxSettings tenant(std::uint64_t seed, sandbox::world::Sizes sizes,
                                std::uint32_t max_page) {
  sandbox::SandboxSettings settings;
  settings.seed = seed;
  settings.sizes = sizes;
  if (max_page != 0) settings.max_page = max_page;
  return settings;
}

ImportRig::ImportRig(sandbox::SandboxSettings settings, std::uint64_t schedule_seed)
    : scheduler_(base::make_simulated_scheduler(schedule_seed)),
      sandbox_(std::make_unique<sandbox::Sandbox>(std::move(settings), *scheduler_)),
      client_(std::make_unique<DirectClient>(*scheduler_, *sandbox_, kOrigin)),
      random_(base::make_seeded_random(schedule_seed)),
      logger_(base::make_null_logger()),
      library_(catalogue::Library::bundled()) {}

ImportRig::~ImportRig() = default;

sandbox::AssetsService& ImportRig::assets() { return sandbox_->assets(); }

void ImportRig::fault(const std::string& rule) {
  const auto added = sandbox_->faults().add("[" + rule + "]");
  if (!added.ok()) ADD_FAILURE() << added.error().text();
}

run::Report ImportRig::run(const std::string& data_sets, run::Options options,
                           const std::string& more) {
  const sandbox::Connection connection = sandbox_->connection(kOrigin);
  const std::string yaml = fmt::format(
      R"(version: 1
importers:
  - name: entra
    source: entra
    connection: {{ cloud: custom, login_url: "{}", api_url: "{}", tenant_id: "{}", client_id: "{}",
                  client_secret: {{ env: UNUSED }}, allow_private_address: true }}
    {}
    destination: {{ type: jsm_assets, token: {{ env: UNUSED }}, api_url: "{}", allow_private_address: true,
                   schema: {{ name: Test, description: Test }}, missing_objects: {}{} }}
    {}
)",
      connection.login_url, connection.api_url, connection.tenant_id, connection.client_id,
      data_sets.empty() ? std::string() : "data_sets: " + data_sets, connection.assets_api_url,
      missing_objects, people_option(connection), more);
  auto file = run::load_importers_text(yaml, "test.yaml", library_);
  for (const auto& finding : file.findings) ADD_FAILURE() << finding.text();
  if (file.importers.empty()) return {};
  const run::Importer& importer = file.importers[0];

  source::ConnectionValues values;
  values.values = importer.values;
  values.secrets["client_secret"] = base::Secret(connection.client_secret);
  auto trust = std::make_shared<net::Trust>();
  trust->allow_private_address = true;
  values.trust = trust;

  assets::JsmSettings jsm;
  jsm.api_url = connection.assets_api_url;
  jsm.token = base::Secret(assets().token(0));
  jsm.trust = trust;
  auto destination = assets::make_jsm_destination(jsm, {*scheduler_, *client_, *random_, *logger_});
  const std::unique_ptr<assets::People> filler = make_people(importer, connection, trust);
  progress_ = std::make_unique<run::Progress>();
  return run::execute(
      importer, std::move(values), options,
      {*scheduler_, *client_, *random_, *logger_, store_, *destination, filler.get(), throttles},
      *progress_, stop_.get_token());
}

std::string ImportRig::people_option(const sandbox::Connection& connection) const {
  if (people.empty()) return "";
  return fmt::format(", people: {{ site_url: \"{}\", allow_private_address: true, {} }}",
                     connection.jira.site_url, people);
}

std::unique_ptr<assets::People> ImportRig::make_people(
    const run::Importer& importer, const sandbox::Connection& connection,
    const std::shared_ptr<const net::Trust>& trust) {
  const auto& wanted = importer.destination.people;
  if (!wanted) return nullptr;
  assets::PeopleSettings settings;
  settings.site_url = wanted->site_url;
  settings.api_url = connection.assets_api_url;
  settings.account = wanted->account;
  settings.token =
      !people_token.empty() ? people_token
      : wanted->account.empty()
          ? base::Secret(connection.jira.bearer_token)
          : base::Secret(wanted->account == connection.jira.reader ? connection.jira.reader_token
                                                                   : connection.jira.api_token);
  settings.trust = trust;
  settings.attempts = importer.retry.attempts;
  settings.max_wait = importer.retry.max_wait;
  settings.requests_per_minute = wanted->requests_per_minute;
  settings.match_hidden = wanted->match_hidden;
  return assets::make_people(settings, {*scheduler_, *client_, *random_, *logger_});
}

}  // namespace muster::tests
