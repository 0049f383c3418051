// The stored secrets of all sites, opened with the key that the operator keeps apart from the
// store.
//
//   const auto vault = TRY(Vault::open(url, TRY(crypto::take_key(key_file))));
//   TRY(vault->put("acme", "entra-client", value, entry));
//   const base::Secret value = TRY(vault->get("acme", "entra-client"));
//
// Any thread. Errors: kSettings, wrong_key (another key is needed, or a rotation was interrupted);
// kMissing no_such_secret, no_such_site; kMalformed sealed_value; kUnavailable store_unavailable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"
#include "crypto/envelope.h"
#include "store/secrets.h"

namespace muster::service {

class Vault {
 public:
  // Opens the data key of every site as a proof: a wrong key is refused before anything is written.
  // The first key that a store sees becomes its key.
  static base::Result<std::unique_ptr<Vault>> open(std::unique_ptr<store::Secrets> secrets,
                                                   crypto::KeyEncryptionKey key,
                                                   base::Scheduler& scheduler);

  // By whom and when: as `entry` says, which is written with it.
  base::Status put(std::string_view site, const std::string& name, const base::Secret& value,
                   const store::AuditEntry& entry);
  base::Result<base::Secret> get(std::string_view site, const std::string& name);
  // What else is sealed with it: backups.
  const crypto::KeyEncryptionKey& key() const { return key_; }

 private:
  Vault(std::unique_ptr<store::Secrets> secrets, crypto::KeyEncryptionKey key,
        base::Scheduler& scheduler)
      : secrets_(std::move(secrets)), key_(std::move(key)), monitor_(scheduler) {}
  // It stays the same, whatever key wraps it: a rotation does not disturb who has opened it. But a
  // site that was forgotten and made again has another one.
  base::Result<crypto::DataKey> data_key(const std::string& site, bool make);

  const std::unique_ptr<store::Secrets> secrets_;
  const crypto::KeyEncryptionKey key_;
  base::Monitor monitor_;  // guards the next one
  struct Opened {
    std::string wrapped;
    crypto::DataKey key;
  };
  std::map<std::string, Opened> known_;
};

// What "stored:SITE/NAME" of a command line option leads to; `place` is "SITE/NAME". kSettings with
// that reason, naming the option: it is written otherwise, or there is no vault.
base::Result<base::Secret> secret_of_option(Vault* vault, const std::string& place,
                                            std::string_view option, std::string_view reason);

// Wraps the data key of every site with `to` instead of `from`; so many were wrapped anew. Whoever
// runs goes on meanwhile with what it has opened. Interrupted at any place, the same call again
// completes it. kSettings, wrong_key when neither key is the store's.
base::Result<std::size_t> rotate_key(store::Secrets& secrets, const crypto::KeyEncryptionKey& from,
                                     const crypto::KeyEncryptionKey& to);

}  // namespace muster::service
