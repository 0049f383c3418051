// One route of the API, and one request that is being answered. A route cannot be written without
// saying who may use it; the OpenAPI document is made of the same table (openapi.h).
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "catalogue/loader.h"
#include "json/value.h"
#include "net/http_server.h"
#include "service/access.h"
#include "service/checks.h"
#include "service/entitlement.h"
#include "service/notices.h"
#include "service/site_mover.h"
#include "service/vault.h"
#include "store/accounts.h"
#include "store/audit.h"
#include "store/idempotency.h"
#include "store/importers.h"
#include "store/jobs.h"
#include "store/queue.h"
#include "store/regions.h"
#include "store/secrets.h"
#include "store/sites.h"
#include "store/store.h"
#include "web/installation.h"
#include "web/places.h"
#include "web/target.h"

namespace muster::web {

// Who may use a route. The last two: with that role at the site that its path names.
enum class Needs { kNothing, kSignIn, kOperator, kAuditor, kAdmin };

// Has to be said: there is no route without.
struct Declared {
  constexpr Declared(Needs said) : what(said) {}     // NOLINT(google-explicit-constructor)
  constexpr operator Needs() const { return what; }  // NOLINT(google-explicit-constructor)
  Needs what;
};

// Those of one database, with what belongs to the whole installation. All are used by several
// threads and outlive the API.
struct ApiTools {
  base::Scheduler& scheduler;
  base::Random& random;
  base::Logger& logger;
  const catalogue::Library& library;
  service::Access& access;
  store::Accounts& accounts;
  store::Audit& audit;
  store::Sites& sites;
  service::Entitlements& entitlements;
  store::Notices& notices;
  service::Notifier& notifier;
  store::Importers& importers;
  store::Queue& queue;
  store::Jobs& jobs;
  store::Secrets& secrets;
  store::Idempotency& idempotency;
  service::Checks& checks;
  service::Vault* vault;  // null: the service has no key
  Installation& installation;
  std::function<base::Result<std::shared_ptr<store::Store>>(std::string_view site)> store_of;
  // Of the installation's own database, whichever the rest is of.
  store::Sites& own_sites;
  store::Regions& regions;
  service::SiteMover& mover;
  Places& places;
  std::string public_url = {};  // where browsers find muster; "": where they ask
};

struct Answer {
  int status = 200;
  std::string body;
  std::vector<net::Header> headers;
  std::string_view type = "application/json";
};

struct Request {
  ApiTools& tools;  // of the database that the site of its path is in
  const net::ServerRequest& http;
  Parts path;              // "site" -> "acme"
  Parts query;             // decoded
  service::Caller caller;  // nobody where nothing is needed
  json::Value body;        // an object, for routes that take one

  const std::string& at(std::string_view name) const { return path.find(name)->second; }
  base::WallTime now() const { return tools.scheduler.wall_now(); }
  // For the audit log of `site`.
  store::AuditEntry entry(std::string_view site, std::string_view act,
                          std::string_view target) const {
    return service::audit_entry(caller, site, act, target, now());
  }
};

// A member of a JSON object, or a parameter of a query.
struct Field {
  std::string_view name;
  std::string_view type;  // of JSON Schema
  bool is_required = true;
};

struct Route {
  std::string_view method;
  std::string_view path;  // "/api/v1/sites/{site}/importers"
  Declared needs;
  std::string_view summary;
  base::Result<Answer> (*handler)(Request& request);
  std::span<const Field> body = {};  // of the JSON object that is to be sent; empty: none
  std::span<const Field> query = {};
  std::span<const Field> answers = {};         // of the JSON object that comes back
  int status = 200;                            // when all is well
  std::string_view type = "application/json";  // of the answer
  bool is_versioned = false;                   // takes If-Match, and its answer has an ETag
  bool only_looks = false;                     // though it is a POST
  bool has_secret = false;                     // of its answer; not kept for an Idempotency-Key
};

// What a field of the body says. kSettings `body`: it is missing or of another type.
base::Result<std::string> text_field(const Request& request, std::string_view name);
base::Result<std::string> text_field(const Request& request, std::string_view name,
                                     std::string_view otherwise);
base::Result<bool> flag_field(const Request& request, std::string_view name, bool otherwise);
base::Result<std::int64_t> number_field(const Request& request, std::string_view name,
                                        std::int64_t otherwise);
// ?limit=: 1 to `most`, 50 when not given. kSettings `query`.
base::Result<std::size_t> limit_of(const Request& request, std::int64_t most = 200);
std::string query_of(const Request& request, std::string_view name);  // "": not given

std::span<const Route> access_routes();
std::span<const Route> site_routes();
std::span<const Route> importer_routes();
std::span<const Route> version_routes();
std::span<const Route> preview_routes();
std::span<const Route> overview_routes();
std::span<const Route> run_routes();
std::span<const Route> job_routes();
std::span<const Route> secret_routes();
std::span<const Route> notice_routes();
std::span<const Route> installation_routes();
std::span<const Route> region_routes();
std::span<const Route> restore_routes();

}  // namespace muster::web
