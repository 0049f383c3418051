// The import source behind a token: its links, its state, its mapping document.
//
// The links belong to one run: they are asked for anew by load() and never stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "assets/assets_api.h"
#include "assets/destination.h"
#include "catalogue/object_type.h"

namespace muster::assets {

// The execution that Assets calls the most recent one.
struct LatestExecution {
  bool known = false;     // false: Assets did not say which
  bool answered = false;  // false: it said nothing at all
  std::string id;         // empty: none ever ran
  std::string status;     // INGESTING, PROCESSING, DONE, CANCELLED
};

class ImportSource {
 public:
  explicit ImportSource(AssetsApi& api) : api_(api) {}

  base::Status load(const base::Stop& stop);
  // IDLE, MISSING_MAPPING, RUNNING, DISABLED, or what Assets says instead.
  base::Result<std::string> status(const base::Stop& stop);

  // Cancels `leftover` when it is what keeps the source RUNNING (or waits for its end when it is
  // being processed), and waits until the source is free. Returns its status then. Else kConflict
  // `destination_busy`.
  base::Result<std::string> free_from(const Leftover& leftover, const base::Stop& stop);
  // Until the source is free.
  base::Status cancel(std::string_view execution_id, const base::Stop& stop);
  // When `stop` is already requested: one short attempt, for cleaning up.
  LatestExecution latest_execution(const base::Stop& stop);
  // The one there was before ours: as it was seen while the mapping was sent, if that is a moment
  // ago, else asked for.
  LatestExecution execution_before(const base::Stop& stop);

  // `is_first`: the source has no mapping yet.
  base::Status send_mapping(const catalogue::ObjectSchema& schema, bool is_first,
                            const base::Stop& stop);

  // What of `schema` Assets will not take because it never changes what an import made. None as
  // well where it does not show what it has.
  base::Result<std::vector<std::string>> frozen(const catalogue::ObjectSchema& schema,
                                                const base::Stop& stop);

  // Readiness::target.
  std::string target() const;
  bool loaded() const { return !start_link_.empty(); }
  const std::string& start_link() const { return start_link_; }
  // The link of one execution; what is asked of it hangs below.
  std::string execution_link(std::string_view execution_id) const;

 private:
  base::Result<std::string> wait_until_processed(const base::Stop& stop);
  base::Result<std::string> state_of(std::string_view execution_id, const base::Stop& stop);
  base::Result<net::Response> send_until_taken(Call call, const base::Stop& stop);
  base::Result<net::Response> send_and_look(Call call, const base::Stop& stop);
  base::Status wait_for_mapping(std::string location, const catalogue::ObjectSchema& schema,
                                const base::Stop& stop);
  base::Error explain_mapping(base::Error refusal, const catalogue::ObjectSchema& schema,
                              const base::Stop& stop);

  AssetsApi& api_;
  std::string status_link_;
  std::string start_link_;
  std::string mapping_link_;
  std::optional<LatestExecution> seen_;
  base::Instant seen_at_{};
};

// An execution's id in an answer; empty when there is none that can stand in a path as one segment:
// with ".." a cancelling DELETE would go to something larger, and servers undo "%2F" differently.
std::string execution_id_at(const json::Value& answer, std::string_view key);
// Sentences for a source that cannot be used now; empty when it can.
std::string advice_for(std::string_view status);
base::Error busy(std::string_view why);
base::Error disabled();

}  // namespace muster::assets
