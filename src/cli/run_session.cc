#include "cli/run_session.h"

#include "assets/files.h"
#include "cli/progress_bars.h"
#include "cli/progress_view.h"
#include "cli/run_store_adapter.h"

namespace muster::cli {
namespace {

ProgressMode progress_mode(const RunSettings& settings, const Console& console) {
  if (settings.no_progress) return ProgressMode::kOff;
  return console.err_is_terminal() ? ProgressMode::kBars : ProgressMode::kLines;
}

}  // namespace

std::unique_ptr<assets::Destination> make_destination(const run::Importer& importer,
                                                      base::Secret token,
                                                      const assets::JsmTools& tools) {
  const run::DestinationSettings& to = importer.destination;
  if (to.type == run::DestinationSettings::Type::kFiles) {
    return assets::make_files_destination(to.directory, tools.scheduler);
  }
  assets::JsmSettings settings;
  settings.api_url = to.api_url;
  settings.token = std::move(token);
  settings.trust =
      std::make_shared<net::Trust>(net::Trust{to.trust.allow_private_address, to.trust.ca_file});
  settings.attempts = importer.retry.attempts;
  settings.max_wait = importer.retry.max_wait;
  return assets::make_jsm_destination(std::move(settings), tools);
}

base::Result<std::vector<Credentials>> take_credentials(std::span<const run::Importer> importers,
                                                        run::Places places) {
  std::vector<Credentials> all;
  for (const run::Importer& importer : importers) {
    Credentials& credentials = all.emplace_back();
    credentials.connection = TRY(run::resolve_connection(importer));
    if (places == run::Places::kSourceAndDestination &&
        importer.destination.type == run::DestinationSettings::Type::kJsmAssets) {
      credentials.token =
          TRY(run::resolve_secret(importer.destination.token, importer.file, "token"));
    }
  }
  // Only now: importers may share a variable.
  for (const run::Importer& importer : importers) run::wipe_variables(importer);
  return all;
}

run::Report run_importer(const run::Importer& importer, Credentials credentials,
                         const RunSettings& settings, base::Scheduler& scheduler,
                         store::Store& store, Console& console, const base::Stop& stop) {
  run::Progress progress;
  ProgressBars bars(progress_mode(settings, console), scheduler, console, progress);
  const std::unique_ptr<base::Logger> logger =
      base::make_sink_logger(settings.log.level, settings.log.format,
                             [&bars](std::string_view line) { bars.print(line); });
  const bool to_assets = importer.destination.type == run::DestinationSettings::Type::kJsmAssets;
  const std::stop_callback say(stop, [&] { bars.print(stopping_text(progress.phase, to_assets)); });
  const std::unique_ptr<base::Random> random = base::make_system_random();
  const std::unique_ptr<net::HttpClient> client = net::make_curl_client(scheduler);
  const std::unique_ptr<assets::Destination> destination = make_destination(
      importer, std::move(credentials.token), {scheduler, *client, *random, *logger});
  RunStoreAdapter adapter(store, settings.keep_baseline, settings.lock);
  return run::execute(importer, std::move(credentials.connection), settings.options,
                      {scheduler, *client, *random, *logger, adapter, *destination}, progress,
                      stop);
}

}  // namespace muster::cli
