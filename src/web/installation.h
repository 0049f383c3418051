// What an operator sees of the whole installation, and does to it.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "base/result.h"
#include "service/backup.h"
#include "service/openid_provider.h"
#include "service/vault.h"

namespace muster::web {

// All are used by several threads and outlive the API.
struct InstallationTools {
  std::string database;  // a URL; never shown as a whole: it may hold a password
  std::string program;   // JSON: version, build, features
  std::string version;
  std::string node;                 // what this machine is called
  std::string backup_folder;        // "": none is made here
  service::Vault* vault = nullptr;  // null: there is no key
  std::optional<service::OpenIdSettings> openid{};
};

class Installation {
 public:
  explicit Installation(InstallationTools tools) : tools_(std::move(tools)) {}

  const InstallationTools& tools() const { return tools_; }
  // None when there is no folder. kSettings `backup`.
  base::Result<std::vector<service::Backup>> backups() const;
  // Takes as long as copying the store does. kSettings `backup`: no folder, or no key; kLimit
  // `busy`: one is being made.
  base::Result<service::Backup> make_backup(const store::AuditEntry& entry);

 private:
  const InstallationTools tools_;
  std::atomic<bool> is_making_ = false;
};

}  // namespace muster::web
