#include "service/notices.h"

#include <fmt/format.h>

#include "base/text.h"

namespace muster::service {
namespace {

using base::Result;
using base::Status;
using base::WallTime;
using run::State;

// How long before a change it is told, the nearest first.
constexpr std::chrono::days kAhead[] = {std::chrono::days(1), std::chrono::days(7),
                                        std::chrono::days(14)};

std::vector<std::string> channels_of(const store::Contact& contact) {
  std::vector<std::string> channels;
  if (!contact.email.empty()) channels.push_back("email");
  if (!contact.webhook.empty()) channels.push_back("webhook");
  return channels;
}

bool is_good(State state) {
  return state == State::kCompleted || state == State::kCompletedWithRejects;
}

// "": nothing that anybody has to be told.
std::string_view kind_of(State state) {
  switch (state) {
    case State::kFailed: return "run.failed";
    case State::kHeld: return "run.held";
    case State::kAbandoned: return "run.abandoned";
    case State::kCompletedWithRejects: return "run.rejects";
    default: return "";
  }
}

std::string_view what_to_do(const run::Report& report) {
  switch (report.state) {
    case State::kHeld:
      return "Nothing was sent to Assets. Look at the run's findings, then approve or reject it.";
    case State::kCompletedWithRejects:
      return report.reason == "rejects"
                 ? "Everything else was imported. The run's report lists the records that were "
                   "parked."
                 : "The run's report says more.";
    case State::kCompleted: return "";
    // It may have died after all was handed over.
    case State::kAbandoned: return "The next run makes Assets whole.";
    default: return "The run's report says more.";
  }
}

std::string day_of(WallTime at) { return base::format_utc(at).substr(0, 10); }

store::Notice notice_of(std::string_view site, const run::Report& report, std::string_view kind,
                        WallTime now) {
  const std::string importer = base::printable(report.importer, 100);
  const std::string_view state =
      kind == "run.recovered" ? "completed again" : run::to_string(report.state);
  return {.site = std::string(site),
          .notice = {},
          .at = now,
          .kind = std::string(kind),
          .importer = report.importer,
          .run_id = report.run_id,
          .subject = fmt::format("{}: {} {}", site, importer, state),
          .body = fmt::format("Site: {}\nImporter: {}\nRun: {}\nState: {} ({})\n\n{}\n{}\n", site,
                              importer, report.run_id, run::to_string(report.state), report.reason,
                              base::printable(report.message, 1000), what_to_do(report))};
}

// The last run before this one that went well, and whether one that did not lies between them.
struct Before {
  std::string good;
  bool has_trouble = false;
};

Result<Before> look_back(store::Store& store, const run::Report& report) {
  constexpr std::size_t kFar = 50;
  Before before;
  for (const store::RunRow& row : TRY(store.runs(report.importer, kFar))) {
    if (row.run_id == report.run_id || row.state == "running") continue;
    if (row.state.starts_with("completed")) {
      before.good = row.run_id;
      break;
    }
    before.has_trouble = before.has_trouble || row.state != "cancelled";
  }
  return before;
}

std::string standing_sentence(const store::Site& site, const Entitlement& entitlement) {
  const std::string until = entitlement.until ? day_of(*entitlement.until) : "";
  switch (entitlement.standing) {
    case Standing::kTrial: return fmt::format("is on trial until {}", until);
    case Standing::kActive:
      return until.empty() ? "is entitled without an end"
                           : fmt::format("is entitled until {}", until);
    case Standing::kGrace:
      return fmt::format("was entitled until {}; its importers go on until {}",
                         site.active_until ? day_of(*site.active_until) : "", until);
    case Standing::kExpired:
      return "is not entitled any more: nothing runs, nothing was deleted, everything can be "
             "exported";
    case Standing::kRemoved:
      return until.empty() ? "was removed"
                           : fmt::format("was removed; its data is deleted on {}", until);
  }
  return "";
}

}  // namespace

Status Notifier::tell(const store::Notice& notice, const store::Contact& contact) {
  TRY(notices_.add(notice, channels_of(contact)));
  return {};
}

Status Notifier::run_ended(std::string_view site, store::Store& site_store,
                           const run::Report& report, WallTime now) {
  const std::string_view kind = kind_of(report.state);
  if (kind.empty() && !is_good(report.state)) return {};
  const std::optional<store::Site> row = TRY(sites_.find(site));
  if (!row) return {};
  const Before before = TRY(look_back(site_store, report));
  if (is_good(report.state) && before.has_trouble) {
    store::Notice notice = notice_of(site, report, "run.recovered", now);
    notice.notice = fmt::format("recovered/{}/{}", report.importer, report.run_id);
    TRY(tell(notice, row->contact));
  }
  if (kind.empty()) return {};
  store::Notice notice = notice_of(site, report, kind, now);
  notice.notice =
      fmt::format("{}/{}/{}/{}/{}", kind, report.importer, report.reason, before.good, day_of(now));
  return tell(notice, row->contact);
}

Status Notifier::stands(const store::Site& site, const Entitlement& entitlement, WallTime now,
                        WallTime told_at) {
  // Its last data is gone: nobody is left to be told.
  if (entitlement.standing == Standing::kRemoved && site.contact.email.empty() &&
      site.contact.webhook.empty()) {
    return {};
  }
  const std::string until = entitlement.until ? base::format_utc(*entitlement.until) : "ever";
  const std::string standing = fmt::format("{}/{}", to_string(entitlement.standing), until);
  const std::string sentence =
      fmt::format("The site {} {}.", site.site, standing_sentence(site, entitlement));
  store::Notice notice{.site = site.site,
                       .notice = {},
                       .at = told_at,
                       .kind = {},
                       .importer = {},
                       .run_id = {},
                       .subject = {},
                       .body = sentence + "\n"};
  if (site.told != standing) {
    notice.notice = fmt::format("entitlement/{}/{}/{}", standing, site.told, base::format_utc(now));
    notice.kind = "entitlement.changed";
    notice.subject = fmt::format("{}: {}", site.site, to_string(entitlement.standing));
    // What it was made as is no change.
    if (!site.told.empty()) TRY(tell(notice, site.contact));
    TRY(sites_.set_told(site.site, standing));
  }
  if (!entitlement.until) return {};
  const auto left = *entitlement.until - now;
  for (const std::chrono::days ahead : kAhead) {
    if (left > ahead) continue;
    notice.notice = fmt::format("entitlement/{}/{}-days", standing, ahead.count());
    notice.kind = "entitlement.ending";
    notice.subject = fmt::format("{}: {} until {}", site.site, to_string(entitlement.standing),
                                 day_of(*entitlement.until));
    return tell(notice, site.contact);
  }
  return {};
}

Status Notifier::backup_failed(const BackupNotice& notice, WallTime now) {
  const std::string last = notice.last_good ? fmt::format("The last good one was made at {}.",
                                                          base::format_utc(*notice.last_good))
                                            : "There is no good one yet.";
  return tell_of_backup(
      notice,
      {.site = {},
       .notice = fmt::format("backup.failed/{}/{}", notice.region, base::format_utc(notice.tick)),
       .at = now,
       .kind = "backup.failed",
       .importer = {},
       .run_id = {},
       .subject = "the backup failed",
       .body = fmt::format("The backup that was due at {} failed. It is tried again by "
                           "itself.\n{}\n\n{}\n",
                           base::format_utc(notice.tick), last, notice.problem)});
}

Status Notifier::backup_recovered(const BackupNotice& notice, WallTime now) {
  return tell_of_backup(notice, {.site = {},
                                 .notice = fmt::format("backup.recovered/{}/{}", notice.region,
                                                       base::format_utc(notice.tick)),
                                 .at = now,
                                 .kind = "backup.recovered",
                                 .importer = {},
                                 .run_id = {},
                                 .subject = "there is a good backup again",
                                 .body = fmt::format("The backup that was due at {} is there.\n",
                                                     base::format_utc(notice.tick))});
}

Status Notifier::tell_of_backup(const BackupNotice& notice, store::Notice told) {
  const std::optional<store::Site> row = TRY(sites_.find(notice.site));
  if (!row) return {};
  told.site = notice.site;
  told.subject = fmt::format("{}: {}", notice.region.empty() ? "muster" : "region " + notice.region,
                             told.subject);
  return tell(told, row->contact);
}

Status Notifier::test(std::string_view site, const std::string& who, WallTime now) {
  const std::optional<store::Site> row = TRY(sites_.find(site));
  if (!row) return {};
  if (channels_of(row->contact).empty()) {
    return base::Error{base::ErrorKind::kSettings, "contact",
                       "Nobody would be told: the site has neither a contact nor a webhook."};
  }
  return tell({.site = std::string(site),
               // Once a minute: nobody floods somebody else's mailbox with it.
               .notice = fmt::format("test/{}", base::format_utc(now).substr(0, 16)),
               .at = now,
               .kind = "test",
               .importer = {},
               .run_id = {},
               .subject = fmt::format("{}: test", site),
               .body = fmt::format("{} wanted to know whether notices of the site {} arrive.\n",
                                   base::printable(who), site)},
              row->contact);
}

}  // namespace muster::service
