// What has to be there before a service can work: the machine, the store and its guard, the key of
// the stored secrets, clocks, and servers that answer. The service refuses to start by the same
// rules; `muster doctor` tells all of them at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "crypto/envelope.h"
#include "net/http.h"
#include "service/vault.h"

namespace muster::service {

struct Prerequisite {
  enum class State { kFine, kRemark, kFailed };
  std::string what;  // "open files"
  State state = State::kFine;
  std::string found;   // "1024"
  std::string advice;  // a sentence that says what to do; empty: nothing
};
std::string_view to_string(Prerequisite::State state);  // "fine", "look at this", "failed"
Prerequisite failed(std::string what, const base::Error& why);

// Where sites of several companies lie, one forgotten condition must not show one to another.
// kSettings.
base::Status require_guard(const std::string& database);

// Null: no key, and no secrets that would need one. kSettings `wrong_key`.
base::Result<std::unique_ptr<Vault>> open_vault(const std::string& database,
                                                const std::optional<crypto::KeyEncryptionKey>& key,
                                                base::Scheduler& scheduler);

// Limits and files of this machine.
std::vector<Prerequisite> check_machine(base::WallTime now);

// Changes nothing in the store, but for making a file of SQLite that is not there, and its folder.
struct StoreCheck {
  std::vector<Prerequisite> found;
  bool is_usable = false;  // importers and secrets can be read
};
StoreCheck check_store(const std::string& database,
                       const std::optional<crypto::KeyEncryptionKey>& key,
                       base::Scheduler& scheduler);

// Also compares the clocks, by the answer's date.
Prerequisite check_server(std::string what, const std::string& url,
                          std::shared_ptr<const net::Trust> trust, net::HttpClient& client,
                          base::Scheduler& scheduler, const base::Stop& stop);

// By the PEM file's first certificate.
Prerequisite check_certificate(const std::string& path, base::WallTime now);

}  // namespace muster::service
