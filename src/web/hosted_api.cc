#include "web/hosted_api.h"

#include <fmt/format.h>

#include "base/text.h"
#include "service/region_services.h"
#include "service/site_stores.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// Of the threads that answer (cli/node.cc): a region that has become slow leaves some to all
// others.
constexpr unsigned kMostInRegion = 6;

}  // namespace

// Of one database.
struct HostedApi::Stores {
  std::unique_ptr<base::Logger> logger;  // null: the installation's own database
  std::unique_ptr<service::Checks> checks;
  std::unique_ptr<store::Audit> audit;
  std::unique_ptr<store::Sites> sites;
  std::unique_ptr<store::Importers> importers;
  std::unique_ptr<store::Queue> queue;
  std::unique_ptr<store::Jobs> jobs;
  std::unique_ptr<store::Secrets> secrets;
  std::unique_ptr<store::Idempotency> idempotency;
  std::unique_ptr<store::Notices> notices;
  std::unique_ptr<service::SiteStores> stores;
  std::unique_ptr<service::Entitlements> entitlements;
  std::unique_ptr<service::Notifier> notifier;
  std::unique_ptr<ApiTools> tools;
  unsigned visits = 0;  // guarded by HostedApi::monitor_
};

struct HostedApi::Stay final : Visit {
  Stay(base::Monitor& guard, Stores& visited) : monitor(guard), stores(visited) {}
  ~Stay() override {
    base::Monitor::Lock lock(monitor);
    --stores.visits;
  }
  ApiTools& tools() override { return *stores.tools; }

  base::Monitor& monitor;
  Stores& stores;
};

HostedApi::HostedApi(const HostTools& tools) : tools_(tools), monitor_(tools.scheduler) {}
HostedApi::~HostedApi() = default;

Result<std::unique_ptr<HostedApi::Stores>> HostedApi::open_stores(const std::string& database,
                                                                  const std::string& region,
                                                                  service::Vault* vault) {
  auto made = std::make_unique<Stores>();
  if (!region.empty()) made->logger = service::make_discreet_logger(tools_.logger, region);
  base::Logger& logger = made->logger ? *made->logger : tools_.logger;
  made->checks = std::make_unique<service::Checks>(
      service::DoctorTools{tools_.scheduler, tools_.client, tools_.random, logger});
  made->audit = TRY(store::open_audit(database));
  made->sites = TRY(store::open_sites(database));
  made->importers = TRY(store::open_importers(database));
  made->queue = TRY(store::open_queue(database, tools_.scheduler));
  made->jobs = TRY(store::open_jobs(database));
  made->secrets = TRY(store::open_secrets(database));
  made->idempotency = TRY(store::open_idempotency(database));
  made->notices = TRY(store::open_notices(database));
  made->stores = std::make_unique<service::SiteStores>(database, tools_.scheduler);
  made->entitlements = std::make_unique<service::Entitlements>(*made->sites, *made->queue);
  made->notifier = std::make_unique<service::Notifier>(*made->sites, *made->notices);
  made->tools = std::make_unique<ApiTools>(ApiTools{
      .scheduler = tools_.scheduler,
      .random = tools_.random,
      .logger = logger,
      .library = tools_.library,
      .access = *access_,
      .accounts = *accounts_,
      .audit = *made->audit,
      .sites = *made->sites,
      .entitlements = *made->entitlements,
      .notices = *made->notices,
      .notifier = *made->notifier,
      .importers = *made->importers,
      .queue = *made->queue,
      .jobs = *made->jobs,
      .secrets = *made->secrets,
      .idempotency = *made->idempotency,
      .checks = *made->checks,
      .vault = vault,
      .installation = *installation_,
      .store_of = [stores = made->stores.get()](std::string_view site) { return stores->of(site); },
      .own_sites = *own_sites_,
      .regions = *directory_,
      .mover = *mover_,
      .places = *this,
      .public_url = tools_.public_url});
  return made;
}

Result<std::unique_ptr<HostedApi>> HostedApi::open(const std::string& database,
                                                   const HostTools& tools) {
  TRY(store::require_region(database, ""));
  std::unique_ptr<HostedApi> host(new HostedApi(tools));
  host->accounts_ = TRY(store::open_accounts(database));
  host->own_sites_ = TRY(store::open_sites(database));
  host->directory_ = TRY(store::open_regions(database));
  host->moves_ = TRY(store::open_site_moves(database));
  host->mover_ = std::make_unique<service::SiteMover>(
      service::MoverTools{tools.scheduler, tools.logger, *host->moves_},
      service::MoverSettings{.directory = database,
                             .muster = tools.version,
                             .vault = tools.vault,
                             .owners = tools.owners});
  host->own_audit_ = TRY(store::open_audit(database));
  host->access_ =
      std::make_unique<service::Access>(*host->accounts_, *host->own_audit_, tools.scheduler);
  if (tools.openid) {
    host->openid_ = std::make_unique<service::OpenId>(*tools.openid, *host->access_,
                                                      tools.scheduler, tools.client);
  }
  host->installation_ =
      std::make_unique<Installation>(InstallationTools{.database = database,
                                                       .program = tools.program,
                                                       .version = tools.version,
                                                       .node = tools.node,
                                                       .backups = tools.backups,
                                                       .vault = tools.vault,
                                                       .openid = tools.openid,
                                                       .scheduler = tools.scheduler,
                                                       .client = tools.client,
                                                       .random = tools.random,
                                                       .logger = tools.logger});
  host->own_ = TRY(host->open_stores(database, "", tools.vault));
  host->api_ = std::make_unique<Api>(*host->own_->tools);
  return host;
}

Status HostedApi::add_region(const std::string& region, const std::string& database,
                             service::Vault* vault) {
  std::unique_ptr<Stores> opened = TRY(open_stores(database, region, vault));
  base::Monitor::Lock lock(monitor_);
  regions_.emplace(region, std::move(opened));
  return {};
}

Result<std::unique_ptr<Places::Visit>> HostedApi::of_site(std::string_view site) {
  const std::string region = TRY(directory_->region_of(site));
  return region.empty() ? Result<std::unique_ptr<Visit>>(nullptr) : of_region(region);
}

Result<std::unique_ptr<Places::Visit>> HostedApi::of_region(std::string_view region) {
  if (tools_.health) TRY(tools_.health(region));
  base::Monitor::Lock lock(monitor_);
  const auto found = regions_.find(region);
  if (found == regions_.end()) {
    return Error{ErrorKind::kUnavailable, "region_unavailable",
                 fmt::format("The region {} is not open yet. Try again in a moment.",
                             base::printable(region))};
  }
  Stores& stores = *found->second;
  if (stores.visits >= kMostInRegion) {
    return Error{ErrorKind::kUnavailable, "region_busy",
                 fmt::format("The region {} answers slowly, and others wait for it already. Try "
                             "again in a moment.",
                             base::printable(region))};
  }
  ++stores.visits;
  return std::unique_ptr<Visit>(std::make_unique<Stay>(monitor_, stores));
}

Result<std::vector<Places::Elsewhere>> HostedApi::elsewhere() {
  std::vector<Elsewhere> sites;
  for (store::Pin& pin : TRY(directory_->pins())) {
    sites.push_back({std::move(pin.site), std::move(pin.name), std::move(pin.region)});
  }
  return sites;
}

}  // namespace muster::web
