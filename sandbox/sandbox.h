// The whole sandbox in one process: a world, the imitations that show it, faults and a journal.
//
//   auto scheduler = base::make_real_scheduler();
//   Sandbox sandbox({.seed = 7, .sizes = {.users = 100, .groups = 10, .memberships = 400}},
//   *scheduler); TRY(sandbox.start({.port = 0}));       // or call handle() directly, without a
//   network use(sandbox.connection("http://127.0.0.1:" + std::to_string(sandbox.port())));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "net/http_server.h"
#include "sandbox/assets/assets_service.h"
#include "sandbox/faults.h"
#include "sandbox/graph/graph_service.h"
#include "sandbox/imitation.h"
#include "sandbox/jira/jira_service.h"
#include "sandbox/journal.h"
#include "sandbox/login/login_service.h"
#include "sandbox/world/edits.h"
#include "sandbox/world/world.h"

namespace muster::sandbox {

struct SandboxSettings {
  std::uint64_t seed = 1;
  world::Sizes sizes{};
  std::chrono::milliseconds latency{0};   // before every answer of an imitation
  bool quota = false;                     // refuse what the real services would refuse
  bool gzip = false;                      // compress for clients that accept it
  std::vector<std::string> grants{};      // permissions of the client; empty: all
  base::Duration token_lifetime{0};       // 0: 60 to 90 minutes
  base::Duration page_token_lifetime{0};  // 0: page tokens do not end
  std::uint32_t max_page = 0;             // rows of a page, whatever $top says; 0: as Graph
  bool premium = true;                    // the tenant may show sign-in activity
  bool intune = true;                     // the tenant has an Intune licence
  std::string client_certificate_pem{};   // the client may sign in with it; empty: by secret only
  std::vector<login::Client> more_clients{};
  std::vector<std::string> sources{};  // beside Entra ID: of imitation_names()
  AssetsService::Settings assets{};    // seed and meter are set from the fields above
};

// What a connection needs to reach the imitations.
struct Connection {
  std::string login_url, api_url;  // of Entra ID
  std::string tenant_id, client_id, client_secret;
  std::string assets_api_url, assets_token;  // of the first import source
  struct Jira {                              // of the site that these Assets belong to
    std::string site_url, account, api_token;
    std::string bearer_token;
    std::string reader, reader_token;  // may not browse users
  } jira;
  struct Further {  // beside Entra ID
    std::string source;
    std::vector<ConnectionValue> values;
    std::string assets_token;  // of an import source of its own
  };
  std::vector<Further> further;
};

class Sandbox {
 public:
  // The sizes must have passed world::check_sizes(). The scheduler outlives the sandbox.
  Sandbox(SandboxSettings settings, base::Scheduler& scheduler);
  ~Sandbox();  // stops

  // One request, without a network; any thread. Delays and resets are in the answer. `noted` gets
  // what the journal says about it.
  net::ServerResponse handle(net::ServerRequest&& request, JournalEntry* noted = nullptr);

  base::Status start(net::ServerSettings server = {});
  void stop();
  std::uint16_t port() const;
  // Back to the state after the constructor: journal, faults, edits, services.
  void reset();

  Connection connection(std::string_view origin) const;
  const world::World& world() const { return world_; }
  Journal& journal() { return journal_; }
  Faults& faults() { return faults_; }
  world::EditBoard& edits() { return edits_; }
  login::Tokens& tokens() { return tokens_; }
  AssetsService& assets() { return *assets_; }
  const jira::JiraService& jira() const { return *jira_; }

 private:
  bool plays_intune() const;
  struct Mount;
  struct Arrival;
  net::ServerResponse serve(const Mount& mount, const net::ServerRequest& request, Call& call,
                            Arrival& arrival);
  std::string owner_of(const net::ServerRequest& request) const;
  JournalEntry record(const net::ServerRequest& request, const Arrival& arrival, const Notes& notes,
                      const net::ServerResponse& response);

  SandboxSettings settings_;
  base::Scheduler& scheduler_;
  world::World world_;
  world::EditBoard edits_;
  Journal journal_;
  Faults faults_;
  login::Tokens tokens_;
  std::unique_ptr<Service> login_, graph_, control_;
  std::unique_ptr<AssetsService> assets_;
  std::unique_ptr<jira::JiraService> jira_;
  std::unique_ptr<jira::Gateway> gateway_;
  std::vector<std::unique_ptr<Imitation>> imitations_;
  std::vector<Mount> mounts_;
  std::unique_ptr<net::HttpServer> server_;
  bool secure_ = false;  // TLS: absolute links start with https
};

}  // namespace muster::sandbox
