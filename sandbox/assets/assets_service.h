// A strict imitation of JSM Assets: external imports behind a container token, and enough of the
// object REST API to look at the result. sandbox/assets/README.md lists its rules.
//
//   AssetsService assets({.seed = 7}, scheduler);
//   // answers calls below ORIGIN/assets: the client's api_url is ORIGIN/assets
//   use(assets.token(0));
//   assets.each("Entra User", [](const AssetsService::HeldObject& object) { ... });
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scheduler.h"
#include "sandbox/assets/execution.h"
#include "sandbox/assets/settings.h"
#include "sandbox/service.h"

namespace muster::sandbox {

class AssetsService : public Service {
 public:
  using Settings = assets::AssetsSettings;

  struct HeldAttribute {
    std::string name;
    std::string external_id;
    std::string type;
    bool is_label = false;
  };
  struct HeldType {
    std::uint32_t id = 0;
    std::string name;
    std::string external_id;
    std::uint32_t schema_id = 0;
    std::uint64_t objects = 0;
    std::uint64_t references = 0;  // that its objects hold
    std::vector<HeldAttribute> attributes;
  };
  struct HeldObject {
    std::uint32_t id = 0;
    std::string key;  // "IMP1-88"
    std::string label;
    // By attribute name, in the order of the attributes; empty ones are left out.
    std::vector<std::pair<std::string, std::vector<std::string>>> values;
    std::vector<std::pair<std::string, std::vector<std::uint32_t>>> references;  // object ids

    // The first value; empty when there is none.
    std::string value(std::string_view attribute) const;
    std::vector<std::uint32_t> targets(std::string_view attribute) const;
  };
  struct HeldTypeResult : assets::TypeResult {
    std::string type_name;
  };
  struct HeldExecution {
    std::string id;
    std::size_t import_source = 0;
    bool scheduled = false;
    std::string state;                // "DONE"
    std::vector<std::string> states;  // all it went through, in order
    std::vector<assets::ReceivedChunk> chunks;
    std::vector<std::string> failure_reasons;
    std::string result;
    std::vector<std::string> errors;
    std::vector<HeldTypeResult> types;
  };

  AssetsService(Settings settings, base::Scheduler& scheduler);
  ~AssetsService() override;

  net::ServerResponse handle(const Call& call) override;
  // Calls below /_sandbox/assets; see control.cc.
  net::ServerResponse control(const Call& call);
  void reset() override;

  // Everything below: any thread.

  // The container token in force.
  std::string token(std::size_t import_source) const;
  std::string source_id(std::size_t import_source) const;
  std::string workspace_id() const;

  std::vector<HeldType> types() const;
  // Objects in order of creation. `visit` runs under the service's lock: it must not call back.
  void each(std::string_view type_name, const std::function<void(const HeldObject&)>& visit) const;
  // The same by HeldType::id: import sources may have types of one name, in schemas of their own.
  void each_of(std::uint32_t type_id, const std::function<void(const HeldObject&)>& visit) const;
  std::optional<HeldObject> find(std::string_view type_name, std::string_view attribute,
                                 std::string_view value) const;
  std::vector<HeldExecution> executions() const;  // oldest first

  // Without a type a summary {"types":[...]}; with one NDJSON, an object a line:
  // {"id":1,"key":"IMP1-1","label":"..","values":{"UPN":["a@b"]},"references":{"Groups":["g-1"]}}
  // where a reference is shown by the target's first value under its identifying attribute.
  std::string objects_json(std::string_view type_name = {}, std::size_t start = 0,
                           std::size_t limit = static_cast<std::size_t>(-1)) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::sandbox
