#include "service/vault.h"

#include <fmt/format.h>

#include "base/failpoint.h"
#include "base/text.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

crypto::Context place_of(std::string_view site, std::string_view name) {
  return {site, "secrets", name, "value"};
}

Error wrong_key(std::string_view stores, const crypto::KeyEncryptionKey& given) {
  return {ErrorKind::kSettings, "wrong_key",
          fmt::format("The secrets of this store are under the key {}, and the key given is {}. "
                      "Start with the key that belongs to this store.",
                      stores, given.id())};
}

Error interrupted(std::string_view site) {
  return {ErrorKind::kSettings, "wrong_key",
          fmt::format("The key was being changed and that was interrupted: the secrets of site {} "
                      "are still under the key before. Run `muster key rotate` once more with the "
                      "same two keys.",
                      base::printable(site))};
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open(std::unique_ptr<store::Secrets> secrets,
                                           crypto::KeyEncryptionKey key,
                                           base::Scheduler& scheduler) {
  std::unique_ptr<Vault> vault(new Vault(std::move(secrets), std::move(key), scheduler));
  const std::string id = vault->key_.id();
  Status named = vault->secrets_->change_key("", id);
  if (!named.ok() && named.error().reason == "wrong_key") {
    return wrong_key(TRY(vault->secrets_->key_id()), vault->key_);
  }
  TRY(std::move(named));
  for (const store::WrappedKey& kept : TRY(vault->secrets_->data_keys())) {
    if (TRY(crypto::needed_key(kept.wrapped)) != id) return interrupted(kept.site);
    crypto::DataKey opened = TRY(crypto::unwrap(vault->key_, kept.site, kept.wrapped));
    vault->known_.insert_or_assign(kept.site, Opened{kept.wrapped, std::move(opened)});
  }
  return vault;
}

Result<crypto::DataKey> Vault::data_key(const std::string& site, bool make) {
  std::optional<std::string> wrapped = TRY(secrets_->data_key(site));
  if (!wrapped && make) {
    wrapped = TRY(secrets_->add_data_key(
        {site, crypto::wrap(key_, site, crypto::DataKey::generate())}, key_.id()));
  }
  if (!wrapped) {
    return Error{ErrorKind::kMissing, "no_such_secret",
                 fmt::format("The site {} has no stored secrets.", base::printable(site))};
  }
  base::Monitor::Lock lock(monitor_);
  const auto known = known_.find(site);
  if (known != known_.end() && known->second.wrapped == *wrapped) return known->second.key;
  Result<crypto::DataKey> opened = crypto::unwrap(key_, site, *wrapped);
  if (!opened.ok()) {
    if (known != known_.end()) return known->second.key;  // wrapped with the next key meanwhile
    return opened;
  }
  known_.insert_or_assign(site, Opened{*wrapped, *opened});
  return opened;
}

Status Vault::put(std::string_view site, const std::string& name, const base::Secret& value,
                  const store::AuditEntry& entry) {
  const crypto::DataKey key = TRY(data_key(std::string(site), true));
  return secrets_->put(site, {name, entry.at, entry.who},
                       crypto::seal(key, place_of(site, name), value), entry);
}

Result<base::Secret> Vault::get(std::string_view site, const std::string& name) {
  const std::optional<std::string> sealed = TRY(secrets_->find(site, name));
  if (!sealed) {
    return Error{ErrorKind::kMissing, "no_such_secret",
                 fmt::format("The site {} has no stored secret {}; `muster secret set {}` puts it "
                             "there.",
                             base::printable(site), base::printable(name), base::printable(name))};
  }
  const crypto::DataKey key = TRY(data_key(std::string(site), false));
  return crypto::open(key, place_of(site, name), *sealed);
}

Result<base::Secret> secret_of_option(Vault* vault, const std::string& place,
                                      std::string_view option, std::string_view reason) {
  const auto wrong = [&](std::string_view why) {
    return base::Error{base::ErrorKind::kSettings, std::string(reason),
                       fmt::format("{}: {}", option, why)};
  };
  const std::size_t slash = place.find('/');
  if (slash == std::string::npos) return wrong("write stored:SITE/NAME.");
  if (vault == nullptr) return wrong("stored secrets need the key; start with --key-file.");
  return vault->get(place.substr(0, slash), place.substr(slash + 1));
}

Result<std::size_t> rotate_key(store::Secrets& secrets, const crypto::KeyEncryptionKey& from,
                               const crypto::KeyEncryptionKey& to) {
  // First, so that no site gets a data key under the old one any more.
  Status named = secrets.change_key(from.id(), to.id());
  if (!named.ok() && named.error().reason == "wrong_key") {
    const std::string stores = TRY(secrets.key_id());
    if (!stores.empty()) return wrong_key(stores, from);
    named = secrets.change_key("", to.id());
  }
  TRY(std::move(named));
  std::size_t changed = 0;
  for (const store::WrappedKey& kept : TRY(secrets.data_keys())) {
    TRY(MUSTER_FAILPOINT("key.rotating"));
    const std::string wrapped = TRY(crypto::rewrap(from, to, kept.site, kept.wrapped));
    if (wrapped == kept.wrapped) continue;
    const Status replaced = secrets.replace_data_key({kept.site, wrapped}, kept.wrapped);
    // Somebody else rotates with the same keys.
    if (!replaced.ok() && replaced.error().reason != "version_conflict") return replaced.error();
    if (replaced.ok()) ++changed;
  }
  return changed;
}

}  // namespace muster::service
