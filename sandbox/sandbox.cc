#include "sandbox/sandbox.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/writer.h"
#include "sandbox/control.h"
#include "sandbox/decode.h"
#include "sandbox/graph/permissions.h"
#include "sandbox/graph/values.h"

namespace muster::sandbox {
namespace {

constexpr std::string_view kIntune = "intune";
constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kClientId = "c2a6f0de-58b3-4c1d-9f7e-0b7d1e4a9c33";

std::string client_secret(std::uint64_t seed) {
  return fmt::format("sandbox~{:016x}{:016x}", world::mix(seed ^ 0x736563726574), world::mix(seed));
}

login::LoginSettings login_settings(const SandboxSettings& settings) {
  login::LoginSettings result{.seed = settings.seed,
                              .clients = settings.more_clients,
                              .token_lifetime = settings.token_lifetime};
  result.clients.push_back(
      {.id = std::string(kClientId),
       .secret = client_secret(settings.seed),
       .certificate_pem = settings.client_certificate_pem,
       .roles = settings.grants.empty() ? graph::all_roles() : settings.grants});
  return result;
}

graph::GraphSettings graph_settings(const SandboxSettings& settings) {
  return {.seed = settings.seed,
          .quota = settings.quota,
          .gzip = settings.gzip,
          .reader = {.page_token_lifetime = settings.page_token_lifetime,
                     .premium = settings.premium,
                     .intune = settings.intune,
                     .max_page = settings.max_page}};
}

AssetsService::Settings assets_settings(const SandboxSettings& settings,
                                        decltype(AssetsService::Settings::account_name) name) {
  AssetsService::Settings result = settings.assets;
  result.account_name = std::move(name);
  result.seed = settings.seed;
  result.meter = settings.quota;
  result.import_sources = std::max(result.import_sources, settings.sources.size() + 1);
  return result;
}

std::string connection_json(const Connection& connection) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("tenant_id").string(connection.tenant_id);
  writer.key("client_id").string(connection.client_id);
  writer.key("client_secret").string(connection.client_secret);
  writer.key("login_url").string(connection.login_url).key("api_url").string(connection.api_url);
  writer.key("assets_api_url").string(connection.assets_api_url);
  writer.key("assets_token").string(connection.assets_token);
  const Connection::Jira& jira = connection.jira;
  writer.key("jira").begin_object().key("site_url").string(jira.site_url);
  writer.key("account").string(jira.account).key("api_token").string(jira.api_token);
  writer.key("bearer_token").string(jira.bearer_token).key("reader").string(jira.reader);
  writer.key("reader_token").string(jira.reader_token).end_object();
  for (const Connection::Further& further : connection.further) {
    writer.key(further.source).begin_object();
    for (const ConnectionValue& value : further.values) writer.key(value.field).string(value.value);
    writer.key("assets_token").string(further.assets_token).end_object();
  }
  writer.end_object();
  return out;
}

}  // namespace

struct Sandbox::Mount {
  std::string prefix;        // "/graph"
  std::string_view service;  // as fault rules call it
  Service* handler;
  bool imitation;  // latency, faults and journal apply
};

struct Sandbox::Arrival {
  base::Instant at;
  base::WallTime wall;
  std::shared_ptr<const FaultAction> fault;
};

