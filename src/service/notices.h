// Tells people what they have to know about a site: runs that failed, were held or parked records,
// that all is well again, backups that failed, and each change of the site's entitlement, before
// and when it happens (docs/how-to/notices.md). What is told goes into the store first; Courier
// delivers it.
//
// The same trouble of an importer is told once a day, until a run of it completes.
// Any thread. Errors: kUnavailable `store_unavailable`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "net/http.h"
#include "net/mail.h"
#include "run/report.h"
#include "service/entitlement.h"
#include "service/vault.h"
#include "store/notices.h"
#include "store/store.h"

namespace muster::service {

// A backup on schedule, as those are told who have to do something about it.
struct BackupNotice {
  std::string site;    // whose contact is told; where there is no such site nobody is
  std::string region;  // of the database; "": of none
  base::WallTime tick{};
  std::string problem;                      // "": it is there
  std::optional<base::WallTime> last_good;  // absent: there is none
};

class Notifier {
 public:
  Notifier(store::Sites& sites, store::Notices& notices) : sites_(sites), notices_(notices) {}

  // After the run's end was written down. `site_store`: where its importer's other runs are.
  base::Status run_ended(std::string_view site, store::Store& site_store, const run::Report& report,
                         base::WallTime now);
  // How the site stands now: what changed since it was told last, and what will change soon. `now`:
  // as entitlement has it; `told_at`: by the clock of those who deliver.
  base::Status stands(const store::Site& site, const Entitlement& entitlement, base::WallTime now,
                      base::WallTime told_at);
  // Once for each tick.
  base::Status backup_failed(const BackupNotice& notice, base::WallTime now);
  // After one that failed.
  base::Status backup_recovered(const BackupNotice& notice, base::WallTime now);
  // For whoever wants to know whether it arrives.
  base::Status test(std::string_view site, const std::string& who, base::WallTime now);

 private:
  base::Status tell(const store::Notice& notice, const store::Contact& contact);
  base::Status tell_of_backup(const BackupNotice& notice, store::Notice told);

  store::Sites& sites_;
  store::Notices& notices_;
};

struct CourierTools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Logger& logger;
  store::Notices& notices;
  store::Sites& sites;
  Vault* vault = nullptr;           // null: no webhook can be signed
  net::Mailer* mailer = nullptr;    // null: there is no e-mail
  bool to_private_address = false;  // webhooks; plain http to loopback too
};

class Courier {
 public:
  explicit Courier(CourierTools tools) : tools_(tools) {}

  // Everything that is due now. What fails is tried again after a minute and ever more rarely, for
  // about a day. Errors of the store only.
  base::Status deliver(const base::Stop& stop);

 private:
  base::Status send(const store::Delivery& delivery, const base::Stop& stop);
  base::Status mail(const store::Delivery& delivery, const std::string& to, const base::Stop& stop);
  base::Status post(const store::Delivery& delivery, const store::Contact& contact,
                    const base::Stop& stop);

  const CourierTools tools_;
};

}  // namespace muster::service
