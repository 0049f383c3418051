// `muster serve`: the service in the foreground, until a signal stops it.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/openid_settings.h"
#include "cli/secret_input.h"
#include "cli/signals.h"
#include "cli/store_url.h"
#include "crypto/key_source.h"
#include "net/http_server.h"
#include "service/service.h"
#include "store/store.h"
#include "web/answer.h"
#include "web/hosted_api.h"
#include "web/metrics.h"
#include "web/embedded.h"
#include "web/routes.h"

namespace muster::cli {
namespace {

// Some of them wait for a password to be checked, at most so many as service/access.h says.
constexpr unsigned kHandlers = 12;
// More than any definition of importers; nobody has to be signed in to send so much.
constexpr std::size_t kMostBody = std::size_t{2} << 20;
constexpr std::size_t kMostConnections = 4096;

// Whoever watches asks every few seconds.
constexpr std::size_t kMostWatchers = 64;

// "127.0.0.1:8080", "[::1]:8080"
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

std::string this_node() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) name[0] = '\0';
  return fmt::format("{}-{}", name, ::getpid());
}

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

std::string wrong_address(std::string_view option, std::string_view listen) {
  return fmt::format("{}: write ADDRESS:PORT, such as 127.0.0.1:8080, not \"{}\"", option,
                     base::printable(listen));
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

int serve_command(const ServeArguments& arguments, Console& console) {
  std::optional<net::ServerSettings> address = address_of(arguments.listen);
  if (!address) {
    console.error(wrong_address("--listen", arguments.listen));
    return kUsage;
  }
  std::optional<net::ServerSettings> metrics_address;
  if (!arguments.metrics_listen.empty()) {
    metrics_address = address_of(arguments.metrics_listen);
    if (!metrics_address) {
      console.error(wrong_address("--metrics-listen", arguments.metrics_listen));
      return kUsage;
    }
    metrics_address->workers = 1;  // Metrics answers one at a time
    metrics_address->max_connections = kMostWatchers;
  }
  address->certificate_file = arguments.tls_certificate;
  address->private_key_file = arguments.tls_key;
  const std::optional<catalogue::Library> library = load_library(arguments.catalogues, console);
  if (!library) return kUsage;
  base::Result<std::shared_ptr<net::Mailer>> mailer = mailer_of(arguments, console);
  if (!mailer.ok()) return console.error(mailer.error()), exit_code(mailer.error());
  // Before any other thread starts: it changes the environment.
  base::Result<std::optional<crypto::KeyEncryptionKey>> key =
      crypto::take_key_if_given(arguments.key_file);
  if (!key.ok()) return console.error(key.error()), exit_code(key.error());
  base::Result<std::optional<service::OpenIdSettings>> openid = openid_settings(arguments, console);
  if (!openid.ok()) return console.error(openid.error()), exit_code(openid.error());
  const std::unique_ptr<base::Scheduler> scheduler = base::make_real_scheduler();
  StopOnSignal signals(*scheduler, console, "stopping: runs under way are cancelled ...");
  const std::unique_ptr<base::Logger> logger =
      base::make_stderr_logger(arguments.log.level, arguments.log.format);
  const std::unique_ptr<base::Random> random = base::make_system_random();
  const std::unique_ptr<net::HttpClient> client = net::make_curl_client(*scheduler);
  const std::string database = store_url(arguments.database);
  service::Service service({*scheduler, *client, *random, *logger, *library},
                           {.database = database,
                            .node = this_node(),
                            .workers = arguments.workers,
                            .key = std::move(*key),
                            .mailer = std::move(*mailer),
                            .webhooks_to_private_address = arguments.private_webhooks});
  // The port first: whoever finds it taken must not have begun any run.
  std::unique_ptr<web::HostedApi> api;
  std::atomic<bool> has_api = false;
  const base::Error starting{base::ErrorKind::kUnavailable, "starting", "The service is starting."};
  const auto ready = [&]() -> base::Status {
    TRY(service.ready());
    return has_api ? base::Status() : starting;
  };
  const web::Routes routes({.ready = ready,
                            .api =
                                [&](const net::ServerRequest& request) {
                                  return has_api ? api->answer(request) : web::problem_of(starting);
                                },
                            .page =
                                [&](const net::ServerRequest& request) {
                                  return has_api ? api->page(request)
                                                 : std::optional<net::ServerResponse>();
                                },
                            .console = web::embedded_files()});
  MetricsListener watched{.metrics = web::Metrics(*scheduler, service.counts()), .server = {}};
  net::HttpServer server(*address, [&](net::ServerRequest&& request) {
    net::ServerResponse response = routes.answer(request);
    watched.metrics.answered(response.status);
    return response;
  });
  if (base::Status listening = server.start(); !listening.ok()) {
    return console.error(listening.error()), exit_code(listening.error());
  }
  if (base::Status started = service.start(); !started.ok()) {
    server.stop();
    return console.error(started.error()), exit_code(started.error());
  }
  const base::Status opened = [&]() -> base::Status {
    if (*openid) TRY(read_stored_secret(arguments.openid, service.vault(), **openid));
    api = TRY(web::HostedApi::open(database, {*scheduler, *client, *random, *logger, *library,
                                              service.vault(), arguments.public_url, *openid}));
    has_api = true;
    if (metrics_address) TRY(watched.start(*metrics_address, database));
    const base::Secret token = TRY(api->access().first_start());
    const std::string& url = arguments.public_url;
    if (!token.empty()) {
      console.err(first_start_text(token, url.empty() ? own_url(*address, server.port()) : url));
    }
    return {};
  }();
  if (!opened.ok()) {
    server.stop();
    service.stop();
    return console.error(opened.error()), exit_code(opened.error());
  }
  if (watched.server) {
    console.err(fmt::format("muster tells metrics on port {}\n", watched.server->port()));
  }
  console.err(fmt::format("muster serves on port {}\n", server.port()));
  base::sleep_until(*scheduler, base::Instant::never(), signals.stop());
  server.stop();
  service.stop();
  return kOk;
}

}  // namespace muster::cli
