// What was done, by whom and from where: a chain of entries for each site and one for the whole
// installation. The hash of each covers the one before, so that nobody can change, remove or insert
// one unseen as long as the newest hash is known elsewhere (I16).
//
// Entries are written by whatever does the act, in the same transaction (audit_chain.h). Any
// thread. Errors: kUnavailable `store_unavailable`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::store {

struct AuditEntry {
  std::string site;         // "": the installation
  std::int64_t number = 0;  // from 1 on
  base::WallTime at{};
  std::string who;     // an admin, or "uid 0 on node" for the command line
  std::string origin;  // an address, or "command line"
  std::string act;     // importer.put, admin.signed_in, ...
  std::string target;  // the importer, the admin ...
  std::string before;  // never secrets
  std::string after;
  std::string hash;  // hexadecimal
};

struct AuditState {
  std::int64_t entries = 0;
  std::string head;      // hash of the newest one; "" without any
  std::string mistakes;  // empty: the chain is whole
};

class Audit {
 public:
  virtual ~Audit() = default;
  // For acts that change nothing else in the store.
  virtual base::Status append(const AuditEntry& entry) = 0;
  // Newest first, those before `before` (0: from the newest on).
  virtual base::Result<std::vector<AuditEntry>> list(std::string_view site, std::int64_t before,
                                                     std::size_t limit) = 0;
  // Reads the whole chain again.
  virtual base::Result<AuditState> verify(std::string_view site) = 0;
  // Sites that have a chain, "" first.
  virtual base::Result<std::vector<std::string>> chains() = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Audit>> open_audit(std::string_view url);

}  // namespace muster::store