Sandbox::Sandbox(SandboxSettings settings, base::Scheduler& scheduler)
    : settings_(std::move(settings)),
      scheduler_(scheduler),
      world_(settings_.seed, settings_.sizes),
      edits_(scheduler),
      journal_(scheduler),
      faults_(scheduler, settings_.seed),
      tokens_(scheduler, settings_.seed),
      login_(std::make_unique<login::LoginService>(world_, tokens_, scheduler,
                                                   login_settings(settings_))),
      graph_(std::make_unique<graph::GraphService>(world_, edits_, tokens_, scheduler,
                                                   graph_settings(settings_))),
      assets_(std::make_unique<AssetsService>(
          assets_settings(settings_,
                          [this](std::string_view id) -> std::optional<std::string> {
                            const jira::Account* account = jira_->accounts().find(id);
                            if (account == nullptr) return std::nullopt;
                            return account->display_name;
                          }),
          scheduler)),
      jira_(std::make_unique<jira::JiraService>(
          world_, jira::JiraSettings{.seed = settings_.seed,
                                     .workspace_id = assets_->workspace_id(),
                                     .account = settings_.assets.basic_user,
                                     .api_token = settings_.assets.basic_password})),
      gateway_(std::make_unique<jira::Gateway>(*jira_, *assets_)) {
  for (const std::string& source : settings_.sources) {
    if (source == kIntune) continue;  // a part of Graph
    imitations_.push_back(make_imitation(source, {.world = world_,
                                                  .edits = edits_,
                                                  .scheduler = scheduler,
                                                  .seed = settings_.seed,
                                                  .quota = settings_.quota,
                                                  .token_lifetime = settings_.token_lifetime}));
  }
  control_ = std::make_unique<Control>(ControlTools{
      .world = world_,
      .edits = edits_,
      .journal = journal_,
      .faults = faults_,
      .assets = *assets_,
      .jira = *jira_,
      .imitations = imitations_,
      .reset = [this] { reset(); },
      .connection =
          [this](const std::string& origin) { return connection_json(connection(origin)); }});
  mounts_ = {{"/graph", "graph", graph_.get(), true},
             {"/login", "login", login_.get(), true},
             {"/assets/ex/jira", "gateway", gateway_.get(), true},
             {"/assets", "assets", assets_.get(), true},
             {"/jira", "jira", jira_.get(), true},
             {"/_sandbox", "control", control_.get(), false}};
  for (const auto& imitation : imitations_) {
    mounts_.push_back(
        {'/' + std::string(imitation->name()), imitation->name(), imitation.get(), true});
  }
}

bool Sandbox::plays_intune() const {
  return std::find(settings_.sources.begin(), settings_.sources.end(), kIntune) !=
         settings_.sources.end();
}

Sandbox::~Sandbox() { stop(); }

void Sandbox::reset() {
  faults_.clear();
  edits_.clear();
  login_->reset();
  graph_->reset();
  assets_->reset();
  for (const auto& imitation : imitations_) imitation->reset();
  journal_.clear();
}

Connection Sandbox::connection(std::string_view origin) const {
  std::vector<Connection::Further> further;
  if (plays_intune()) {
    further.push_back({.source = std::string(kIntune),
                       .values = {{"cloud", "custom"},
                                  {"tenant_id", std::string(world_.tenant_id().view())},
                                  {"client_id", std::string(kClientId)},
                                  {"client_secret", client_secret(settings_.seed), true},
                                  {"login_url", fmt::format("{}/login", origin)},
                                  {"api_url", fmt::format("{}/graph", origin)}},
                       .assets_token = assets_->token(further.size() + 1)});
  }
  for (const auto& imitation : imitations_) {
    further.push_back(
        {.source = std::string(imitation->name()),
         .values = imitation->connection(fmt::format("{}/{}", origin, imitation->name())),
         .assets_token = assets_->token(further.size() + 1)});
  }
  return {.login_url = fmt::format("{}/login", origin),
          .api_url = fmt::format("{}/graph", origin),
          .tenant_id = std::string(world_.tenant_id().view()),
          .client_id = std::string(kClientId),
          .client_secret = client_secret(settings_.seed),
          .assets_api_url = fmt::format("{}/assets", origin),
          .assets_token = assets_->token(0),
          .jira = {.site_url = fmt::format("{}/jira", origin),
                   .account = jira_->settings().account,
                   .api_token = jira_->settings().api_token,
                   .bearer_token = jira_->settings().bearer_token,
                   .reader = jira_->settings().reader,
                   .reader_token = jira_->settings().reader_token},
          .further = std::move(further)};
}

base::Status Sandbox::start(net::ServerSettings server) {
  secure_ = !server.certificate_file.empty();
  server_ = std::make_unique<net::HttpServer>(
      std::move(server),
      [this](net::ServerRequest&& request) { return handle(std::move(request)); });
  return server_->start();
}

void Sandbox::stop() {
  if (server_ != nullptr) server_->stop();
}

std::uint16_t Sandbox::port() const { return server_ == nullptr ? 0 : server_->port(); }

