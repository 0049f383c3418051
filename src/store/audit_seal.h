// What the hash of an audit entry covers. Whatever may tell of a person is covered through a
// commitment, the hash of a random salt and the text: without its salt a commitment says nothing of
// the text, and without the text it still stands for it. So a name goes and the chain stays, and so
// does a head that was noted before. Internal to the room; docs/adr/0010-erasing-people.md.
//
// The column `opening` of an entry holds what its hash needs beside its texts:
//   empty     an entry of an older muster: its hash covers the texts themselves
//   16 bytes  the salt of all its fields
//   165       for each field whether it is closed, and its salt or its commitment
//   1         an entry of an older muster that was changed: its hash stays as it is
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "store/audit.h"
#include "store/db.h"

namespace muster::store {

// The texts that may be changed later, in the order in which they are hashed.
inline constexpr std::array<std::string AuditEntry::*, 5> kErasableFields = {
    &AuditEntry::who, &AuditEntry::origin, &AuditEntry::target, &AuditEntry::before,
    &AuditEntry::after};
using ClosedFields = std::array<bool, kErasableFields.size()>;

std::string new_opening();
bool is_erased(std::string_view opening);

// The bytes of it. Absent: of this one only the hash is left, or its opening is none.
std::optional<std::string> audit_hash(std::string_view before, const AuditEntry& entry,
                                      std::string_view opening);
// The opening of `entry` once these fields are changed, made while they are not yet.
std::string closed(const AuditEntry& entry, std::string_view opening, const ClosedFields& fields);

// An entry as it lies there.
struct SealedEntry {
  AuditEntry entry;  // its hash as bytes
  std::string opening;
};
// What vouches for the texts of entries that were changed: of all of a chain, in their order. The
// newest entry `person.erased` has it.
inline constexpr std::string_view kPersonErased = "person.erased";
class ErasedSum {
 public:
  void add(const SealedEntry& sealed);
  std::int64_t count() const { return count_; }
  std::string text() const;

 private:
  std::string so_far_;
  std::int64_t count_ = 0;
};

// Of a store of an older muster: no.
base::Result<bool> has_openings(Db& db);

std::string audit_columns(bool with_opening);
SealedEntry read_sealed(const Statement& row, bool with_opening);

}  // namespace muster::store
