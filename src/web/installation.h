// What an operator sees of the whole installation, and does to it.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "base/result.h"
#include "service/backup.h"
#include "service/backup_keeper.h"
#include "service/openid_provider.h"
#include "service/vault.h"

namespace muster::web {

// All are used by several threads and outlive the API.
struct InstallationTools {
  std::string database;  // a URL; never shown as a whole: it may hold a password
  std::string program;   // JSON: version, build, features
  std::string version;
  std::string node;                            // what this machine is called
  std::optional<service::BackupPlan> backups;  // absent: none is made here
  service::Vault* vault = nullptr;             // null: there is no key
  std::optional<service::OpenIdSettings> openid{};
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
};

// Of backups on schedule.
struct BackupOutlook {
  std::optional<base::WallTime> next;
  std::optional<store::BackupState> state;  // absent: it has not begun yet
};

class Installation {
 public:
  explicit Installation(InstallationTools tools) : tools_(std::move(tools)) {}

  const InstallationTools& tools() const { return tools_; }
  // Where they go; "": nowhere.
  std::string place() const { return tools_.backups ? tools_.backups->place : std::string(); }
  // Absent: none are made on schedule.
  base::Result<std::optional<BackupOutlook>> outlook() const;
  // None when there is no place. kSettings `backup`.
  base::Result<std::vector<service::Backup>> backups() const;
  // Takes as long as copying the store does. kSettings `backup`: no folder, or no key; kLimit
  // `busy`: one is being made.
  base::Result<service::Backup> make_backup(const store::AuditEntry& entry);

 private:
  service::S3Access access() const;

  const InstallationTools tools_;
  std::atomic<bool> is_making_ = false;
};

}  // namespace muster::web
