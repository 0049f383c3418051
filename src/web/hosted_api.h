// The API with everything it needs of a database, opened together.
#pragma once

#include <memory>
#include <string>

#include "service/site_stores.h"
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
  std::string node = {};           // what this machine is called
  std::string backup_folder = {};  // where the API makes backups; "": nowhere
};

class HostedApi {
 public:
  // The database must be up to date. kUnavailable `store_unavailable`.
  static base::Result<std::unique_ptr<HostedApi>> open(const std::string& database,
                                                       const HostTools& tools);

  net::ServerResponse answer(const net::ServerRequest& request) { return api_->answer(request); }
  // Pages that people sign in with; nullopt: this address is none of them.
  std::optional<net::ServerResponse> page(const net::ServerRequest& request) {
    return openid_page(openid_.get(), request);
  }
  service::Access& access() { return *access_; }

 private:
  HostedApi() = default;

  std::unique_ptr<store::Accounts> accounts_;
  std::unique_ptr<store::Audit> audit_;
  std::unique_ptr<store::Sites> sites_;
  std::unique_ptr<store::Importers> importers_;
  std::unique_ptr<store::Queue> queue_;
  std::unique_ptr<store::Jobs> jobs_;
  std::unique_ptr<store::Secrets> secrets_;
  std::unique_ptr<store::Idempotency> idempotency_;
  std::unique_ptr<service::SiteStores> stores_;
  std::unique_ptr<service::Entitlements> entitlements_;
  std::unique_ptr<store::Notices> notices_;
  std::unique_ptr<service::Notifier> notifier_;
  std::unique_ptr<service::Access> access_;
  std::unique_ptr<service::OpenId> openid_;
  std::unique_ptr<service::Checks> checks_;
  std::unique_ptr<Installation> installation_;
  std::unique_ptr<Api> api_;
};

}  // namespace muster::web
