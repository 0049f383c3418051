// Secrets as they lie in the store: sealed, under a data key per site that is wrapped itself. This
// room sees neither keys nor values; service/vault.h opens them.
//
// Any thread. Errors: kConflict `version_conflict`, `wrong_key`; kMissing `no_such_secret`,
// `no_such_site`; kUnavailable `store_unavailable`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

struct SecretRow {
  std::string name;
  base::WallTime changed{};
  std::string changed_by;
};

struct WrappedKey {
  std::string site;
  std::string wrapped;
};

class Secrets {
 public:
  virtual ~Secrets() = default;

  // The key that data keys are to be wrapped with; empty: none was ever named.
  virtual base::Result<std::string> key_id() = 0;
  // From `from` ("": none yet) to `to`; nothing when it is `to` already. Else `wrong_key`.
  virtual base::Status change_key(std::string_view from, std::string_view to) = 0;

  virtual base::Result<std::vector<WrappedKey>> data_keys() = 0;  // by site
  virtual base::Result<std::optional<std::string>> data_key(std::string_view site) = 0;
  // The site's first one stays; the one that is kept comes back. `wrong_key` when another key than
  // `key_id` is named by now.
  virtual base::Result<std::string> add_data_key(const WrappedKey& key,
                                                 std::string_view key_id) = 0;
  // `version_conflict` when it is not `before` any more.
  virtual base::Status replace_data_key(const WrappedKey& key, std::string_view before) = 0;

  // After the site has its data key. `entry`, here and below: written with the change, or not at
  // all.
  virtual base::Status put(std::string_view site, const SecretRow& secret, std::string_view sealed,
                           const AuditEntry& entry) = 0;
  virtual base::Result<std::optional<std::string>> find(std::string_view site,
                                                        std::string_view name) = 0;
  virtual base::Result<std::vector<SecretRow>> list(std::string_view site) = 0;  // by name
  virtual base::Status remove(std::string_view site, std::string_view name,
                              const AuditEntry& entry) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Secrets>> open_secrets(std::string_view url);

}  // namespace muster::store
