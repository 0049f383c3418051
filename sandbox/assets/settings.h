// How the imitated Assets behaves; every field that imitates something undocumented can be
// switched.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.h"

namespace muster::sandbox::assets {

// The next `count` answers of an operation, after `skip` good ones, are lost on the way back: the
// request took effect, the connection breaks. Operations: "start", "data", "complete", "mapping",
// "cancel", "failed", "progress", "status", "info", "configstatus", "token".
struct LostAnswers {
  std::uint32_t skip = 0;
  std::uint32_t count = 0;
};

// What the next execution that is processed reports instead of success.
struct BadResult {
  std::string result = "FAILED";
  std::vector<std::string> errors;
  bool writes_objects = false;
};

struct AssetsFaults {
  std::map<std::string, LostAnswers, std::less<>> lost_answers;
  bool stuck = false;              // an execution stays in PROCESSING once completed
  bool accept_early_data = false;  // data before INGESTING: taken, and then stuck
  bool count_duplicates = false;   // a repeated clientGeneratedId counts again
  std::optional<std::uint32_t>
      revoke_after_chunks{};     // the token dies after so many more data calls
  std::size_t max_body = 0;      // larger bodies: 413; 0: no limit
  std::size_t object_limit = 0;  // of the workspace; 0: none
  std::optional<BadResult> next_result{};
};

// Long enough to refuse the data of a client that does not wait for INGESTING.
inline constexpr std::chrono::milliseconds kStartingTakes{20};

struct AssetsSettings {
  std::uint64_t seed = 1;
  std::size_t import_sources = 1;
  bool one_schema = false;  // of all import sources; else each has an object schema of its own
  // A first mapping may name object types that another import source made in its schema. It is only
  // documented that several import configurations may not map the children of one type.
  // https://developer.atlassian.com/cloud/assets/imports-rest-api-guide/schema-and-mapping/
  bool shared_types = true;
  std::string link_prefix = "assets";              // "insight": the older path in every link
  base::Duration starting_takes = kStartingTakes;  // from start to INGESTING
  // While an execution starts. The documented states have none for it; never INGESTING.
  std::string status_while_starting = "PROCESSING";
  base::Duration processing_takes{0};                            // from completed to DONE
  base::Duration mapping_takes = std::chrono::milliseconds(30);  // with ?async=true
  bool strict_bodies = true;  // refuse unknown members of a data call
  bool meter = false;         // the documented limits of requests per minute
  bool retry_after = true;    // on a 429 of the meter
  std::string basic_user = "admin@example.com";
  std::string basic_password = "sandbox-api-token";
  // The display name of a Jira account; nullopt: there is none of this id. Empty: Jira has nobody.
  std::function<std::optional<std::string>(std::string_view account_id)> account_name{};
  AssetsFaults faults{};
};

}  // namespace muster::sandbox::assets
