// What the tables hold, in words for people, and where a row says since when and by whom. Whoever
// adds a table says it here, or a test fails (site_report_test.cc).
#pragma once

#include <array>
#include <string_view>

namespace muster::store {

struct TableWords {
  std::string_view table;
  std::string_view one;
  std::string_view many;
  std::string_view time = {};  // a column; "": its rows have none
  std::string_view by = {};
};

inline constexpr std::array<TableWords, 31> kTableWords = {{
    {"sites", "site", "sites", "created"},
    {"importers", "importer", "importers"},
    {"importer_versions", "configuration version", "configuration versions", "changed",
     "changed_by"},
    {"secrets", "sealed secret", "sealed secrets", "changed", "changed_by"},
    {"data_keys", "wrapped key of secrets", "wrapped keys of secrets"},
    {"admin_roles", "role of a person", "roles of people"},
    {"runs", "run with report and log", "runs with reports and logs", "started"},
    {"jobs", "job", "jobs", "due"},
    {"approvals", "approval", "approvals", "at", "approved_by"},
    {"baselines", "memory of a last run", "memories of last runs"},
    {"baseline_blocks", "block of hashes", "blocks of hashes"},
    {"identity_books", "block of hashes of shared keys", "blocks of hashes of shared keys"},
    {"site_keys", "key of hashes", "keys of hashes"},
    {"notices", "notice", "notices", "at"},
    {"notice_deliveries", "delivery of a notice", "deliveries of notices"},
    {"audit", "audit entry", "audit entries", "at", "who"},
    {"audit_heads", "head of the audit log", "heads of audit logs"},
    {"admins", "account", "accounts", "created"},
    {"sessions", "session", "sessions", "created"},
    {"api_tokens", "token", "tokens", "created"},
    {"idempotency_keys", "request to be repeated", "requests to be repeated", "created"},
    {"set_up_token", "set-up token", "set-up tokens"},
    {"encryption_key", "name of a key", "names of keys"},
    {"latest_time", "time last seen", "times last seen"},
    {"licence_key", "key of licences", "keys of licences"},
    {"regions", "region", "regions", "added"},
    {"region_label", "label of a region", "labels of regions"},
    {"site_moves", "move of a site", "moves of sites", "begun"},
    {"person_erasures", "person being erased", "persons being erased", "begun"},
    {"scheduled_backup", "state of backups on schedule", "states of backups on schedule"},
    {"schema_migrations", "step of the schema", "steps of the schema"},
}};

// Null: nobody said.
constexpr const TableWords* words_of_table(std::string_view table) {
  for (const TableWords& words : kTableWords) {
    if (words.table == table) return &words;
  }
  return nullptr;
}

}  // namespace muster::store
