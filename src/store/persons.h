// Erases what a store knows of a person who uses muster: the account with sessions, tokens, roles
// and identity goes, and wherever else the name stands there is a pseudonym afterwards, in the
// audit log too, whose chain stays whole (audit_seal.h). Persons that a source has are not meant:
// the store knows nothing of them but keyed hashes.
//
//   const Person person = TRY(begin_erasing(directory, {"anna"}, "", now));
//   for (each database of a region) TRY(erase_person(url, person, entry));
//   const Erased erased = TRY(erase_person(directory, person, entry));
//
// Each call is one transaction, and does nothing where it was done already; begun again, also after
// a kill, it goes on under the same pseudonym. On PostgreSQL by the user who owns the tables.
// Errors: kConflict `last_operator`, `site_moving`; kSettings `person`, `settings`; kUnavailable
// `store_unavailable`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

struct Person {
  std::vector<std::string> names;  // as they were given, and those of the accounts' identities
  std::string pseudonym;           // person-1f2e3d4c5b6a
};

struct Erased {
  std::map<std::string, std::int64_t> removed;  // rows, by table
  std::map<std::string, std::int64_t> renamed;  // rows, by table
  // Where the name still stands, in what people wrote themselves: rows, by "table.column of site".
  std::map<std::string, std::int64_t> left;
  // Whatever lay in the engine's files is written over. No: somebody reads the write-ahead log of
  // SQLite; once more, later.
  bool is_overwritten = true;

  bool is_empty() const { return removed.empty() && renamed.empty() && left.empty(); }
};

// Names: of accounts, and what else the person is called. From then on the accounts are closed.
// `pseudonym`: that of an earlier time; "": a new one.
base::Result<Person> begin_erasing(std::string_view directory,
                                   const std::vector<std::string>& names,
                                   std::string_view pseudonym, base::WallTime now);

// In one database. Of each chain in which something is changed an entry like `entry` tells it; it
// is written by the pseudonym when whoever does it is the person himself. The directory comes last:
// with it ends what begin_erasing() began.
base::Result<Erased> erase_person(std::string_view url, const Person& person,
                                  const AuditEntry& entry);

}  // namespace muster::store
