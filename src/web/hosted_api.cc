#include "web/hosted_api.h"

namespace muster::web {

base::Result<std::unique_ptr<HostedApi>> HostedApi::open(const std::string& database,
                                                         const HostTools& tools) {
  std::unique_ptr<HostedApi> host(new HostedApi());
  host->accounts_ = TRY(store::open_accounts(database));
  host->audit_ = TRY(store::open_audit(database));
  host->sites_ = TRY(store::open_sites(database));
  host->importers_ = TRY(store::open_importers(database));
  host->queue_ = TRY(store::open_queue(database, tools.scheduler));
  host->jobs_ = TRY(store::open_jobs(database));
  host->secrets_ = TRY(store::open_secrets(database));
  host->idempotency_ = TRY(store::open_idempotency(database));
  host->stores_ = std::make_unique<service::SiteStores>(database, tools.scheduler);
  host->entitlements_ = std::make_unique<service::Entitlements>(*host->sites_, *host->queue_);
  host->notices_ = TRY(store::open_notices(database));
  host->notifier_ = std::make_unique<service::Notifier>(*host->sites_, *host->notices_);
  host->access_ =
      std::make_unique<service::Access>(*host->accounts_, *host->audit_, tools.scheduler);
  if (tools.openid) {
    host->openid_ = std::make_unique<service::OpenId>(*tools.openid, *host->access_,
                                                      tools.scheduler, tools.client);
  }
  host->checks_ = std::make_unique<service::Checks>(
      service::DoctorTools{tools.scheduler, tools.client, tools.random, tools.logger});
  host->installation_ =
      std::make_unique<Installation>(InstallationTools{.database = database,
                                                       .program = tools.program,
                                                       .version = tools.version,
                                                       .node = tools.node,
                                                       .backup_folder = tools.backup_folder,
                                                       .vault = tools.vault,
                                                       .openid = tools.openid});
  host->api_ = std::make_unique<Api>(ApiTools{
      .scheduler = tools.scheduler,
      .random = tools.random,
      .logger = tools.logger,
      .library = tools.library,
      .access = *host->access_,
      .accounts = *host->accounts_,
      .audit = *host->audit_,
      .sites = *host->sites_,
      .entitlements = *host->entitlements_,
      .notices = *host->notices_,
      .notifier = *host->notifier_,
      .importers = *host->importers_,
      .queue = *host->queue_,
      .jobs = *host->jobs_,
      .secrets = *host->secrets_,
      .idempotency = *host->idempotency_,
      .checks = *host->checks_,
      .vault = tools.vault,
      .installation = *host->installation_,
      .store_of = [stores =
                       host->stores_.get()](std::string_view site) { return stores->of(site); },
      .public_url = tools.public_url});
  return host;
}

}  // namespace muster::web
