// The API with everything it needs of its databases, opened together: the installation's own, and
// those of its regions as they begin to answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "web/api.h"
#include "web/openid_pages.h"

namespace muster::web {

struct HostTools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  const catalogue::Library& library;
  service::Vault* vault = nullptr;  // null: there is no key
  std::string public_url = {};      // where browsers find muster; "": where they ask
  std::optional<service::OpenIdSettings> openid = {};
  std::string program = "{}";  // JSON: version, build, features
  std::string version = {};
  std::string node = {};                            // what this machine is called
  std::optional<service::BackupPlan> backups = {};  // absent: the API makes none
  service::OwnerPlaces owners = {};                 // as whom sites are moved
  // Whether a region answers now. Absent: those that were added do.
  std::function<base::Status(std::string_view region)> health = {};
};

class HostedApi final : private Places {
 public:
  // The database must be up to date. kUnavailable `store_unavailable`; kSettings `wrong_region`.
  static base::Result<std::unique_ptr<HostedApi>> open(const std::string& database,
                                                       const HostTools& tools);
  ~HostedApi() override;

  // Sites of it can be asked for from now on. Any thread. `vault` outlives this.
  base::Status add_region(const std::string& region, const std::string& database,
                          service::Vault* vault);

  net::ServerResponse answer(const net::ServerRequest& request) { return api_->answer(request); }
  // Pages that people sign in with; nullopt: this address is none of them.
  std::optional<net::ServerResponse> page(const net::ServerRequest& request) {
    return openid_page(openid_.get(), request);
  }
  service::Access& access() { return *access_; }
  // Whoever starts it has moves carried out here.
  service::SiteMover& mover() { return *mover_; }

 private:
  struct Stores;
  struct Stay;

  explicit HostedApi(const HostTools& tools);
  base::Result<std::unique_ptr<Stores>> open_stores(const std::string& database,
                                                    const std::string& region,
                                                    service::Vault* vault);
  base::Result<std::unique_ptr<Visit>> of_site(std::string_view site) override;
  base::Result<std::unique_ptr<Visit>> of_region(std::string_view region) override;
  base::Result<std::vector<Elsewhere>> elsewhere() override;

  const HostTools tools_;
  std::unique_ptr<store::Accounts> accounts_;
  std::unique_ptr<store::Sites> own_sites_;
  std::unique_ptr<store::Regions> directory_;
  std::unique_ptr<service::Access> access_;
  std::unique_ptr<store::SiteMoves> moves_;
  std::unique_ptr<service::SiteMover> mover_;
  std::unique_ptr<store::Audit> own_audit_;
  std::unique_ptr<service::OpenId> openid_;
  std::unique_ptr<Installation> installation_;
  std::unique_ptr<Stores> own_;
  base::Monitor monitor_;  // guards the next one, and who stays
  std::map<std::string, std::unique_ptr<Stores>, std::less<>> regions_;
  std::unique_ptr<Api> api_;
};

}  // namespace muster::web
