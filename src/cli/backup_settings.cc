#include "cli/backup_settings.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"
#include "cli/secret_place.h"
#include "run/time_zone.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr SecretOption kSecret{"--s3-secret", "backup"};

Error wrong(std::string message) { return {ErrorKind::kSettings, "backup", std::move(message)}; }

// "" where it is not set.
std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<run::ScheduleSettings> schedule_of(const BackupPlanArguments& arguments) {
  run::ScheduleSettings schedule;
  if (!arguments.time_zone.empty()) schedule.time_zone = arguments.time_zone;
  if (!run::is_time_zone(schedule.time_zone)) {
    const auto near = run::closest_time_zone(schedule.time_zone);
    return wrong(fmt::format("--backup-time-zone: there is no zone \"{}\"{}",
                             base::printable(schedule.time_zone, 60),
                             near ? fmt::format("; did you mean {}?", *near) : "."));
  }
  if (arguments.schedule.empty()) return schedule;
  std::vector<std::string> mistakes;
  const auto fields = run::parse_cron(arguments.schedule, mistakes);
  if (!fields) {
    return wrong(fmt::format("--backup-schedule: {}", mistakes.empty()
                                                          ? "write five fields, as in cron"
                                                          : mistakes.front()));
  }
  schedule.form = run::Cron{*fields, arguments.schedule};
  return schedule;
}

}  // namespace

Result<service::S3Settings> s3_settings(const S3Arguments& arguments, Console& console) {
  service::S3Settings settings{.endpoint = arguments.endpoint,
                               .is_path_style = arguments.path_style,
                               .key_id = arguments.key_id,
                               .secret = {},
                               .stored_secret = stored_at(arguments.secret),
                               .session_token = {},
                               .trust = {arguments.allow_private_address, arguments.ca_file}};
  if (!arguments.region.empty()) settings.region = arguments.region;
  if (!arguments.key_id.empty()) {
    settings.secret = TRY(secret_at(kSecret, arguments.secret, console));
    return settings;
  }
  // As other programs that speak S3 do:
  // https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
  settings.key_id = variable("AWS_ACCESS_KEY_ID");
  if (!variable("AWS_SECRET_ACCESS_KEY").empty()) {
    settings.secret = TRY(secret_at(kSecret, "env:AWS_SECRET_ACCESS_KEY", console));
  }
  if (!variable("AWS_SESSION_TOKEN").empty()) {
    settings.session_token = TRY(secret_at(kSecret, "env:AWS_SESSION_TOKEN", console));
  }
  return settings;
}

Result<std::optional<service::BackupPlan>> backup_plan(const BackupPlanArguments& arguments,
                                                       Console& console) {
  if (arguments.place.empty()) return std::optional<service::BackupPlan>();
  TRY(service::check_place(arguments.place));
  run::ScheduleSettings schedule = TRY(schedule_of(arguments));
  service::BackupPlan plan{.place = arguments.place,
                           .schedule = std::move(schedule),
                           .retention = {.daily = arguments.keep_daily,
                                         .weekly = arguments.keep_weekly,
                                         .monthly = arguments.keep_monthly},
                           .muster = MUSTER_VERSION};
  if (!arguments.told_site.empty()) plan.told_site = arguments.told_site;
  plan.s3 = TRY(s3_settings(arguments.s3, console));
  if (service::is_bucket(plan.place)) TRY(service::check_s3(plan.s3));
  return std::optional(std::move(plan));
}

Result<std::map<std::string, std::string, std::less<>>> region_places(
    const std::vector<std::string>& named) {
  std::map<std::string, std::string, std::less<>> places;
  for (const std::string& one : named) {
    const std::size_t sign = one.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == one.size()) {
      return wrong("--region-backup-folder: write REGION=DIR or REGION=s3://BUCKET/PREFIX.");
    }
    TRY(service::check_place(one.substr(sign + 1)));
    if (!places.emplace(one.substr(0, sign), one.substr(sign + 1)).second) {
      return wrong(fmt::format("--region-backup-folder: {} is named twice.",
                               base::printable(one.substr(0, sign))));
    }
  }
  return places;
}

Result<std::unique_ptr<PlaceTools>> PlaceTools::open(
    const std::string& place, const S3Arguments& arguments, Console& console,
    const std::function<Result<std::unique_ptr<service::Vault>>(base::Scheduler&)>& stored) {
  std::unique_ptr<PlaceTools> tools(new PlaceTools());
  if (!service::is_bucket(place)) return tools;
  service::S3Settings settings = TRY(s3_settings(arguments, console));
  TRY(service::check_s3(settings));
  tools->scheduler_ = base::make_real_scheduler();
  if (!settings.stored_secret.empty()) tools->vault_ = TRY(stored(*tools->scheduler_));
  tools->logger_ = base::make_stderr_logger(base::LogLevel::kError, base::LogFormat::kText);
  tools->random_ = base::make_system_random();
  tools->client_ = net::make_curl_client(*tools->scheduler_);
  tools->access_.emplace(service::S3Access{.settings = std::move(settings),
                                           .scheduler = *tools->scheduler_,
                                           .client = *tools->client_,
                                           .random = *tools->random_,
                                           .logger = *tools->logger_,
                                           .vault = tools->vault_.get()});
  return tools;
}

}  // namespace muster::cli
