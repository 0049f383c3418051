#include "cli/run_session.h"

#include "cli/progress_bars.h"
#include "cli/progress_view.h"
#include "service/run_store_adapter.h"

namespace muster::cli {
namespace {

ProgressMode progress_mode(const RunSettings& settings, const Console& console) {
  if (settings.no_progress) return ProgressMode::kOff;
  return console.err_is_terminal() ? ProgressMode::kBars : ProgressMode::kLines;
}

}  // namespace

run::Report run_importer(const run::Importer& importer, service::Credentials credentials,
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
  const assets::JsmTools jsm_tools{scheduler, *client, *random, *logger, &progress.assets_pause};
  const std::unique_ptr<assets::Destination> destination =
      service::make_destination(importer, std::move(credentials.token), jsm_tools);
  const std::unique_ptr<assets::People> people =
      service::make_people(importer, std::move(credentials.people_token), jsm_tools);
  service::RunStoreAdapter adapter(store, settings.keep_baseline, settings.lock);
  return run::execute(importer, std::move(credentials.connection), settings.options,
                      {scheduler, *client, *random, *logger, adapter, *destination, people.get()},
                      progress, stop);
}

}  // namespace muster::cli
