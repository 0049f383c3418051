#include "cli/node.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/backup_settings.h"
#include "cli/store_url.h"
#include "web/metrics.h"

namespace muster::cli {
namespace {

// Some of them wait for a password to be checked, at most so many as service/access.h says.
constexpr unsigned kHandlers = 12;
// More than any definition of importers; nobody has to be signed in to send so much.
constexpr std::size_t kMostBody = std::size_t{2} << 20;
constexpr std::size_t kMostConnections = 4096;

// Whoever watches asks every few seconds.
constexpr std::size_t kMostWatchers = 64;

std::string this_node() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) name[0] = '\0';
  return fmt::format("{}-{}", name, ::getpid());
}

base::Error wrong_address(std::string_view option, std::string_view listen) {
  return {base::ErrorKind::kSettings, "settings",
          fmt::format("{}: write ADDRESS:PORT, such as 127.0.0.1:8080, not \"{}\".", option,
                      base::printable(listen))};
}

// Nobody signs in to look at the metrics: they have a listener of their own.
struct MetricsListener {
  web::Metrics metrics;
  std::optional<net::HttpServer> server;

  base::Status start(const net::ServerSettings& address, const std::string& database) {
    TRY(metrics.open(database));
    server.emplace(address,
                   [this](net::ServerRequest&& request) { return metrics.answer(request); });
    return server->start();
  }
};

}  // namespace

std::optional<net::ServerSettings> address_of(std::string_view listen) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = base::parse_int(listen.substr(colon + 1));
  std::string_view address = listen.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  if (address.empty() || !port || *port < 0 || *port > 65'535) return std::nullopt;
  net::ServerSettings settings;
  settings.address = address;
  settings.port = static_cast<std::uint16_t>(*port);
  settings.workers = kHandlers;
  settings.max_body = kMostBody;
  settings.max_connections = kMostConnections;
  return settings;
}

base::Result<NodePlace> place_of(const NodeArguments& arguments, Console& console) {
  std::optional<net::ServerSettings> address = address_of(arguments.listen);
  if (!address) return wrong_address("--listen", arguments.listen);
  address->certificate_file = arguments.tls_certificate;
  address->private_key_file = arguments.tls_key;
  std::optional<net::ServerSettings> metrics_address;
  if (!arguments.metrics_listen.empty()) {
    metrics_address = address_of(arguments.metrics_listen);
    if (!metrics_address) return wrong_address("--metrics-listen", arguments.metrics_listen);
    metrics_address->workers = 1;  // Metrics answers one at a time
    metrics_address->max_connections = kMostWatchers;
  }
  const std::string database = store_url(arguments.database);
  std::optional<crypto::KeyEncryptionKey> key = TRY(crypto::take_key_if_given(arguments.key_file));
  std::optional<service::BackupPlan> backups = TRY(backup_plan(arguments.backups, console));
  if (backups && !backups->schedule.is_none() && !key) {
    return base::Error{base::ErrorKind::kSettings, "backup",
                       "--backup-schedule: a backup is sealed with the key of the stored secrets: "
                       "give --key-file too."};
  }
  return NodePlace{.address = std::move(*address),
                   .metrics_address = std::move(metrics_address),
                   .database = database,
                   .service = {.database = database,
                               .node = arguments.node.empty() ? this_node() : arguments.node,
                               .workers = arguments.workers,
                               .key = std::move(key),
                               .backups = std::move(backups)}};
}

NodeTools::NodeTools(const LogSettings& log, Console& console)
    : scheduler(base::make_real_scheduler()),
      signals(*scheduler, console, "stopping: runs under way are cancelled ..."),
      logger(base::make_stderr_logger(log.level, log.format)),
      random(base::make_system_random()),
      client(net::make_curl_client(*scheduler)) {}

int run_node(const NodePlace& place, const NodeTools& tools, service::Service& service,
             const NodeDoors& doors, Console& console) {
  const web::Routes routes(doors.routes);
  MetricsListener watched{.metrics = web::Metrics(*tools.scheduler, service.counts()),
                          .server = {}};
  net::HttpServer server(place.address, [&](net::ServerRequest&& request) {
    net::ServerResponse response = routes.answer(request);
    watched.metrics.answered(response.status);
    return response;
  });
  // The port first: whoever finds it taken must not have begun any run.
  if (base::Status listening = server.start(); !listening.ok()) {
    return console.error(listening.error()), exit_code(listening.error());
  }
  const base::Status opened = [&]() -> base::Status {
    TRY(service.start());
    if (place.metrics_address) TRY(watched.start(*place.metrics_address, place.database));
    return doors.open ? doors.open(server.port()) : base::Status();
  }();
  if (!opened.ok()) {
    server.stop();
    if (doors.close) doors.close();
    service.stop();
    return console.error(opened.error()), exit_code(opened.error());
  }
  if (watched.server) {
    console.err(fmt::format("muster tells metrics on port {}\n", watched.server->port()));
  }
  console.err(fmt::format("{} on port {}\n", doors.greeting, server.port()));
  base::sleep_until(*tools.scheduler, base::Instant::never(), tools.signals.stop());
  server.stop();
  if (doors.close) doors.close();
  service.stop();
  return kOk;
}

}  // namespace muster::cli
