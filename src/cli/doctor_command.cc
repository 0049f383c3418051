// `muster doctor`: everything that a service needs here, tried at once, with what to do.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cli/check_text.h"
#include "cli/commands.h"
#include "cli/importer_choice.h"
#include "cli/node.h"
#include "cli/tables.h"
#include "service/checks.h"
#include "service/prerequisites.h"
#include "store/importers.h"
#include "store/sites.h"

namespace muster::cli {
namespace {

using service::Prerequisite;
using State = Prerequisite::State;

// An importer and what it is called here.
struct Patient {
  std::string label;  // "acme/entra"
  std::string site;
  run::Importer importer;
};

Prerequisite check_port(std::string what, const net::ServerSettings& address) {
  net::HttpServer server(address, [](net::ServerRequest&&) {
    return net::ServerResponse{.status = 503, .headers = {}, .body = {}, .shared_body = {}};
  });
  if (base::Status started = server.start(); !started.ok()) {
    return service::failed(std::move(what), started.error());
  }
  const std::uint16_t port = server.port();
  server.stop();
  return {std::move(what), State::kFine, fmt::format("{} port {} is free", address.address, port),
          ""};
}

class Doctor {
 public:
  Doctor(const NodePlace& place, const NodeTools& tools, const catalogue::Library& library)
      : place_(place),
        tools_(tools),
        library_(library),
        checks_({*tools.scheduler, *tools.client, *tools.random, *tools.logger}) {}

  void look_at_machine() {
    for (Prerequisite& one : service::check_machine(tools_.scheduler->wall_now())) {
      add(std::move(one));
    }
    if (!place_.address.certificate_file.empty()) {
      add(service::check_certificate(place_.address.certificate_file,
                                     tools_.scheduler->wall_now()));
    }
    add(check_port("port", place_.address));
    if (place_.metrics_address) add(check_port("port of the metrics", *place_.metrics_address));
  }

  void look_at_store() {
    service::StoreCheck store =
        service::check_store(place_.database, place_.service.key, *tools_.scheduler);
    for (Prerequisite& one : store.found) add(std::move(one));
    if (!store.is_usable) return;
    base::Result<std::unique_ptr<service::Vault>> vault =
        service::open_vault(place_.database, place_.service.key, *tools_.scheduler);
    if (vault.ok()) vault_ = std::move(*vault);
    is_store_usable_ = true;
  }

  void look_at(std::vector<run::Importer> importers) {
    for (run::Importer& importer : importers) {
      patients_.push_back({importer.name, "default", std::move(importer)});
    }
    examine();
  }

  void look_at_stored_importers() {
    if (is_store_usable_) {
      const base::Status read = read_importers();
      if (!read.ok()) add(service::failed("importers", read.error()));
    }
    examine();
  }

  int tell(Console& console) const {
    Table table({{"checked"}, {"state"}, {"found"}});
    for (const Prerequisite& one : found_) {
      table.add({one.what, std::string(service::to_string(one.state)), one.found});
    }
    console.out(table.text() + "\n");
    if (to_do_.empty()) {
      console.out(console.styled(Style::kGood, "Everything that a service needs is there.") + "\n");
    }
    console.out(points("To do", to_do_));
    const auto is_failed = [](const Prerequisite& one) { return one.state == State::kFailed; };
    return std::ranges::any_of(found_, is_failed) ? kUnexpected : kOk;
  }

 private:
  void add(Prerequisite one) {
    if (!one.advice.empty()) to_do_.push_back(fmt::format("{}: {}", one.what, one.advice));
    found_.push_back(std::move(one));
  }

