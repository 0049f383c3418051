// Everything that one imitated Assets is: a workspace, its import sources and how it is set up.
// Not thread-safe; AssetsService locks. Time is told by the caller.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/assets/execution.h"
#include "sandbox/assets/mapping_rules.h"
#include "sandbox/assets/settings.h"
#include "sandbox/assets/workspace.h"

namespace muster::sandbox::assets {

struct Clock {
  base::Instant now{};
  base::WallTime wall{};
};

// A mapping that was sent with ?async=true.
struct PendingMapping {
  std::string resource_id;
  base::Instant due{};
  MappingPlan plan;
};

struct ImportSource {
  std::string id;
  std::string name;
  std::string token;
  std::uint32_t schema = 0;  // position in Workspace::schemas
  bool disabled = false;
  bool has_mapping = false;
  std::vector<TypeMappingSpec> mappings{};
  std::optional<PendingMapping> pending{};
  std::vector<std::string> finished_mappings{};  // resource ids
  std::vector<std::unique_ptr<Execution>> executions{};
  Policies policies{};  // where its mapping is set up otherwise than Site::policies say
  base::WallTime created{};

  Execution* find(std::string_view execution_id) const;
  Execution* running() const;  // nullptr: none is open
};

class Site {
 public:
  Site(AssetsSettings site_settings, Clock clock);

  // Lets what is due by now happen: starting, asynchronous mappings, processing.
  void settle(Clock clock);

  ImportSource* find_source(std::string_view source_id);
  // The source whose container token this is; nullptr for a token that is not in force.
  ImportSource* source_of_token(std::string_view token);
  const std::string& new_token(ImportSource& source);

  void take_mapping(ImportSource& source, const MappingPlan& plan);
  Execution& start(ImportSource& source, bool scheduled, Clock clock);
  void complete(Execution& execution, Clock clock);

  AssetsSettings settings;
  Workspace workspace;
  std::string workspace_id;
  std::vector<ImportSource> sources;
  Policies policies;  // of every import source
  Policies policies_of(const ImportSource& source) const;
  std::unique_ptr<base::Random> random;

 private:
  void finish(const ImportSource& source, Execution& execution, base::WallTime now);
  std::uint32_t executions_ = 0;
};

}  // namespace muster::sandbox::assets
