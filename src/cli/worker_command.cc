// `muster worker`: runs what the services on its database put into the queue, until a signal.
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/node.h"
#include "web/answer.h"

namespace muster::cli {

int worker_command(const WorkerArguments& arguments, Console& console) {
  const std::optional<catalogue::Library> library =
      load_library(arguments.node.catalogues, console);
  if (!library) return kUsage;
  base::Result<NodePlace> place = place_of(arguments.node, console);
  if (!place.ok()) return console.error(place.error()), exit_code(place.error());
  place->service.only_works = true;
  place->service.region = arguments.region;
  const NodeTools tools(arguments.node.log, console);
  service::Service service(
      {*tools.scheduler, *tools.client, *tools.random, *tools.logger, *library},
      std::move(place->service));
  const auto nothing = [](const net::ServerRequest&) {
    return web::problem(404, "not_found", "Not found",
                        "This is a worker. The API is where `muster serve` runs.");
  };
  const auto no_page = [&](const net::ServerRequest& request) {
    const bool is_health = request.target == "/healthz" || request.target == "/readyz";
    return is_health ? std::nullopt : std::optional(nothing(request));
  };
  return run_node(
      *place, tools, service,
      {.routes = {.ready = [&] { return service.ready(); }, .api = nothing, .page = no_page},
       .open = {},
       .close = {},
       .greeting = "muster works, and tells its health"},
      console);
}

}  // namespace muster::cli