  base::Status read_importers() {
    const auto importers = TRY(store::open_importers(place_.database));
    const auto sites = TRY(store::open_sites(place_.database));
    std::set<std::string> there;
    for (const store::Site& site : TRY(sites->list())) {
      if (!site.kept_until) there.insert(site.site);
    }
    for (const store::Importer& row : TRY(importers->list(""))) {
      if (!there.contains(row.site)) continue;
      const std::string label = row.site + "/" + row.importer;
      run::ImporterFile file =
          run::load_importers_text(row.in_force.definition, row.importer, library_);
      if (catalogue::has_errors(file.findings) || file.importers.size() != 1) {
        add({label, State::kFailed, "its settings cannot be used",
             file.findings.empty() ? "Apply its file again." : file.findings.front().text()});
        continue;
      }
      patients_.push_back({label, row.site, std::move(file.importers.front())});
    }
    return {};
  }

  void examine() {
    examine_atlassian();
    for (const Patient& patient : patients_) {
      if (!tools_.signals.stop().stop_requested()) add(patient);
    }
  }

  // Without importers what they would ask by default.
  void examine_atlassian() {
    std::vector<run::DestinationSettings> destinations;
    for (const Patient& patient : patients_) {
      const run::DestinationSettings& destination = patient.importer.destination;
      const auto same = [&](const auto& other) { return other.api_url == destination.api_url; };
      if (destination.type != run::DestinationSettings::Type::kJsmAssets) continue;
      if (std::ranges::none_of(destinations, same)) destinations.push_back(destination);
    }
    if (patients_.empty()) destinations.emplace_back();
    for (const run::DestinationSettings& destination : destinations) {
      add(service::check_server("Atlassian", destination.api_url,
                                service::trust_of(destination.trust), *tools_.client,
                                *tools_.scheduler, tools_.signals.stop()));
    }
  }

  void add(const Patient& patient) {
    base::Result<service::Credentials> credentials =
        service::read_credentials(patient.importer, run::Places::kSourceAndDestination,
                                  service::secrets_of(vault_.get(), patient.site));
    if (!credentials.ok()) return add(service::failed(patient.label, credentials.error()));
    const auto diagnosis = checks_.check(patient.importer, std::move(*credentials));
    if (!diagnosis.ok()) return add(service::failed(patient.label, diagnosis.error()));
    const bool is_fine = exit_code(*diagnosis) == kOk;
    const std::string& title = diagnosis->source->title;
    found_.push_back({patient.label, is_fine ? State::kFine : State::kFailed,
                      is_fine              ? fmt::format("{} and Assets are ready", title)
                      : diagnosis->sign_in ? fmt::format("cannot sign in to {}", title)
                                           : "`muster check` shows more",
                      ""});
    for (const std::string& advice : service::advice_of(*diagnosis)) {
      to_do_.push_back(fmt::format("{}: {}", patient.label, advice));
    }
  }

  const NodePlace& place_;
  const NodeTools& tools_;
  const catalogue::Library& library_;
  service::Checks checks_;
  std::unique_ptr<service::Vault> vault_;
  bool is_store_usable_ = false;
  std::vector<Patient> patients_;
  std::vector<Prerequisite> found_;
  std::vector<std::string> to_do_;
};

}  // namespace

int doctor_command(const DoctorArguments& arguments, Console& console) {
  const NodeArguments& node = arguments.serve.node;
  const std::optional<catalogue::Library> library = load_library(node.catalogues, console);
  if (!library) return kUsage;
  const base::Result<NodePlace> place = place_of(node, console);
  if (!place.ok()) return console.error(place.error()), exit_code(place.error());
  std::vector<run::Importer> importers;
  if (!arguments.file.empty()) {
    importers =
        choose_importers({.file = arguments.file, .importer = {}, .catalogues = node.catalogues},
                         std::nullopt, console);
    if (importers.empty()) return kUsage;
  }
  const NodeTools tools(node.log, console);
  Doctor doctor(*place, tools, *library);
  doctor.look_at_machine();
  doctor.look_at_store();
  if (importers.empty()) {
    doctor.look_at_stored_importers();
  } else {
    doctor.look_at(std::move(importers));
  }
  return tools.signals.stop().stop_requested() ? static_cast<int>(kCancelled)
                                               : doctor.tell(console);
}

}  // namespace muster::cli
