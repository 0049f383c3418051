// Where names of people who use muster stand, and what becomes of each when one of them is erased
// (persons.h). Whoever adds a column of text says it here, or a test fails (persons_test.cc).
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace muster::store {

enum class PersonRule {
  kNobody,           // says nothing of people
  kName,             // a name and nothing else: the pseudonym takes its place
  kJson,             // "approved_by" and the like in it, and sentences
  kSentences,        // names among other words
  kContact,          // an address: it is emptied
  kAccount,          // the row goes
  kWrittenByPeople,  // what somebody configured: looked into, told and left alone
  kAudit,            // audit_seal.h
};

struct PersonColumn {
  std::string_view table;
  std::string_view column;
  PersonRule rule;
};

// Without the columns `site`.
inline constexpr std::array<PersonColumn, 103> kPersonColumns = {{
    {"admin_roles", "admin", PersonRule::kAccount},
    {"admin_roles", "role", PersonRule::kAccount},
    {"admins", "admin", PersonRule::kAccount},
    {"admins", "password", PersonRule::kAccount},
    {"admins", "issuer", PersonRule::kAccount},
    {"admins", "subject", PersonRule::kAccount},
    {"api_tokens", "token", PersonRule::kAccount},
    {"api_tokens", "admin", PersonRule::kAccount},
    {"api_tokens", "name", PersonRule::kAccount},
    {"api_tokens", "scope", PersonRule::kAccount},
    {"approvals", "run_id", PersonRule::kNobody},
    {"approvals", "importer", PersonRule::kNobody},
    {"approvals", "findings", PersonRule::kNobody},
    {"approvals", "approved_by", PersonRule::kName},
    {"approvals", "used_by_run", PersonRule::kNobody},
    {"audit", "who", PersonRule::kAudit},
    {"audit", "origin", PersonRule::kAudit},
    {"audit", "act", PersonRule::kAudit},
    {"audit", "target", PersonRule::kAudit},
    {"audit", "before_it", PersonRule::kAudit},
    {"audit", "after_it", PersonRule::kAudit},
    {"baseline_blocks", "importer", PersonRule::kNobody},
    {"baseline_blocks", "target", PersonRule::kNobody},
    {"baseline_blocks", "data_set", PersonRule::kNobody},
    {"baselines", "importer", PersonRule::kNobody},
    {"baselines", "target", PersonRule::kNobody},
    {"baselines", "run_id", PersonRule::kNobody},
    {"baselines", "parts", PersonRule::kNobody},
    {"encryption_key", "key_id", PersonRule::kNobody},
    {"idempotency_keys", "admin", PersonRule::kAccount},
    {"idempotency_keys", "idempotency_key", PersonRule::kNobody},
    {"idempotency_keys", "answer", PersonRule::kJson},
    {"idempotency_keys", "about", PersonRule::kNobody},
    {"identity_books", "identity", PersonRule::kNobody},
    {"identity_books", "importer", PersonRule::kNobody},
    {"identity_books", "data_set", PersonRule::kNobody},
    {"identity_books", "place", PersonRule::kNobody},
    {"importer_versions", "importer", PersonRule::kNobody},
    {"importer_versions", "definition", PersonRule::kWrittenByPeople},
    {"importer_versions", "changed_by", PersonRule::kName},
    {"importers", "importer", PersonRule::kNobody},
    {"jobs", "job_id", PersonRule::kNobody},
    {"jobs", "importer", PersonRule::kNobody},
    {"jobs", "trigger_kind", PersonRule::kNobody},
    {"jobs", "options", PersonRule::kJson},
    {"jobs", "run_id", PersonRule::kNobody},
    {"jobs", "state", PersonRule::kNobody},
    {"jobs", "worker", PersonRule::kNobody},
    {"jobs", "progress", PersonRule::kNobody},
    {"jobs", "log", PersonRule::kSentences},
    {"licence_key", "public_key", PersonRule::kNobody},
    {"notice_deliveries", "notice", PersonRule::kNobody},
    {"notice_deliveries", "channel", PersonRule::kNobody},
    {"notice_deliveries", "state", PersonRule::kNobody},
    {"notice_deliveries", "problem", PersonRule::kSentences},
    {"notices", "notice", PersonRule::kNobody},
    {"notices", "kind", PersonRule::kNobody},
    {"notices", "importer", PersonRule::kNobody},
    {"notices", "run_id", PersonRule::kNobody},
    {"notices", "subject", PersonRule::kSentences},
    {"notices", "body", PersonRule::kSentences},
    {"person_erasures", "person", PersonRule::kAccount},
    {"person_erasures", "pseudonym", PersonRule::kAccount},
    {"region_label", "region", PersonRule::kNobody},
    {"region_label", "installation", PersonRule::kNobody},
    {"regions", "region", PersonRule::kNobody},
    {"regions", "place", PersonRule::kWrittenByPeople},
    {"runs", "run_id", PersonRule::kNobody},
    {"runs", "importer", PersonRule::kNobody},
    {"runs", "state", PersonRule::kNobody},
    {"runs", "reason", PersonRule::kNobody},
    {"runs", "message", PersonRule::kSentences},
    {"runs", "report", PersonRule::kJson},
    {"runs", "execution_id", PersonRule::kNobody},
    {"runs", "kind", PersonRule::kNobody},
    {"runs", "destination", PersonRule::kNobody},
    {"runs", "started_after", PersonRule::kNobody},
    {"runs", "target", PersonRule::kNobody},
    {"scheduled_backup", "problem", PersonRule::kNobody},
    {"scheduled_backup", "name", PersonRule::kNobody},
    {"scheduled_backup", "node", PersonRule::kNobody},
    {"secrets", "name", PersonRule::kNobody},
    {"secrets", "changed_by", PersonRule::kName},
    {"sessions", "session", PersonRule::kAccount},
    {"sessions", "admin", PersonRule::kAccount},
    {"sessions", "origin", PersonRule::kAccount},
    {"site_keys", "name", PersonRule::kNobody},
    {"site_moves", "moved_site", PersonRule::kNobody},
    {"site_moves", "from_region", PersonRule::kNobody},
    {"site_moves", "to_region", PersonRule::kNobody},
    {"site_moves", "phase", PersonRule::kNobody},
    {"site_moves", "asked_by", PersonRule::kName},
    {"site_moves", "stage", PersonRule::kNobody},
    {"site_moves", "trouble", PersonRule::kSentences},
    {"sites", "name", PersonRule::kWrittenByPeople},
    {"sites", "kind", PersonRule::kNobody},
    {"sites", "production", PersonRule::kNobody},
    {"sites", "region", PersonRule::kNobody},
    {"sites", "contact", PersonRule::kContact},
    {"sites", "webhook", PersonRule::kWrittenByPeople},
    {"sites", "webhook_secret", PersonRule::kNobody},
    {"sites", "told", PersonRule::kNobody},
    {"sites", "place", PersonRule::kNobody},
}};

constexpr std::optional<PersonRule> person_rule_of(std::string_view table,
                                                   std::string_view column) {
  for (const PersonColumn& known : kPersonColumns) {
    if (known.table == table && known.column == column) return known.rule;
  }
  return std::nullopt;
}

}  // namespace muster::store