net::ServerResponse Sandbox::handle(net::ServerRequest&& request, JournalEntry* noted) {
  Arrival arrival{scheduler_.now(), scheduler_.wall_now(), nullptr};
  Notes notes;
  net::ServerResponse response = json_response(404, R"({"error":"no imitation has this path"})");
  const Target target = split_target(request.target);
  for (const Mount& mount : mounts_) {
    if (!target.path.starts_with(mount.prefix)) continue;
    const std::string_view raw_path = target.path.substr(mount.prefix.size());
    if (!raw_path.empty() && raw_path.front() != '/') continue;
    auto path = percent_decode(raw_path, false);
    auto query = decode_parameters(target.query);
    if (!path || !query) {
      response = json_response(400, R"({"error":"the target is not valid"})");
      break;
    }
    const std::string* host = net::find_header(request.headers, "Host");
    Call call{
        .method = request.method,
        .origin = fmt::format("{}://{}", secure_ ? "https" : "http", host ? *host : "localhost"),
        .prefix = mount.prefix,
        .path = std::move(*path),
        .raw_query = std::string(target.query),
        .query = std::move(*query),
        .headers = &request.headers,
        .body = request.body,
        .raw_path = std::string(raw_path),
        .notes = &notes};
    response = serve(mount, request, call, arrival);
    if (!mount.imitation) return response;
    break;
  }
  JournalEntry entry = record(request, arrival, notes, response);
  if (noted != nullptr) *noted = std::move(entry);
  return response;
}

namespace {

// Gives the requests of a batch their own turn at the fault rules.
class ItemFaults : public FaultSource {
 public:
  ItemFaults(Faults& faults, std::string_view service) : faults_(faults), service_(service) {}
  std::shared_ptr<const FaultAction> batch_item_fault(std::string_view method,
                                                      std::string_view target) override {
    return faults_.pick(service_, method, target, true);
  }

 private:
  Faults& faults_;
  std::string_view service_;
};

}  // namespace

net::ServerResponse Sandbox::serve(const Mount& mount, const net::ServerRequest& request,
                                   Call& call, Arrival& arrival) {
  if (!mount.imitation) return mount.handler->handle(call);
  arrival.fault = faults_.pick(mount.service, call.method,
                               std::string_view(request.target).substr(mount.prefix.size()), false);
  ItemFaults item_faults(faults_, mount.service);
  call.fault = arrival.fault.get();
  call.faults = &item_faults;
  net::ServerResponse response;
  const bool replaced = arrival.fault != nullptr && arrival.fault->replaces_answer();
  if (!replaced || arrival.fault->handled) response = mount.handler->handle(call);
  if (replaced && arrival.fault->handled) response = {};
  if (arrival.fault != nullptr) apply_fault(*arrival.fault, call, response);
  response.delay += settings_.latency;
  return response;
}

// Whose credential it is, when the service did not say (a fault answered first, or it is Assets).
std::string Sandbox::owner_of(const net::ServerRequest& request) const {
  const std::string* authorization = net::find_header(request.headers, "Authorization");
  if (authorization == nullptr || !authorization->starts_with(kBearer)) return "anonymous";
  const std::string_view token = std::string_view(*authorization).substr(kBearer.size());
  if (const auto known = tokens_.look_up(token); known.grant != nullptr) {
    return known.grant->client_id;
  }
  for (std::size_t source = 0; source < settings_.assets.import_sources; ++source) {
    if (assets_->token(source) == token) return assets_->source_id(source);
  }
  return "anonymous";
}

JournalEntry Sandbox::record(const net::ServerRequest& request, const Arrival& arrival,
                             const Notes& notes, const net::ServerResponse& response) {
  const std::string owner = notes.owner == "anonymous" ? owner_of(request) : notes.owner;
  JournalEntry entry{.at = arrival.at,
                     .wall = arrival.wall,
                     .owner = owner,
                     .method = request.method,
                     .target = request.target,
                     .status = static_cast<std::uint16_t>(response.reset ? 0 : response.status),
                     .items = static_cast<std::uint32_t>(notes.items.size()),
                     .resource_units = notes.resource_units,
                     .faulted = arrival.fault != nullptr};
  entry.number = journal_.add(entry);
  for (const Notes::Item& item : notes.items) {
    journal_.add({.batch = entry.number,
                  .at = arrival.at,
                  .wall = arrival.wall,
                  .owner = owner,
                  .method = item.method,
                  .target = item.target,
                  .status = item.status,
                  .resource_units = item.resource_units});
  }
  return entry;
}

}  // namespace muster::sandbox
