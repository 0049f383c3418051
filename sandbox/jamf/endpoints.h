// The lists of the Jamf Pro API: from which server version they exist, who may read them, and what
// they may be asked.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sandbox/jamf/records.h"
#include "sandbox/jamf/refusal.h"
#include "sandbox/jamf/rsql.h"
#include "sandbox/service.h"

namespace muster::sandbox::jamf {

// Of a Jamf Pro server: {11, 30}.
struct Version {
  int major = 11;
  int minor = 30;
  auto operator<=>(const Version&) const = default;
};

struct Endpoint {
  std::string_view path;
  Version since;
  const RecordKind& (*kind)();
  std::vector<std::string_view> privileges;  // all are needed
  bool paged = true;                         // false: a bare array, and no parameters
  std::string_view sort_fields{};            // between blanks; the first with :asc is the default
  std::string_view filter_fields{};          // empty: takes no filter
  std::string_view default_sort{};           // when it is another one
  std::uint32_t largest_page = 0;            // larger ones are refused; 0: they are cut silently
  bool lenient_choice = false;               // takes exception-handling
  std::string_view deprecated{};             // date of the Deprecation header
  int record_version = 4;                    // Shape::version
};

const Endpoint* find_endpoint(std::string_view path, Version server);
// All privileges that anything here needs, each once.
const std::vector<std::string_view>& all_privileges();

struct ListSettings {
  std::uint32_t largest_page = 2000;
};

struct ListAnswer {
  std::optional<Refusal> refusal{};
  std::string body{};
};

// `turn`: number of the request.
ListAnswer read_list(const Endpoint& endpoint, const Call& call, const Estate& estate,
                     const world::Edits& edits, const ListSettings& settings, std::uint64_t turn);

// Of the kind's records, those that no edit took away, in order.
std::vector<std::uint32_t> shown_records(const RecordKind& kind, const Estate& estate,
                                         const world::Edits& edits);

}  // namespace muster::sandbox::jamf
