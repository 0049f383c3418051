// `muster serve`: the service in the foreground, until a signal stops it.
#include <fmt/format.h>

#include <atomic>

#include "cli/backup_settings.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/node.h"
#include "cli/openid_settings.h"
#include "cli/secret_input.h"
#include "cli/version_text.h"
#include "service/region_services.h"
#include "service/regions.h"
#include "web/answer.h"
#include "web/embedded.h"
#include "web/hosted_api.h"

namespace muster::cli {
namespace {

// Behind the #, which browsers keep to themselves.
std::string first_start_text(const base::Secret& token, const std::string& url) {
  return fmt::format(
      "First start: nobody can sign in yet. Make the first operator within 24 hours, once, at\n"
      "  {}/set-up#{}\n",
      url, token.reveal());
}

// Where this machine finds it.
std::string own_url(const net::ServerSettings& settings, std::uint16_t port) {
  std::string address = settings.address;
  if (address == "0.0.0.0" || address == "::") address = "localhost";
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return fmt::format("{}://{}:{}", settings.certificate_file.empty() ? "http" : "https", address,
                     port);
}

// Null: none is named.
base::Result<std::shared_ptr<net::Mailer>> mailer_of(const ServeArguments& arguments,
                                                     Console& console) {
  if (arguments.mail_server.empty()) return std::shared_ptr<net::Mailer>();
  net::MailServer server{.url = arguments.mail_server,
                         .from = arguments.mail_from,
                         .user = arguments.mail_user,
                         .password = {},
                         .ca_file = arguments.mail_ca_file};
  if (!server.user.empty()) {
    server.password = TRY(read_secret(arguments.mail_password_file, "Mail password", console));
  }
  return std::shared_ptr<net::Mailer>(TRY(net::make_mailer(std::move(server))));
}

// "eu=env:NAME"; without a region: the installation's own database.
base::Result<service::OwnerPlaces> owners_of(const std::vector<std::string>& texts) {
  service::OwnerPlaces owners;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const bool names_region =
        equals != std::string::npos && service::check_region_name(text.substr(0, equals)).ok();
    const std::string place = names_region ? text.substr(equals + 1) : text;
    TRY(service::check_region_place(place));
    owners[names_region ? text.substr(0, equals) : std::string()] = place;
  }
  return owners;
}

}  // namespace

int serve_command(const ServeArguments& arguments, Console& console) {
  const std::optional<catalogue::Library> library =
      load_library(arguments.node.catalogues, console);
  if (!library) return kUsage;
  base::Result<std::shared_ptr<net::Mailer>> mailer = mailer_of(arguments, console);
  if (!mailer.ok()) return console.error(mailer.error()), exit_code(mailer.error());
  // These two change the environment: before any other thread starts.
  base::Result<NodePlace> place = place_of(arguments.node, console);
  if (!place.ok()) return console.error(place.error()), exit_code(place.error());
  base::Result<std::optional<service::OpenIdSettings>> openid = openid_settings(arguments, console);
  if (!openid.ok()) return console.error(openid.error()), exit_code(openid.error());
  const base::Result<service::OwnerPlaces> owners = owners_of(arguments.owner_urls);
  if (!owners.ok()) return console.error(owners.error()), exit_code(owners.error());
  place->service.mailer = std::move(*mailer);
  place->service.webhooks_to_private_address = arguments.private_webhooks;
  const std::string node = place->service.node;
  const NodeTools tools(arguments.node.log, console);
  const service::ServiceTools service_tools{*tools.scheduler, *tools.client, *tools.random,
                                            *tools.logger, *library};
  const auto places = region_places(arguments.region_backup_folders);
  if (!places.ok()) return console.error(places.error()), exit_code(places.error());
  const std::optional<service::BackupPlan> backups = place->service.backups;
  // What a region's service does it does with the same settings.
  service::ServiceSettings of_regions = place->service;
  of_regions.workers = arguments.region_workers;
  service::Service service(service_tools, std::move(place->service));
  std::unique_ptr<web::HostedApi> api;
  service::RegionServices regions(
      service_tools,
      {.service = std::move(of_regions),
       .opened = [&](const std::string& region, const std::string& database,
                     service::Vault* vault) { return api->add_region(region, database, vault); },
       .backups = *places});
  std::atomic<bool> has_api = false;
  const base::Error starting{base::ErrorKind::kUnavailable, "starting", "The service is starting."};
  const auto ready = [&]() -> base::Status {
    TRY(service.ready());
    return has_api ? base::Status() : starting;
  };
  const auto answer = [&](const net::ServerRequest& request) {
    return has_api ? api->answer(request) : web::problem_of(starting);
  };
  const auto page = [&](const net::ServerRequest& request) {
    return has_api ? api->page(request) : std::optional<net::ServerResponse>();
  };
  const auto open = [&](std::uint16_t port) -> base::Status {
    if (*openid) TRY(read_stored_secret(arguments.openid, service.vault(), **openid));
    api = TRY(web::HostedApi::open(place->database, {.scheduler = *tools.scheduler,
                                                     .client = *tools.client,
                                                     .random = *tools.random,
                                                     .logger = *tools.logger,
                                                     .library = *library,
                                                     .vault = service.vault(),
                                                     .public_url = arguments.public_url,
                                                     .openid = *openid,
                                                     .program = version_json(),
                                                     .version = MUSTER_VERSION,
                                                     .node = node,
                                                     .backups = backups,
                                                     .owners = *owners,
                                                     .health = [&](std::string_view region) {
                                                       return regions.health_of(region);
                                                     }}));
    TRY(regions.start());
    api->mover().start();
    has_api = true;
    const base::Secret token = TRY(api->access().first_start());
    const std::string& url = arguments.public_url;
    if (!token.empty()) {
      console.err(first_start_text(token, url.empty() ? own_url(place->address, port) : url));
    }
    return {};
  };
  const auto region_health = [&] {
    std::vector<web::RouteTools::Region> all;
    for (const auto& [region, status] : regions.health()) all.push_back({region, status.ok()});
    return all;
  };
  return run_node(*place, tools, service,
                  {.routes = {.ready = ready,
                              .api = answer,
                              .page = page,
                              .console = web::embedded_files(),
                              .regions = region_health},
                   .open = open,
                   .close =
                       [&] {
                         if (api) api->mover().stop();
                         regions.stop();
                       },
                   .greeting = "muster serves"},
                  console);
}

}  // namespace muster::cli
