// The service on one machine: a planner that puts jobs into the queue when schedules say so,
// workers that take them, who tells people what became of it, and who makes backups, until it is
// stopped. A machine may have the workers only, and backups.
//
//   Service service(tools, {.database = url, .workers = 4});
//   TRY(service.start());  ...  service.stop();
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "catalogue/loader.h"
#include "net/http.h"
#include "net/mail.h"
#include "net/throttle.h"
#include "service/backup_keeper.h"
#include "service/run_counts.h"
#include "service/vault.h"
#include "store/queue.h"

namespace muster::service {

struct ServiceTools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  const catalogue::Library& library;
};

// How long its threads do nothing when there was nothing to do.
struct Pauses {
  base::Duration worker = std::chrono::seconds(2);
  base::Duration planner = std::chrono::seconds(10);
  base::Duration courier = std::chrono::seconds(5);
  base::Duration backups = std::chrono::seconds(5);
};

struct ServiceSettings {
  std::string database;     // a URL
  std::string region{};     // that the database is of (store/regions.h); "": of none
  std::string node;         // of all machines on this database only this one has it
  unsigned workers = 4;     // runs at once on this machine
  bool only_works = false;  // others plan what is due, and tell people what became of it
  std::optional<crypto::KeyEncryptionKey> key;  // of the stored secrets
  std::shared_ptr<net::Mailer> mailer{};        // null: notices go by webhook only
  bool webhooks_to_private_address = false;     // plain http to loopback too
  std::optional<BackupPlan> backups{};          // absent: none on schedule
  Pauses pauses{};
};

class Service {
 public:
  Service(ServiceTools tools, ServiceSettings settings);
  ~Service();  // stops

  // Brings the database up to date first. kUnavailable `store_unavailable`; kSettings `wrong_key`
  // also when secrets are stored and no key is given, `wrong_region`.
  base::Status start();
  // Runs under way are cancelled, which changes nothing in Assets; returns when all have ended.
  void stop();
  // Whether the store answers. Any thread.
  base::Status ready();
  // After start(). Null: no key was given.
  Vault* vault() { return vault_.get(); }
  // What its runs came to. Any thread.
  RunCounts& counts() { return counts_; }

 private:
  class PlannerThread;
  class WorkerThread;
  class NoticeThread;
  class BackupThread;

  const ServiceTools tools_;
  const ServiceSettings settings_;
  std::unique_ptr<store::Queue> look_;  // for ready()
  std::unique_ptr<Vault> vault_;
  RunCounts counts_;
  net::Throttles throttles_;
  std::atomic<bool> is_started_ = false;
  std::stop_source stop_;
  std::unique_ptr<PlannerThread> planner_;
  std::vector<std::unique_ptr<WorkerThread>> workers_;
  std::unique_ptr<NoticeThread> notices_;
  std::unique_ptr<BackupThread> backups_;
};

}  // namespace muster::service
