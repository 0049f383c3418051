#include "store/audit_seal.h"

#include <fmt/format.h>

#include "base/random.h"
#include "crypto/sha256.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kPartBytes = 1 + kHashBytes;
constexpr std::size_t kPartsBytes = kPartBytes * kErasableFields.size();
constexpr char kOpen = 'o', kClosed = 'c';
constexpr std::string_view kOnlyHash = "1";

// With its length before each, so that no two lists of fields have the same bytes.
void add(std::string& bytes, std::string_view field) {
  bytes += fmt::format("{}:", field.size());
  bytes += field;
}

std::string sha256(std::string_view bytes) {
  const crypto::Sha256 hash = crypto::sha256(bytes);
  return std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

std::string field_salt(std::string_view salt, std::size_t field) {
  std::string bytes;
  add(bytes, "muster audit salt");
  add(bytes, salt);
  add(bytes, fmt::to_string(field));
  return sha256(bytes);
}

std::string commitment(std::string_view salt, std::string_view text) {
  std::string bytes;
  add(bytes, "muster audit field");
  add(bytes, salt);
  add(bytes, text);
  return sha256(bytes);
}

// For each field its kind and 32 bytes; empty: it is no opening.
std::string parts_of(std::string_view opening) {
  if (opening.size() == kPartsBytes) return std::string(opening);
  std::string parts;
  if (opening.size() != kSaltBytes) return parts;
  for (std::size_t field = 0; field < kErasableFields.size(); ++field) {
    parts += kOpen + field_salt(opening, field);
  }
  return parts;
}

std::string first_hash(std::string_view before, const AuditEntry& entry) {
  std::string bytes;
  add(bytes, "muster audit 1");
  add(bytes, before);
  for (const std::string& field :
       {entry.site, fmt::to_string(entry.number), fmt::to_string(micros(entry.at)), entry.who,
        entry.origin, entry.act, entry.target, entry.before, entry.after}) {
    add(bytes, field);
  }
  return sha256(bytes);
}

}  // namespace

std::string new_opening() {
  const auto random = base::make_system_random();
  std::string salt;
  while (salt.size() < kSaltBytes) {
    const std::uint64_t next = random->next();
    salt.append(reinterpret_cast<const char*>(&next), sizeof next);
  }
  return salt;
}

bool is_erased(std::string_view opening) {
  return opening == kOnlyHash || opening.size() == kPartsBytes;
}

std::optional<std::string> audit_hash(std::string_view before, const AuditEntry& entry,
                                      std::string_view opening) {
  if (opening.empty()) return first_hash(before, entry);
  const std::string parts = parts_of(opening);
  if (parts.empty()) return std::nullopt;
  std::string bytes;
  add(bytes, "muster audit 2");
  add(bytes, before);
  for (const std::string& field :
       {entry.site, fmt::to_string(entry.number), fmt::to_string(micros(entry.at)), entry.act}) {
    add(bytes, field);
  }
  for (std::size_t field = 0; field < kErasableFields.size(); ++field) {
    const std::string_view part = std::string_view(parts).substr(field * kPartBytes, kPartBytes);
    add(bytes, part.front() == kClosed ? std::string(part.substr(1))
                                       : commitment(part.substr(1), entry.*kErasableFields[field]));
  }
  return sha256(bytes);
}

std::string closed(const AuditEntry& entry, std::string_view opening, const ClosedFields& fields) {
  const std::string parts = parts_of(opening);
  if (parts.empty()) return std::string(kOnlyHash);
  std::string result;
  for (std::size_t field = 0; field < kErasableFields.size(); ++field) {
    const std::string_view part = std::string_view(parts).substr(field * kPartBytes, kPartBytes);
    if (part.front() == kClosed || !fields[field]) {
      result += part;
    } else {
      result += kClosed + commitment(part.substr(1), entry.*kErasableFields[field]);
    }
  }
  return result;
}

void ErasedSum::add(const SealedEntry& sealed) {
  const AuditEntry& entry = sealed.entry;
  std::string bytes;
  store::add(bytes, "muster audit erased");
  store::add(bytes, so_far_);
  store::add(bytes, entry.hash);
  store::add(bytes, sealed.opening);
  for (const std::string& field :
       {entry.site, fmt::to_string(entry.number), fmt::to_string(micros(entry.at)), entry.act}) {
    store::add(bytes, field);
  }
  for (const auto field : kErasableFields) store::add(bytes, entry.*field);
  so_far_ = sha256(bytes);
  ++count_;
}

std::string ErasedSum::text() const {
  std::string text = fmt::format("{} changed, ", count_);
  for (const char byte : so_far_) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

base::Result<bool> has_openings(Db& db) {
  constexpr std::int64_t kPersonErasure = 20;
  Statement step =
      TRY(db.query("SELECT 1 FROM schema_migrations WHERE number = $1", kPersonErasure));
  return TRY(step.step());
}

std::string audit_columns(bool with_opening) {
  return std::string("site, number, at, who, origin, act, target, before_it, after_it, hash") +
         (with_opening ? ", opening" : "");
}

SealedEntry read_sealed(const Statement& row, bool with_opening) {
  return {{.site = row.text(0),
           .number = row.integer(1),
           .at = wall_time(row.integer(2)),
           .who = row.text(3),
           .origin = row.text(4),
           .act = row.text(5),
           .target = row.text(6),
           .before = row.text(7),
           .after = row.text(8),
           .hash = row.text(9)},
          with_opening ? row.text(10) : std::string()};
}

}  // namespace muster::store
