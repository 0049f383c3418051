// What becomes of each column of a site's own row when the row is copied. Whoever adds a column
// says it here, or a test fails (site_copy_test.cc): otherwise a backup would bring back a trial
// that was used up, and a clone would be entitled as its original is.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace muster::store {

enum class ColumnRule {
  kName,      // restored as it was; a clone has its own
  kPlace,     // by the database that it comes to
  kContact,   // restored as it was; a clone has none
  kEarliest,  // of the backup and the store; a clone begins anew
  kHighest,   // of the backup and the store; a clone has none
  kStays,     // as it is in the store, where there is the site; a clone has none
  kReturns,   // restored as it was; a clone has none
};

struct SiteColumn {
  std::string_view name;
  ColumnRule rule;
};

inline constexpr std::array<SiteColumn, 14> kSiteColumns = {{
    {"name", ColumnRule::kName},
    {"created", ColumnRule::kName},
    {"kind", ColumnRule::kName},
    {"production", ColumnRule::kName},
    {"region", ColumnRule::kPlace},
    {"place", ColumnRule::kPlace},
    {"contact", ColumnRule::kContact},
    {"webhook", ColumnRule::kContact},
    {"webhook_secret", ColumnRule::kContact},
    {"told", ColumnRule::kContact},
    {"trial_from", ColumnRule::kEarliest},
    {"licensed_until", ColumnRule::kHighest},
    {"active_until", ColumnRule::kStays},
    {"kept_until", ColumnRule::kReturns},
}};

constexpr std::optional<ColumnRule> rule_of(std::string_view column) {
  for (const SiteColumn& known : kSiteColumns) {
    if (known.name == column) return known.rule;
  }
  return std::nullopt;
}

}  // namespace muster::store
